import type { DataContext } from '$lib/data/context';
import type { Workspace } from '$lib/data/workspace.svelte';
import type { RealtimeEvent } from '$lib/realtime/events';
import type { LiveOrganization } from '$lib/realtime/live-organization.svelte';
import type { PresentPerson } from '$lib/realtime/presence';
import type { ChannelHandle } from '$lib/realtime/registry.svelte';
import { topics } from '$lib/realtime/topics';

const REPEAT_MS = 4_000;
const FORGET_MS = 10_000;

/** Who else looks at one customer, and who is in which field. */
export class RecordEditing {
  readonly #workspace: Workspace;
  readonly #live: LiveOrganization;
  readonly #data: DataContext;
  #channel: ChannelHandle | null = null;
  #repeat: ReturnType<typeof setInterval> | undefined;
  /** Where this person is; told anew when the channel is joined anew. */
  #field: string | null = null;
  #here = $state.raw<PresentPerson[]>([]);
  #fields = $state.raw<ReadonlyMap<string, { field: string; at: number }>>(new Map());

  constructor(parts: { workspace: Workspace; live: LiveOrganization; data: DataContext }) {
    this.#workspace = parts.workspace;
    this.#live = parts.live;
    this.#data = parts.data;
  }

  /** Colleagues with this customer open. */
  readonly colleagues: readonly PresentPerson[] = $derived.by(() =>
    this.#isCutOff
      ? []
      : this.#here.filter(({ userId }) => userId !== this.#data.userId && this.#workspace.people.has(userId)),
  );

  /** Without a connection nothing is known about what the others do. */
  get #isCutOff(): boolean {
    return this.#live.status === 'offline';
  }

  /** User id of the colleague who is in a field; null when nobody is. */
  editorOf(field: string): string | null {
    if (this.#isCutOff) return null;
    for (const [userId, editing] of this.#fields) if (editing.field === field) return userId;
    return null;
  }

  /** Joins the customer's channels; returns how to leave. Call it in an effect. */
  start(customerId: string): () => void {
    const rows = this.#live.followCustomer(customerId);
    const channel = this.#live.listen(topics.customerPeople(customerId), {
      event: this.#receive,
      presence: (people) => (this.#here = people),
    });
    this.#channel = channel;
    channel.track({ user_id: this.#data.userId, at: new Date().toISOString() });
    const timer = setInterval(() => this.#forgetSilent(), 1_000);
    if (this.#field !== null) this.#announce(this.#field);
    return () => {
      this.#announce(null);
      clearInterval(timer);
      channel.leave();
      rows.leave();
      this.#channel = null;
      this.#fields = new Map();
      this.#here = [];
    };
  }

  /** Tells the others which field this person is in, again and again while that lasts. */
  tell(field: string | null): void {
    this.#field = field;
    this.#announce(field);
  }

  #announce(field: string | null): void {
    clearInterval(this.#repeat);
    const send = () => this.#channel?.send('editing', { user_id: this.#data.userId, field });
    send();
    if (field !== null) this.#repeat = setInterval(send, REPEAT_MS);
  }

  #receive = (event: RealtimeEvent): void => {
    if (event.event !== 'editing') return;
    const { user_id: userId, field } = event.payload;
    if (userId === this.#data.userId || !this.#workspace.people.has(userId)) return;
    const next = new Map(this.#fields);
    if (field === null) next.delete(userId);
    else next.set(userId, { field, at: Date.now() });
    this.#fields = next;
  };

  #forgetSilent(): void {
    const alive = [...this.#fields].filter(([, { at }]) => Date.now() - at < FORGET_MS);
    if (alive.length !== this.#fields.size) this.#fields = new Map(alive);
  }
}
