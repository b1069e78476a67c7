import { createQuery } from '@tanstack/svelte-query';
import type { DataContext } from '$lib/data/context';
import { searchQueries } from '$lib/data/search/queries';
import type { Stage } from '$lib/domain/stages';
import { matchesText } from '$lib/domain/text';
import { readRecent, type RecentCustomer } from './recent';

const TYPING_MS = 120;

/** Something that can be chosen. */
export interface PaletteItem {
  id: string;
  label: string;
  group: 'customers' | 'recent' | 'actions';
  /** Beside the label. */
  hint?: string;
  shortcut?: string;
  stage?: Stage;
  run: () => void;
}

export interface PaletteAction {
  id: string;
  label: string;
  shortcut?: string;
  run: () => void;
}

interface Options {
  data: DataContext;
  actions: () => readonly PaletteAction[];
  openCustomer: (customer: RecentCustomer) => void;
  ownerName: (userId: string | null) => string | null;
}

/** What was typed, what it finds, and which of it is chosen. Make it while a component initialises. */
export class Palette {
  readonly #options: Options;
  readonly #found;
  readonly #recent: readonly RecentCustomer[];
  #text = $state('');
  /** What is asked for: follows the typing when it pauses. */
  #asked = $state('');
  #chosen = $state(0);
  #typing: ReturnType<typeof setTimeout> | undefined;

  constructor(options: Options) {
    this.#options = options;
    this.#recent = readRecent(options.data.orgId);
    this.#found = createQuery(() => ({
      ...searchQueries.customers(options.data, this.#asked),
      enabled: this.#asked.length > 1,
    }));
  }

  get text(): string {
    return this.#text;
  }

  set text(text: string) {
    this.#text = text;
    this.#chosen = 0;
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => (this.#asked = text.trim()), TYPING_MS);
  }

  get isSearching(): boolean {
    return this.#isAsking && (this.#found.isFetching || this.#asked !== this.#text.trim());
  }

  get error(): Error | null {
    return this.#isAsking ? this.#found.error : null;
  }

  get chosen(): number {
    return this.#chosen;
  }

  get #isAsking(): boolean {
    return this.#text.trim().length > 1;
  }

  readonly items: readonly PaletteItem[] = $derived.by(() => {
    const query = this.#text.trim();
    const actions = this.#options
      .actions()
      .filter(({ label }) => query === '' || matchesText(query, [label]));
    return [
      ...(this.#isAsking ? this.#customers() : this.#recentItems(query)),
      ...actions.map((action): PaletteItem => ({ ...action, group: 'actions' })),
    ];
  });

  /** Steps through the items, from the last to the first and back. */
  step(by: 1 | -1): void {
    const { length } = this.items;
    if (length > 0) this.#chosen = (this.#chosen + by + length) % length;
  }

  choose(index: number): void {
    this.#chosen = index;
  }

  run(index = this.#chosen): void {
    this.items[index]?.run();
  }

  #customers(): PaletteItem[] {
    return (this.#found.data ?? []).map(({ id, name, status, owner_id: ownerId }) => ({
      id,
      label: name,
      group: 'customers',
      stage: status,
      ...hintOf(this.#options.ownerName(ownerId)),
      run: () => this.#options.openCustomer({ id, name }),
    }));
  }

  #recentItems(query: string): PaletteItem[] {
    return this.#recent
      .filter(({ name }) => query === '' || matchesText(query, [name]))
      .map((customer) => ({
        id: customer.id,
        label: customer.name,
        group: 'recent',
        run: () => this.#options.openCustomer(customer),
      }));
  }
}

function hintOf(hint: string | null): { hint?: string } {
  return hint === null ? {} : { hint };
}
