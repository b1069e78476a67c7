import type { Edits } from '$lib/data/edits/edits.svelte';
import { USUAL_CHANNEL, type Interaction, type InteractionType } from '$lib/data/interactions/schema';
import { addDays, dayOf, instantAt } from '$lib/domain/dates';
import { errorWords } from '$lib/error-words';
import type { InteractionDraftStore, InteractionFields } from './interaction-drafts';

/** When the day is all that was said, people are reminded in the morning. */
const FOLLOW_UP_CLOCK = '09:00';

const EMPTY: InteractionFields = {
  type: 'call',
  channel: 'phone',
  subject: '',
  note: '',
  outcome: '',
  nextAction: '',
  followUp: '',
};

/** What is being written about a customer. It stays until it has been stored, also over a reload. */
export class InteractionDraft {
  readonly #edits: Edits;
  readonly #customer: { id: string; org_id: string };
  readonly #timeZone: string;
  readonly #kept: InteractionDraftStore;
  fields = $state<InteractionFields>({ ...EMPTY });
  isOpen = $state(false);
  isSending = $state(false);
  problem = $state<string | null>(null);
  /** The entry that this one replaces. */
  corrects = $state.raw<Interaction | null>(null);
  /** Kept over retries, so that an answer lost on the way does not log it twice. */
  #id: string = crypto.randomUUID();
  /** What was being written when a correction came between. */
  #interrupted: { fields: InteractionFields; id: string } | null = null;

  constructor(parts: {
    edits: Edits;
    customer: { id: string; org_id: string };
    timeZone: string;
    kept: InteractionDraftStore;
  }) {
    this.#edits = parts.edits;
    this.#customer = parts.customer;
    this.#timeZone = parts.timeZone;
    this.#kept = parts.kept;
  }

  get isEmpty(): boolean {
    return this.firstWords === '';
  }

  /** What it can be recognised by. */
  get firstWords(): string {
    const { subject, note, outcome, nextAction } = this.fields;
    return [note, subject, outcome, nextAction].map((text) => text.trim()).find((text) => text !== '') ?? '';
  }

  setType(type: InteractionType): void {
    this.fields.type = type;
    this.fields.channel = USUAL_CHANNEL[type];
  }

  followUpIn(days: number): void {
    this.fields.followUp = addDays(dayOf(new Date(), this.#timeZone), days);
  }

  /** Opens with a copy of an entry that was not right. */
  correct(interaction: Interaction): void {
    this.#interrupted ??= { fields: this.fields, id: this.#id };
    this.#id = crypto.randomUUID();
    this.corrects = interaction;
    this.isOpen = true;
    this.fields = {
      type: interaction.type,
      channel: interaction.channel,
      subject: interaction.subject ?? '',
      note: interaction.note ?? '',
      outcome: interaction.outcome ?? '',
      nextAction: interaction.next_action ?? '',
      followUp: interaction.follow_up_at ? dayOf(new Date(interaction.follow_up_at), this.#timeZone) : '',
    };
  }

  /** Closes; what was written stays for the next time, a correction does not. */
  close(): void {
    this.isOpen = false;
    if (this.corrects) this.#reset();
    this.problem = null;
  }

  /**
   * @param title what the customer is called
   * @returns whether it has been stored, or will be once the server can be reached
   */
  async send(title: string): Promise<boolean> {
    if (this.isEmpty || this.isSending) return false;
    this.isSending = true;
    this.problem = null;
    const row = this.#row();
    const belongsTo = row.customer_id;
    const outcome = await this.#edits.perform({
      kind: 'create',
      table: 'interactions',
      recordId: row.id,
      title,
      row,
      belongsTo,
    });
    this.isSending = false;
    if (outcome.kind === 'refused') {
      this.problem = errorWords(outcome.error);
      return false;
    }
    this.#reset();
    this.isOpen = false;
    return true;
  }

  #row() {
    const { type, channel, subject, note, outcome, nextAction, followUp } = this.fields;
    const filled = (text: string) => (text.trim() === '' ? null : text.trim());
    return {
      id: this.#id,
      org_id: this.#customer.org_id,
      customer_id: this.#customer.id,
      type,
      channel,
      subject: filled(subject),
      note: filled(note),
      outcome: filled(outcome),
      next_action: filled(nextAction),
      follow_up_at: followUp ? instantAt(followUp, FOLLOW_UP_CLOCK, this.#timeZone).toISOString() : null,
      ...(this.corrects ? { corrects_id: this.corrects.id, occurred_at: this.corrects.occurred_at } : {}),
    };
  }

  /** Empty, or what a correction had interrupted. */
  #reset(): void {
    const { fields, id } = this.#interrupted ?? { fields: { ...EMPTY }, id: crypto.randomUUID() };
    this.#interrupted = null;
    this.fields = fields;
    this.#id = id;
    this.corrects = null;
  }

  /** Call once in the browser. */
  restore(): void {
    const kept = this.#kept.read();
    if (!kept) return;
    this.fields = kept.fields;
    this.#id = kept.id;
  }

  /** Call in an effect: remembers what is written. A correction is not kept, and leaves what is kept alone. */
  remember(): void {
    const fields = $state.snapshot(this.fields);
    if (this.corrects) return;
    if (this.isEmpty) this.#kept.drop();
    else this.#kept.keep({ id: this.#id, fields });
  }

  /** Call in an effect: what the page was left with while it was being sent, and is on its way, is not being written any more. */
  forgetSent(): void {
    const isOnItsWay = this.#edits.adding('interactions').some(({ recordId }) => recordId === this.#id);
    if (isOnItsWay && !this.isSending && !this.corrects) this.#reset();
  }
}
