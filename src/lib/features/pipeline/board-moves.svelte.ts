import { toast } from 'svelte-sonner';
import { findCached } from '$lib/data/customers/apply';
import { customerKeys } from '$lib/data/customers/keys';
import { createCustomer, moveCustomer, setArchived, type Move } from '$lib/data/customers/mutations';
import { newCustomer, parseMovedDetail, type Customer } from '$lib/data/customers/schema';
import type { DataContext } from '$lib/data/context';
import { trashCustomer } from '$lib/data/trash/mutations';
import type { Workspace } from '$lib/data/workspace.svelte';
import { neighboursAt, provisionalRank } from '$lib/domain/board-order';
import { relativeTime } from '$lib/domain/dates';
import { needsLostReason, type Stage } from '$lib/domain/stages';
import { errorWords } from '$lib/error-words';
import { m } from '$lib/paraglide/messages';
import { toAppError } from '$lib/supabase/errors';
import { stageName } from '$lib/components/shared/stages/stage-words';
import { sayTrashed } from '$lib/trash-notice';
import type { BoardNotices } from './board-notices.svelte';
import type { Gap } from './geometry';
import type { PendingMoves } from './pending';

/** A card that waits in the lost column for the reason. */
interface LostQuestion {
  customer: Customer;
  move: Move;
  inverse: Move;
}

/** Moves cards: at once on screen, then in the database; back again, with the reason, when it refuses. */
export class BoardMoves {
  readonly #data: DataContext;
  readonly #workspace: Workspace;
  readonly #notices: BoardNotices;
  /** Moves of one card go to the database one after the other. */
  readonly #queues = new Map<string, Promise<void>>();
  #undo = $state.raw<readonly Move[]>([]);
  #pending = $state.raw<PendingMoves>(new Map());
  #question = $state.raw<LostQuestion | null>(null);

  constructor(data: DataContext, workspace: Workspace, notices: BoardNotices) {
    this.#data = data;
    this.#workspace = workspace;
    this.#notices = notices;
  }

  get pending(): PendingMoves {
    return this.#pending;
  }

  get question(): LostQuestion | null {
    return this.#question;
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
      customerId: customer.id,
      to: gap.stage,
      neighbours: neighboursAt(cards, gap.index),
      seen: customer.status,
    };
    const inverse: Move = {
      customerId: customer.id,
      to: customer.status,
      neighbours: neighboursAt(origin.cards, origin.index),
      seen: gap.stage,
      ...(customer.closed_lost_reason ? { lostReason: customer.closed_lost_reason } : {}),
    };
    this.#show({ ...customer, status: gap.stage, board_rank: provisionalRank(cards, gap.index) }, customer);
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
    const fields = {
      id: crypto.randomUUID(),
      org_id: orgId,
      name,
      status: stage,
      currency,
      owner_id: userId,
    };
    const shown = newCustomer(fields, provisionalRank(cards, 0));
    this.#pending = new Map(this.#pending).set(shown.id, { customer: shown, from: null });
    try {
      await createCustomer(this.#data, fields);
      this.#notices.say(m.pipeline_said_added({ customer: name, stage: stageName(stage) }));
      return true;
    } catch (error) {
      toast.error(m.pipeline_not_added({ customer: name }), { description: errorWords(error) });
      return false;
    } finally {
      this.#hide(shown.id);
    }
  }

  answerLost(reason: string): void {
    if (!this.#question) return;
    const { customer, move, inverse } = this.#question;
    this.#question = null;
    void this.#send(customer, { ...move, lostReason: reason }, inverse);
  }

  cancelLost(): void {
    if (!this.#question) return;
    this.#hide(this.#question.customer.id);
    this.#notices.say(m.pipeline_said_put_back({ customer: this.#question.customer.name }));
    this.#question = null;
  }

  get canUndo(): boolean {
    return this.#undo.length > 0;
  }

  /** Takes back the last move of this person, by the same path and with the same guards as any other. */
  undo(): void {
    const move = this.#undo.at(-1);
    this.#undo = this.#undo.slice(0, -1);
    const customer = move && findCached(this.#data.queryClient, this.#data.orgId, move.customerId);
    if (move && customer) void this.#send(customer, move);
  }

  async archive(customer: Customer): Promise<void> {
    if (!(await this.#setArchived(customer, true))) return;
    toast(m.pipeline_archived({ customer: customer.name }), {
      action: { label: m.undo(), onClick: () => void this.#setArchived(customer, false) },
    });
  }

  async trash(customer: Customer): Promise<void> {
    try {
      await trashCustomer(this.#data, customer);
    } catch (error) {
      toast.error(errorWords(error));
      return;
    }
    sayTrashed(this.#data, customer);
  }

  /** @returns false when it could not be done (a toast has said why) */
  async #setArchived(customer: Customer, archived: boolean): Promise<boolean> {
    try {
      await setArchived(this.#data, customer.id, archived);
      return true;
    } catch (error) {
      toast.error(errorWords(error));
      return false;
    }
  }

  #show(shown: Customer, before: Customer): void {
    const from = this.#pending.get(shown.id)?.from ?? before.status;
    this.#pending = new Map(this.#pending).set(shown.id, { customer: shown, from });
  }

  #hide(customerId: string): void {
    const rest = new Map(this.#pending);
    rest.delete(customerId);
    this.#pending = rest;
  }

  async #send(customer: Customer, move: Move, inverse?: Move): Promise<void> {
    const shown = this.#pending.get(customer.id);
    const turn = (this.#queues.get(customer.id) ?? Promise.resolve()).then(async () => {
      try {
        await moveCustomer(this.#data, move);
        if (inverse) this.#undo = [...this.#undo, inverse];
      } catch (error) {
        this.#refused(customer, move, error);
      } finally {
        // A later move of the same card is already on screen: that one decides.
        if (this.#pending.get(customer.id) === shown) this.#hide(customer.id);
      }
    });
    this.#queues.set(customer.id, turn);
    await turn;
    if (this.#queues.get(customer.id) === turn) this.#queues.delete(customer.id);
  }

  #refused(customer: Customer, move: Move, cause: unknown): void {
    const error = toAppError(cause);
    const words = this.#movedWords(customer, error.detail) ?? errorWords(error);
    this.#notices.say(`${m.pipeline_said_put_back({ customer: customer.name })} ${words}`);
    toast.error(m.pipeline_put_back({ customer: customer.name }), {
      description: words,
      ...(error.retryable
        ? { action: { label: m.try_again(), onClick: () => void this.#send(customer, move) } }
        : {}),
    });
    // What is on screen was not what is true, unless the server was not reached at all.
    if (error.kind !== 'network') {
      const queryKey = customerKeys.all(this.#data.orgId);
      void this.#data.queryClient.invalidateQueries({ queryKey });
    }
  }

  /** "Lena Vogt moved it to Proposal 5 seconds ago." */
  #movedWords(customer: Customer, detail: unknown): string | null {
    const moved = parseMovedDetail(detail);
    if (!moved) return null;
    if (moved.by) this.#notices.glow(customer.id, moved.by);
    const name = this.#workspace.nameOf(moved.by) ?? m.somebody();
    const stage = stageName(moved.status);
    const now = new Date();
    if (!moved.at || now.getTime() - Date.parse(moved.at) < 60_000)
      return m.pipeline_moved_just_now({ name, stage });
    const when = relativeTime(new Date(moved.at), now, this.#workspace.viewer);
    return m.pipeline_moved_by_when({ name, stage, when });
  }
}
