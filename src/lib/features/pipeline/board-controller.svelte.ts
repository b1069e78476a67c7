import { createQuery } from '@tanstack/svelte-query';
import { createContext, tick } from 'svelte';
import { toast } from 'svelte-sonner';
import type { DataContext } from '$lib/data/context';
import { findCached } from '$lib/data/customers/apply';
import { customerQueries, loadNextPage } from '$lib/data/customers/queries';
import { isFiltered, type BoardFilters, type Customer } from '$lib/data/customers/schema';
import { productQueries } from '$lib/data/products/queries';
import type { Product } from '$lib/data/products/schema';
import type { Workspace } from '$lib/data/workspace.svelte';
import type { Person } from '$lib/domain/people';
import { totalsByCurrency, type Money } from '$lib/domain/money';
import { STAGES, type Stage } from '$lib/domain/stages';
import { stageName } from '$lib/components/shared/stages/stage-words';
import { m } from '$lib/paraglide/messages';
import type { LiveFeed } from '$lib/realtime/live-feed';
import type { LiveOrganization } from '$lib/realtime/live-organization.svelte';
import { BoardDrag, type Drag } from './board-drag.svelte';
import { BoardLists } from './board-lists';
import { BoardMoves } from './board-moves.svelte';
import { BoardNotices } from './board-notices.svelte';
import { ColleagueHands } from './colleague-hands.svelte';
import type { Gap } from './geometry';
import { summaryWithPending, withPending } from './pending';

interface Parts {
  data: DataContext;
  workspace: Workspace;
  live: LiveOrganization;
  feed: LiveFeed;
  filters: () => BoardFilters;
}

/** The pipeline as this person sees it. Make it while a component initialises: it owns queries. */
export class BoardController {
  readonly lists = new BoardLists();
  readonly notices: BoardNotices;
  readonly moves: BoardMoves;
  readonly hands: ColleagueHands;
  readonly drag: BoardDrag;
  readonly workspace: Workspace;
  readonly #data: DataContext;
  readonly #feed: LiveFeed;
  readonly #live: LiveOrganization;
  readonly #filters: () => BoardFilters;
  readonly #columns;
  readonly #summary;
  readonly #products;
  /** The column in which a customer is being added. */
  addingIn = $state<Stage | null>(null);
  /** Columns held still while a card of this person is over them; what arrives meanwhile shows at the drop. */
  #still = $state.raw<ReadonlyMap<Stage, readonly Customer[]>>(new Map());
  #loading = $state.raw<ReadonlySet<Stage>>(new Set());

  constructor({ data, workspace, live, feed, filters }: Parts) {
    this.#data = data;
    this.#feed = feed;
    this.#live = live;
    this.#filters = filters;
    this.workspace = workspace;
    this.notices = new BoardNotices(workspace);
    this.moves = new BoardMoves(data, workspace, this.notices);
    this.hands = new ColleagueHands(workspace, live);
    const query = (stage: Stage) => createQuery(() => customerQueries.column(data, stage, filters()));
    this.#columns = new Map(STAGES.map((stage) => [stage, query(stage)]));
    this.#summary = createQuery(() => customerQueries.summary(data, filters()));
    this.#products = createQuery(() => productQueries.list(data));
    this.drag = new BoardDrag({
      lists: this.lists,
      othersIn: (stage, customerId) => this.cards(stage).filter(({ id }) => id !== customerId),
      indexOf: (customer) => this.cards(customer.status).findIndex(({ id }) => id === customer.id),
      mayLift: (customer) => this.#mayLift(customer),
      onLift: (drag) => this.#lifted(drag),
      onOver: (drag) => this.#over(drag),
      onDrop: (drag) => this.#dropped(drag),
      onCancel: (drag) => this.#cancelled(drag),
    });
  }

  get filters(): BoardFilters {
    return this.#filters();
  }

  get isFiltered(): boolean {
    return isFiltered(this.filters);
  }

  get mayAdd(): boolean {
    return this.workspace.can('customers:create');
  }

  get products(): readonly Product[] {
    return this.#products.data ?? [];
  }

  productName(id: string | null): string | null {
    return (id && this.#productNames.get(id)) || null;
  }

  /** A colleague who has this customer open. */
  visitorOf(customerId: string): Person | null {
    return this.#visitors.get(customerId) ?? null;
  }

  find(customerId: string): Customer | null {
    return findCached(this.#data.queryClient, this.#data.orgId, customerId);
  }

  /** Puts the keyboard on a card, scrolling to it when it is out of sight. */
  async focus(stage: Stage, index: number): Promise<void> {
    const customer = this.cards(stage)[index];
    if (!customer) return;
    this.lists.reveal(stage, index);
    await tick();
    requestAnimationFrame(() => this.lists.focusCard(customer.id));
  }

  /** Listens to the others; returns how to stop. Call it in an effect. */
  start(): () => void {
    const leave = this.hands.start();
    const stop = this.#feed.onApplied((applied) => {
      this.notices.hear(applied);
      this.hands.forget(applied.change.id);
    });
    return () => {
      this.drag.cancel();
      leave();
      stop();
    };
  }

  readonly #shown: ReadonlyMap<Stage, readonly Customer[]> = $derived.by(
    () =>
      new Map(
        STAGES.map((stage) => {
          const cards = this.#columns.get(stage)?.data?.cards ?? [];
          return [stage, this.#still.get(stage) ?? withPending(cards, stage, this.moves.pending)];
        }),
      ),
  );

  readonly #visitors = $derived.by(() => {
    const visitors = new Map<string, Person>();
    for (const { userId, page } of this.#live.colleagues) {
      const customerId = /^\/customers\/([0-9a-f-]{36})$/.exec(page ?? '')?.[1];
      const person = this.workspace.people.get(userId);
      if (customerId && person) visitors.set(customerId, person);
    }
    return visitors;
  });

  readonly #productNames = $derived.by(() => new Map(this.products.map(({ id, name }) => [id, name])));

  readonly #totals = $derived.by(() =>
    summaryWithPending(
      this.#summary.data ?? [],
      this.moves.pending,
      (id) => findCached(this.#data.queryClient, this.#data.orgId, id)?.status ?? null,
    ),
  );

  /** What there is to filter by among the cards that have been loaded, and what is filtered by already. */
  readonly facets = $derived.by(() => {
    const cards = STAGES.flatMap((stage) => this.#columns.get(stage)?.data?.cards ?? []);
    const { sources, tags } = this.filters;
    return {
      sources: distinct([...sources, ...cards.map((card) => card.acquisition_source ?? '')]),
      tags: distinct([...tags, ...cards.flatMap((card) => card.tags)]),
    };
  });

  /** No column has a card, and that is certain. */
  get isEmpty(): boolean {
    return STAGES.every(
      (stage) => !this.isLoading(stage) && !this.errorIn(stage) && this.cards(stage).length === 0,
    );
  }

  /** The cards of a column as shown, in order. */
  cards(stage: Stage): readonly Customer[] {
    return this.#shown.get(stage) ?? [];
  }

  isLoading(stage: Stage): boolean {
    return this.#columns.get(stage)?.isPending ?? true;
  }

  /** The reason a column could not be loaded, while there is nothing to show in its place. */
  errorIn(stage: Stage): Error | null {
    const column = this.#columns.get(stage);
    return column && !column.data ? column.error : null;
  }

  retry(stage: Stage): void {
    void this.#columns.get(stage)?.refetch();
  }

  /** How many customers the column has, loaded or not; null while that is not known. */
  countIn(stage: Stage): number | null {
    if (!this.#summary.data) return null;
    return this.#totals.reduce((sum, line) => (line.status === stage ? sum + line.customers : sum), 0);
  }

  totalsIn(stage: Stage): Money[] {
    return totalsByCurrency(
      this.#totals
        .filter(({ status }) => status === stage)
        .map(({ currency, total_value: amount }) => ({ currency, amount })),
    );
  }

  hasMore(stage: Stage): boolean {
    return this.#columns.get(stage)?.data?.cursor != null;
  }

  isLoadingMore(stage: Stage): boolean {
    return this.#loading.has(stage);
  }

  async loadMore(stage: Stage): Promise<void> {
    if (this.#loading.has(stage) || !this.hasMore(stage)) return;
    this.#loading = new Set(this.#loading).add(stage);
    try {
      await loadNextPage(this.#data, stage, this.filters);
    } catch {
      // Scrolling on asks again; what is loaded stays.
    } finally {
      this.#loading = new Set([...this.#loading].filter((one) => one !== stage));
    }
  }

  mayMove(customer: Customer): boolean {
    return this.workspace.can('customers:update', customer);
  }

  /** Moves a card without dragging it: to the top of a column. */
  moveTo(customer: Customer, stage: Stage): void {
    if (!this.#mayLift(customer)) return;
    this.#place(customer, { stage, index: 0 }, this.cards(customer.status));
    this.notices.say(
      m.pipeline_said_dropped({ customer: customer.name, stage: stageName(stage), position: 1 }),
    );
  }

  #mayLift(customer: Customer): boolean {
    if (!this.mayMove(customer)) {
      this.notices.say(m.pipeline_view_only_reason());
      toast(m.pipeline_view_only_reason(), { id: 'pipeline-view-only' });
      return false;
    }
    const holder = this.workspace.nameOf(this.hands.byCustomer.get(customer.id)?.user_id);
    if (!holder) return true;
    this.notices.say(m.pipeline_held_by({ name: holder }));
    toast(m.pipeline_held_by({ name: holder }), { id: 'pipeline-held' });
    return false;
  }

  #lifted(drag: Drag): void {
    this.#still = new Map([[drag.origin.stage, this.cards(drag.origin.stage)]]);
    this.#tell(drag);
    if (drag.mode === 'keyboard') {
      const { customer, origin } = drag;
      const place = { stage: stageName(origin.stage), position: origin.index + 1 };
      this.notices.say(m.pipeline_said_lifted({ customer: customer.name, ...place }));
    }
  }

  #over(drag: Drag): void {
    const { stage, index } = drag.over;
    if (!this.#still.has(stage)) this.#still = new Map(this.#still).set(stage, this.cards(stage));
    this.#tell(drag);
    if (drag.mode === 'pointer') return;
    this.lists.reveal(stage, index);
    const known = this.countIn(stage) ?? this.cards(stage).length;
    const count = stage === drag.origin.stage ? known : known + 1;
    this.notices.say(m.pipeline_said_over({ stage: stageName(stage), position: index + 1, count }));
  }

  #dropped(drag: Drag): void {
    const { customer, origin, over } = drag;
    const seen = this.cards(origin.stage);
    if (over.stage === origin.stage && over.index === origin.index) return this.#cancelled(drag);
    this.#place(customer, over, seen);
    this.#settle(drag);
    const place = { stage: stageName(over.stage), position: over.index + 1 };
    this.notices.say(m.pipeline_said_dropped({ customer: customer.name, ...place }));
  }

  #cancelled(drag: Drag): void {
    this.#settle(drag);
    if (drag.mode === 'keyboard')
      this.notices.say(m.pipeline_said_put_back({ customer: drag.customer.name }));
  }

  #place(customer: Customer, gap: Gap, origin: readonly Customer[]): void {
    const without = (cards: readonly Customer[]) => cards.filter(({ id }) => id !== customer.id);
    const index = origin.findIndex(({ id }) => id === customer.id);
    this.moves.move(customer, gap, without(this.cards(gap.stage)), { cards: without(origin), index });
  }

  #settle(drag: Drag): void {
    this.#still = new Map();
    this.hands.tellReleased();
    if (drag.mode === 'keyboard') requestAnimationFrame(() => this.lists.focusCard(drag.customer.id));
  }

  #tell(drag: Drag): void {
    const { x, y } = this.drag.shared(drag);
    const { stage: status, index } = drag.over;
    this.hands.tell({ customer_id: drag.customer.id, status, index, x, y });
  }
}

function distinct(values: readonly string[]): string[] {
  return [...new Set(values)].filter((value) => value !== '').sort((a, b) => a.localeCompare(b));
}

/** Set by the board for its columns and cards. */
export const [useBoard, setBoard] = createContext<BoardController>();
