import type { Broadcast } from './broadcast.ts';
import { PresenceTracker, type PresenceDiff } from './presence.ts';

/** A channel as its bus sees it. */
export interface BusMember {
  /** Whether its socket also listens to changes of tables, which it gets in one order with broadcasts. */
  readonly awaitsChanges: boolean;
  deliver(broadcast: Broadcast): void;
  deliverPresence(diff: PresenceDiffMessage): void;
}

/** A presence diff, encoded once for each protocol version that needs it. */
export interface PresenceDiffMessage {
  readonly topic: string;
  readonly diff: PresenceDiff;
  readonly frames: Map<string, Buffer>;
}

/** All channels of one topic and one privacy, and who is present on them. */
export class Bus {
  readonly topic: string;
  readonly members = new Set<BusMember>();
  readonly presence: PresenceTracker<BusMember>;

  constructor(topic: string, presenceCoalesceMs: number) {
    this.topic = topic;
    this.presence = new PresenceTracker((diff) => this.#publishPresence(diff), presenceCoalesceMs);
  }

  /** Gives a broadcast to every member but the excluded one. */
  publish(broadcast: Broadcast, except: BusMember | null = null): void {
    for (const member of this.members) if (member !== except) member.deliver(broadcast);
  }

  #publishPresence(diff: PresenceDiff): void {
    const message = { topic: this.topic, diff, frames: new Map<string, Buffer>() };
    for (const member of this.members) member.deliverPresence(message);
  }
}

/** The buses in use. A public and a private channel of one name never hear each other. */
export class Buses {
  readonly #buses = new Map<string, Bus>();
  readonly #presenceCoalesceMs: number;

  constructor(presenceCoalesceMs: number) {
    this.#presenceCoalesceMs = presenceCoalesceMs;
  }

  get size(): number {
    return this.#buses.size;
  }

  /** Enters a channel; the bus comes to life with its first member. */
  join(topic: string, isPrivate: boolean, member: BusMember): Bus {
    const key = busKey(topic, isPrivate);
    let bus = this.#buses.get(key);
    if (!bus) {
      bus = new Bus(topic, this.#presenceCoalesceMs);
      this.#buses.set(key, bus);
    }
    bus.members.add(member);
    return bus;
  }

  /** Takes a channel out; a bus without members is gone, with its presence. */
  leave(topic: string, isPrivate: boolean, member: BusMember): void {
    const key = busKey(topic, isPrivate);
    const bus = this.#buses.get(key);
    if (!bus?.members.delete(member) || bus.members.size > 0) return;
    bus.presence.dispose();
    this.#buses.delete(key);
  }

  /**
   * Publishes on a topic from outside its channels: REST and the database.
   * @param isHeldBack takes members that are not to have it now
   */
  publish(broadcast: Broadcast, isPrivate: boolean, isHeldBack?: (member: BusMember) => boolean): void {
    const bus = this.#buses.get(busKey(broadcast.topic, isPrivate));
    if (!isHeldBack) bus?.publish(broadcast);
    else for (const member of bus?.members ?? []) if (!isHeldBack(member)) member.deliver(broadcast);
  }
}

const busKey = (topic: string, isPrivate: boolean) => `${isPrivate ? 'private' : 'public'} ${topic}`;
