import { Awareness } from 'y-protocols/awareness';
import type { Doc } from 'yjs';
import type { Workspace } from '$lib/data/workspace.svelte';
import { fullName, personColor } from '$lib/domain/people';
import type { RealtimeEvent } from '$lib/realtime/events';
import type { LiveOrganization } from '$lib/realtime/live-organization.svelte';
import { topics } from '$lib/realtime/topics';
import type { CaretOwner } from './caret-drawing';

const SEND_MS = 80;
const REPEAT_MS = 4_000;
const FORGET_MS = 10_000;
/** More carets than this no team has; a program of somebody's own could invent any number. */
const MOST_CARETS = 50;

interface Parts {
  live: LiveOrganization;
  workspace: Workspace;
  customerId: string;
  doc: Doc;
  mayWrite: () => boolean;
}

interface Caret {
  userId: string;
  at: number;
}

/** Where colleagues write in a note, and telling them where one writes oneself. */
export class NoteCarets {
  readonly awareness: Awareness;
  readonly #parts: Parts;
  readonly #carets = new Map<number, Caret>();
  #names = $state.raw<readonly string[]>([]);
  #send: (() => void) | null = null;
  #sending: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.awareness = new Awareness(parts.doc);
  }

  /** Who writes here just now, besides oneself. */
  get names(): readonly string[] {
    return this.#parts.live.status === 'offline' ? [] : this.#names;
  }

  /** Call it in an effect; returns how to stop. */
  start(): () => void {
    const { live, customerId, workspace, doc } = this.#parts;
    const channel = live.listen(topics.customerPeople(customerId), { event: this.#receive });
    let told: unknown = null;
    this.#send = () => {
      const caret = this.awareness.getLocalState()?.['cursor'] ?? null;
      if (!this.#parts.mayWrite() || (caret === null && told === null)) return;
      told = caret;
      channel.send('note_caret', { user_id: workspace.userId, client: doc.clientID, caret });
    };
    const moved = (_: unknown, origin: unknown) => {
      if (origin === 'local') this.#sending ??= setTimeout(this.#sendNow, SEND_MS);
    };
    this.awareness.on('update', moved);
    const repeat = setInterval(this.#sendNow, REPEAT_MS);
    const forget = setInterval(() => this.#forgetSilent(), 1_000);
    return () => {
      this.awareness.off('update', moved);
      clearInterval(repeat);
      clearInterval(forget);
      clearTimeout(this.#sending);
      if (told !== null)
        channel.send('note_caret', { user_id: workspace.userId, client: doc.clientID, caret: null });
      channel.leave();
      this.awareness.destroy();
    };
  }

  #sendNow = (): void => {
    clearTimeout(this.#sending);
    this.#sending = undefined;
    this.#send?.();
  };

  #receive = (event: RealtimeEvent): void => {
    if (event.event !== 'note_caret') return;
    const { user_id: userId, client, caret } = event.payload;
    const { workspace, doc } = this.#parts;
    if (userId === workspace.userId || client === doc.clientID) return;
    // Who somebody is, is known from the members; a message about anyone else is about nobody.
    const person = workspace.people.get(userId);
    const isKnown = this.#carets.has(client);
    if (caret === null || !person) return this.#remove([client]);
    if (!isKnown && this.#carets.size >= MOST_CARETS) return;
    const owner: CaretOwner = { name: fullName(person), palette: personColor(userId, person.color) };
    this.#carets.set(client, { userId, at: Date.now() });
    // The plug-in wants a colour of its own kind; what is drawn has the colour of the person.
    this.awareness.states.set(client, { cursor: caret, user: { ...owner, color: '#000000' } });
    this.#changed({ added: isKnown ? [] : [client], updated: isKnown ? [client] : [], removed: [] });
  };

  #forgetSilent(): void {
    const now = Date.now();
    this.#remove([...this.#carets].flatMap(([client, { at }]) => (now - at > FORGET_MS ? [client] : [])));
  }

  #remove(clients: number[]): void {
    const removed = clients.filter((client) => this.#carets.delete(client));
    for (const client of removed) this.awareness.states.delete(client);
    if (removed.length > 0) this.#changed({ added: [], updated: [], removed });
  }

  #changed(changes: { added: number[]; updated: number[]; removed: number[] }): void {
    this.awareness.emit('change', [changes, 'remote']);
    const userIds = new Set([...this.#carets.values()].map(({ userId }) => userId));
    const names = [...userIds].flatMap((id) => this.#parts.workspace.nameOf(id) ?? []);
    if (names.join() !== this.#names.join()) this.#names = names;
  }
}
