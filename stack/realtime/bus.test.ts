import { describe, expect, it } from 'vitest';
import { TextBroadcast, type Broadcast } from './broadcast.ts';
import { Buses, type BusMember, type PresenceDiffMessage } from './bus.ts';

class Listener implements BusMember {
  readonly awaitsChanges = false;
  readonly broadcasts: Broadcast[] = [];
  readonly diffs: PresenceDiffMessage[] = [];
  readonly deliver = (broadcast: Broadcast) => void this.broadcasts.push(broadcast);
  readonly deliverPresence = (diff: PresenceDiffMessage) => void this.diffs.push(diff);
}

const topic = 'realtime:t';
const broadcast = new TextBroadcast(topic, { event: 'e', payload: {} });

describe('buses', () => {
  it('keep topics, and private from public channels of one topic, apart', () => {
    const buses = new Buses(0);
    const [open, secret, other] = [new Listener(), new Listener(), new Listener()];
    buses.join(topic, false, open);
    buses.join(topic, true, secret).presence.track(secret, 'k', {});
    buses.join('realtime:u', false, other);
    buses.publish(broadcast, true);
    expect([open, secret, other].map(({ broadcasts }) => broadcasts.length)).toEqual([0, 1, 0]);
    expect([open, secret, other].map(({ diffs }) => diffs.length)).toEqual([0, 1, 0]);
  });

  it('spare the sender', () => {
    const buses = new Buses(0);
    const [sender, receiver] = [new Listener(), new Listener()];
    buses.join(topic, false, sender);
    buses.join(topic, false, receiver).publish(broadcast, sender);
    expect([sender, receiver].map(({ broadcasts }) => broadcasts.length)).toEqual([0, 1]);
  });

  it('live from their first member to their last', () => {
    const buses = new Buses(0);
    const members = [new Listener(), new Listener()];
    for (const member of members) buses.join(topic, false, member);
    expect(buses.size).toBe(1);
    for (const member of members) buses.leave(topic, false, member);
    expect(buses.size).toBe(0);
    buses.publish(broadcast, false);
  });
});
