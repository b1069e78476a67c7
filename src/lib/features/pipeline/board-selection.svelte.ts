import { toast } from 'svelte-sonner';
import { LARGEST_BULK } from '$lib/data/edits/edit';
import type { Customer } from '$lib/data/customers/schema';
import { STAGES, type Stage } from '$lib/domain/stages';
import { m } from '$lib/paraglide/messages';

interface Host {
  /** The cards of a column as shown. */
  cards: (stage: Stage) => readonly Customer[];
  mayChange: (customer: Customer) => boolean;
}

/** The cards that are chosen to be changed together. */
export class BoardSelection {
  readonly #host: Host;
  #ids = $state.raw<ReadonlySet<string>>(new Set());
  /** Where a range begins. */
  #anchor: string | null = null;

  constructor(host: Host) {
    this.#host = host;
  }

  /** In the order of the board; what has left it is no longer chosen. */
  readonly customers: readonly Customer[] = $derived.by(() =>
    this.#ids.size === 0
      ? []
      : STAGES.flatMap((stage) => this.#host.cards(stage).filter(({ id }) => this.#ids.has(id))),
  );

  get isEmpty(): boolean {
    return this.#ids.size === 0;
  }

  has(customerId: string): boolean {
    return this.#ids.has(customerId);
  }

  toggle(customer: Customer): void {
    if (!this.#host.mayChange(customer)) return;
    const next = new Set(this.#ids);
    if (!next.delete(customer.id)) next.add(customer.id);
    this.#anchor = customer.id;
    this.#replace(next);
  }

  /** From the last one chosen to this one, in its column. */
  extendTo(customer: Customer): void {
    const cards = this.#host.cards(customer.status);
    const [from, to] = [this.#anchor, customer.id].map((id) => cards.findIndex((card) => card.id === id));
    if (from === undefined || to === undefined || from < 0 || to < 0) return this.toggle(customer);
    this.#add(cards.slice(Math.min(from, to), Math.max(from, to) + 1));
  }

  /** Everything of a column that has been loaded, or nothing of it when all of it is chosen. */
  toggleColumn(stage: Stage): void {
    const cards = this.#host.cards(stage).filter(this.#host.mayChange);
    if (!cards.every(({ id }) => this.#ids.has(id))) return this.#add(cards);
    this.#replace(new Set([...this.#ids].filter((id) => !cards.some((card) => card.id === id))));
  }

  clear(): void {
    this.#anchor = null;
    this.#ids = new Set();
  }

  /** @returns true when the key was for choosing */
  key(event: KeyboardEvent, customer: Customer): boolean {
    if (event.metaKey || event.ctrlKey || event.altKey) return false;
    if (event.code === 'KeyX' || event.key.toLowerCase() === 'x') {
      if (event.shiftKey) this.toggleColumn(customer.status);
      else this.toggle(customer);
    } else if (event.key === 'Escape' && !this.isEmpty) this.clear();
    else return false;
    return true;
  }

  #add(cards: readonly Customer[]): void {
    const ids = cards.filter(this.#host.mayChange).map(({ id }) => id);
    this.#replace(new Set([...this.#ids, ...ids]));
  }

  #replace(ids: ReadonlySet<string>): void {
    if (ids.size > LARGEST_BULK) toast(m.bulk_limit({ count: LARGEST_BULK }), { id: 'bulk-limit' });
    this.#ids = ids.size > LARGEST_BULK ? new Set([...ids].slice(0, LARGEST_BULK)) : ids;
  }
}
