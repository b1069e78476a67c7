import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { neighboursAt } from '$lib/domain/board-order';
import { STAGES } from '$lib/domain/stages';
import { moveCustomer } from '$lib/data/customers/mutations';
import type { Customer } from '$lib/data/customers/schema';
import { parsePatchAnswer } from '$lib/data/edits/answers';
import { AppError, unwrap } from '$lib/supabase/errors';
import type { Page } from './page';
import type { Action, Step } from './schedule';

/** An edit that the database took, and what its author had seen before. */
export interface Accepted {
  record: string;
  field: string;
  seen: unknown;
  value: unknown;
}

/** What may be answered to somebody who acts on what has changed meanwhile. */
const REFUSALS = new Set([
  'customer_moved',
  'customer_not_found',
  'customers_update_denied',
  'customers_assign_denied',
  'customers_delete_denied',
  'record_not_found',
]);

/** Somebody at a board who does one thing after the other, as they see it at that moment. */
export class Writer {
  readonly accepted: Accepted[] = [];
  conflicts = 0;
  refusals = 0;
  readonly #page: Page;
  readonly #people: readonly string[];

  constructor(page: Page, people: readonly string[]) {
    this.#page = page;
    this.#people = people;
  }

  async play(steps: readonly Step[]): Promise<void> {
    for (const { pause, action } of steps) {
      await sleep(pause);
      try {
        await this.#perform(action);
      } catch (error) {
        if (!(error instanceof AppError) || !REFUSALS.has(error.code)) throw error;
        this.refusals += 1;
      }
    }
  }

  async #perform(action: Action): Promise<void> {
    if (action.do === 'drop out') return this.#page.dropOut(action.ms);
    if (action.do === 'catch up') return this.#page.catchUp();
    if (action.do === 'add') return this.#add(pick(STAGES, action.stage));
    const { cards } = this.#page;
    if (cards.length === 0) return;
    const card = pick(cards, action.card);
    if (action.do === 'edit') return this.#patch(card, action.field, randomUUID());
    if (action.do === 'hand over') return this.#patch(card, 'owner_id', pick(this.#people, action.to));
    if (action.do === 'move') return this.#move(card, action);
    await this.#request('delete_customer', { customer_id: card.id });
  }

  async #patch(card: Customer, field: keyof Customer & string, value: string): Promise<void> {
    const seen = card[field];
    if (seen === value) return;
    const answer = await this.#page.data.client.rpc('patch_record', {
      table_name: 'customers',
      record_id: card.id,
      changes: { [field]: value },
      seen: { [field]: seen as string },
    });
    const { record, applied, conflicts } = parsePatchAnswer(unwrap(answer));
    this.#page.answered(record);
    if (conflicts.length > 0) this.conflicts += 1;
    // Somebody else may have written just the same: then this was no edit.
    if (applied.length > 0) this.accepted.push({ record: card.id, field, seen, value });
  }

  async #move(card: Customer, { stage, place }: Extract<Action, { do: 'move' }>): Promise<void> {
    const to = pick(STAGES, stage);
    const others = this.#page.column(to).filter(({ id }) => id !== card.id);
    const neighbours = neighboursAt(others, Math.floor(place * (others.length + 1)));
    await moveCustomer(this.#page.data, {
      customerId: card.id,
      to,
      neighbours,
      seen: card.status,
      ...(to === 'closed_lost' ? { lostReason: 'Lost in the simulation' } : {}),
    });
    if (to !== card.status) {
      this.accepted.push({ record: card.id, field: 'status', seen: card.status, value: to });
    }
  }

  async #add(status: Customer['status']): Promise<void> {
    const { client, orgId } = this.#page.data;
    const { data, error } = await client
      .from('customers')
      .insert({
        org_id: orgId,
        name: `Added ${randomUUID()}`,
        status,
        closed_lost_reason: status === 'closed_lost' ? 'Lost' : null,
      })
      .select()
      .single();
    if (error) throw error;
    this.#page.answered(data);
  }

  async #request(name: 'delete_customer', parameters: { customer_id: string }): Promise<void> {
    const { error } = await this.#page.data.client.rpc(name, parameters);
    if (!error) return;
    if (!REFUSALS.has(error.message)) throw error;
    this.refusals += 1;
  }
}

function pick<One>(list: readonly One[], share: number): One {
  const one = list[Math.floor(share * list.length)];
  if (one === undefined) throw new Error('There is nothing to choose from.');
  return one;
}
