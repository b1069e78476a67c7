import { toast } from 'svelte-sonner';
import { customerKeys } from '$lib/data/customers/keys';
import type { Customer } from '$lib/data/customers/schema';
import type { DataContext } from '$lib/data/context';
import type { EditDraft } from '$lib/data/edits/edit';
import type { Edits } from '$lib/data/edits/edits.svelte';
import type { Outcome } from '$lib/data/edits/outbox.svelte';
import type { Workspace } from '$lib/data/workspace.svelte';
import { neighboursAt, provisionalRank } from '$lib/domain/board-order';
import { relativeTime } from '$lib/domain/dates';
import { isStage, needsLostReason, type Stage } from '$lib/domain/stages';
import { sayDone } from '$lib/edit-notices';
import { errorWords } from '$lib/error-words';
import { m } from '$lib/paraglide/messages';
import { stageName } from '$lib/components/shared/stages/stage-words';
import { about } from './about';
import type { BoardNotices } from './board-notices.svelte';
import type { Gap } from './geometry';
import type { PendingChange } from './pending';

type Move = Extract<EditDraft, { kind: 'move' }>;

/** A card that waits in the lost column for the reason. */
interface LostQuestion {
  customer: Customer;
  move: Move;
  inverse: Move;
}

interface Parts {
  data: DataContext;
  workspace: Workspace;
  edits: Edits;
  notices: BoardNotices;
}

/** What people do with cards: at once on screen; put back, with the reason, when the database refuses. */
export class BoardMoves {
  readonly #data: DataContext;
  readonly #workspace: Workspace;
  readonly #edits: Edits;
  readonly #notices: BoardNotices;
  #question = $state.raw<LostQuestion | null>(null);

  constructor({ data, workspace, edits, notices }: Parts) {
    this.#data = data;
    this.#workspace = workspace;
    this.#edits = edits;
    this.#notices = notices;
  }

  get question(): LostQuestion | null {
    return this.#question;
  }

  /** The card that the question is about, where it was dropped. */
  get held(): PendingChange | null {
    if (!this.#question) return null;
    const { customer, move } = this.#question;
    const dropped = { ...customer, status: move.to, board_rank: move.rank ?? customer.board_rank };
    return { customer: dropped, from: customer.status };
  }

  /**
   * @param customer as shown
   * @param gap where to, among `cards`
   * @param cards the column as the person saw it, without the moving card
   * @param origin the column the card comes from, without it, and where it was: for undoing
   */
  move(
    customer: Customer,
    gap: Gap,
    cards: readonly Customer[],
    origin: { cards: readonly Customer[]; index: number },
  ): void {
    const move: Move = {
      kind: 'move',
      ...about(customer),
      to: gap.stage,
      neighbours: neighboursAt(cards, gap.index),
      seen: customer.status,
      rank: provisionalRank(cards, gap.index),
    };
    const inverse: Move = {
      kind: 'move',
      ...about(customer),
      to: customer.status,
      neighbours: neighboursAt(origin.cards, origin.index),
      seen: gap.stage,
      rank: customer.board_rank,
      lostReason: customer.closed_lost_reason,
    };
    if (needsLostReason(customer.status, gap.stage)) this.#question = { customer, move, inverse };
    else void this.#send(customer, move, inverse);
  }

  /**
   * Adds a customer at the top of a column; the card is there at once.
   *
   * @returns false when it could not be added (a toast has said why)
   */
  async add(name: string, stage: Stage, cards: readonly Customer[]): Promise<boolean> {
    const { orgId, currency, userId } = this.#workspace;
    const id = crypto.randomUUID();
    const row = { id, org_id: orgId, name, status: stage, currency, owner_id: userId };
    const rank = provisionalRank(cards, 0);
    const edit: EditDraft = { kind: 'create', table: 'customers', recordId: id, title: name, row, rank };
    const outcome = await this.#edits.perform(edit);
    if (outcome.kind === 'refused') {
      toast.error(m.pipeline_not_added({ customer: name }), { description: errorWords(outcome.error) });
      return false;
    }
    this.#notices.say(m.pipeline_said_added({ customer: name, stage: stageName(stage) }));
    return true;
  }

  answerLost(reason: string): void {
    if (!this.#question) return;
    const { customer, move, inverse } = this.#question;
    this.#question = null;
    void this.#send(customer, { ...move, lostReason: reason }, inverse);
  }

  cancelLost(): void {
    if (!this.#question) return;
    this.#notices.say(m.pipeline_said_put_back({ customer: this.#question.customer.name }));
    this.#question = null;
  }

  async archive(customer: Customer): Promise<void> {
    const edit: EditDraft = {
      kind: 'patch',
      ...about(customer),
      changes: { is_archived: true },
      seen: { is_archived: false },
    };
    await this.#remove(edit, { title: m.pipeline_archived({ customer: customer.name }) });
  }

  async trash(customer: Customer): Promise<void> {
    const title = m.trash_moved({ title: customer.name });
    await this.#remove({ kind: 'trash', ...about(customer) }, { title, description: m.trash_moved_where() });
  }

  async #remove(edit: EditDraft, words: { title: string; description?: string }): Promise<void> {
    const outcome = await this.#edits.perform(edit);
    if (outcome.kind === 'refused') toast.error(errorWords(outcome.error));
    else sayDone(this.#edits, edit, (userId) => this.#workspace.nameOf(userId), words);
  }

  async #send(customer: Customer, move: Move, inverse: Move): Promise<void> {
    const outcome = await this.#edits.perform(move, { inverse, forgetConflict: true });
    if (outcome.kind === 'conflict' || outcome.kind === 'refused') this.#putBack(customer, outcome);
  }

  #putBack(customer: Customer, outcome: Extract<Outcome, { kind: 'conflict' | 'refused' }>): void {
    const words =
      outcome.kind === 'conflict' ? this.#movedWords(customer, outcome) : errorWords(outcome.error);
    this.#notices.say(`${m.pipeline_said_put_back({ customer: customer.name })} ${words}`);
    toast.error(m.pipeline_put_back({ customer: customer.name }), { description: words });
    // What is on screen was not what is true.
    void this.#data.queryClient.invalidateQueries({ queryKey: customerKeys.all(this.#data.orgId) });
  }

  /** "Lena Vogt moved it to Proposal 5 seconds ago." */
  #movedWords(customer: Customer, { conflicts }: Extract<Outcome, { kind: 'conflict' }>): string {
    const { theirs, by = null, at } = conflicts[0] ?? {};
    if (by) this.#notices.glow(customer.id, by);
    const name = this.#workspace.nameOf(by) ?? m.somebody();
    const stage = isStage(theirs) ? stageName(theirs) : '';
    const now = new Date();
    if (!at || now.getTime() - Date.parse(at) < 60_000) return m.pipeline_moved_just_now({ name, stage });
    const when = relativeTime(new Date(at), now, this.#workspace.viewer);
    return m.pipeline_moved_by_when({ name, stage, when });
  }
}
