import { untrack } from 'svelte';
import type { DataContext } from '$lib/data/context';
import {
  EditingSender,
  expireEditing,
  receiveEditing,
  withoutGone,
  type Caret,
  type Editor,
  type Editors,
} from '$lib/realtime/editing';
import type { RealtimeEvent } from '$lib/realtime/events';
import type { LiveOrganization } from '$lib/realtime/live-organization.svelte';
import type { PresentPerson } from '$lib/realtime/presence';
import type { ChannelHandle } from '$lib/realtime/registry.svelte';
import { topics } from '$lib/realtime/topics';

/** Who else looks at one customer, and who is in which field. */
export class RecordEditing {
  readonly #live: LiveOrganization;
  readonly #data: DataContext;
  /** Remembers where this person is; told anew when a channel is joined anew. */
  readonly #sender: EditingSender;
  #channel: Pick<ChannelHandle, 'send'> | null = null;
  #here = $state.raw<PresentPerson[]>([]);
  #editors = $state.raw<Editors>(new Map());

  constructor(parts: { live: LiveOrganization; data: DataContext }) {
    this.#live = parts.live;
    this.#data = parts.data;
    this.#sender = new EditingSender((...said) => this.#channel?.send(...said), parts.data.userId);
  }

  /** Colleagues with this customer open. */
  readonly colleagues: readonly PresentPerson[] = $derived.by(() =>
    this.#isCutOff ? [] : this.#here.filter(({ userId }) => this.#live.isColleague(userId)),
  );

  /** Without a connection nothing is known about what the others do. */
  get #isCutOff(): boolean {
    return this.#live.status === 'offline';
  }

  /** The colleague who is in a field; null when nobody is. */
  editorOf(field: string): Editor | null {
    if (this.#isCutOff) return null;
    for (const editor of this.#editors.values()) if (editor.field === field) return editor;
    return null;
  }

  /** Joins the customer's channels; returns how to leave. Call it in an effect. */
  start(customerId: string): () => void {
    const rows = this.#live.followCustomer(customerId);
    const channel = this.#live.listen(topics.customerPeople(customerId), {
      event: this.#receive,
      presence: this.#meet,
    });
    this.#channel = channel;
    channel.track({ user_id: this.#data.userId, at: new Date().toISOString() });
    const timer = setInterval(() => (this.#editors = expireEditing(this.#editors, Date.now())), 500);
    this.#sender.repeat();
    const close = () => this.#sender.pause();
    window.addEventListener('pagehide', close);
    return () => {
      window.removeEventListener('pagehide', close);
      this.#sender.pause();
      this.#channel = null;
      clearInterval(timer);
      channel.leave();
      rows.leave();
      this.#editors = new Map();
      this.#here = [];
    };
  }

  /** Tells the others which field this person is in, again and again while that lasts. */
  tell(field: string | null): void {
    this.#sender.tell(field);
  }

  /** Tells them where in it; null in a field whose caret cannot be known. */
  tellCaret(field: string, caret: Caret | null): void {
    this.#sender.tellCaret(field, caret);
  }

  #receive = (event: RealtimeEvent): void => {
    if (event.event !== 'editing') return;
    const isColleague = (userId: string) => this.#live.isColleague(userId);
    this.#editors = receiveEditing(this.#editors, event.payload, Date.now(), isColleague);
  };

  #meet = (people: PresentPerson[]): void => {
    const present = new Set(people.map(({ userId }) => userId));
    // Those who are known already are told to whoever begins to listen, which happens within an effect.
    const [before, editors] = untrack(() => [this.#here, this.#editors]);
    const gone = new Set(before.map(({ userId }) => userId).filter((userId) => !present.has(userId)));
    this.#here = people;
    this.#editors = withoutGone(editors, gone);
    // Who has just come has not heard which field this person is in.
    this.#sender.repeat();
  };
}
