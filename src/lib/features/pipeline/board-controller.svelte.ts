import { createContext, tick } from 'svelte';
import { toast } from 'svelte-sonner';
import { placeOf } from '$lib/data/customers/card-list';
import type { DataContext } from '$lib/data/context';
import type { BoardFilters, Customer } from '$lib/data/customers/schema';
import type { Edits } from '$lib/data/edits/edits.svelte';
import type { Workspace } from '$lib/data/workspace.svelte';
import type { Person } from '$lib/domain/people';
import type { Stage } from '$lib/domain/stages';
import { stageName } from '$lib/components/shared/stages/stage-words';
import { m } from '$lib/paraglide/messages';
import type { LiveFeed } from '$lib/realtime/live-feed';
import type { LiveOrganization } from '$lib/realtime/live-organization.svelte';
import { BoardColumns } from './board-columns.svelte';
import { BoardDrag, type Drag } from './board-drag.svelte';
import { BoardLists } from './board-lists';
import { BoardMoves } from './board-moves.svelte';
import { BoardNotices } from './board-notices.svelte';
import { BoardSelection } from './board-selection.svelte';
import { ColleagueHands } from './colleague-hands.svelte';
import type { Gap } from './geometry';

/** Long enough for a page to be drawn, too short for a hand to find the wheel. */
const SETTLE_MS = 250;

interface Parts {
  data: DataContext;
  workspace: Workspace;
  live: LiveOrganization;
  feed: LiveFeed;
  edits: Edits;
  filters: () => BoardFilters;
}

/** The pipeline as this person sees it. Make it while a component initialises: its columns own queries. */
export class BoardController {
  readonly lists = new BoardLists();
  readonly notices: BoardNotices;
  readonly moves: BoardMoves;
  readonly columns: BoardColumns;
  readonly hands: ColleagueHands;
  readonly selection: BoardSelection;
  readonly drag: BoardDrag;
  readonly workspace: Workspace;
  readonly #feed: LiveFeed;
  readonly #live: LiveOrganization;
  /** The column in which a customer is being added. */
  addingIn = $state<Stage | null>(null);
  #isSettled = $state(false);

  constructor({ data, workspace, live, feed, edits, filters }: Parts) {
    this.#feed = feed;
    this.#live = live;
    this.workspace = workspace;
    this.notices = new BoardNotices(workspace);
    this.moves = new BoardMoves({ data, workspace, edits, notices: this.notices });
    this.hands = new ColleagueHands(workspace, live);
    this.columns = new BoardColumns({ data, filters, edits, held: () => this.moves.held });
    this.selection = new BoardSelection({
      cards: (stage) => this.columns.cards(stage),
      mayChange: (customer) => this.mayMove(customer),
    });
    this.drag = new BoardDrag({
      lists: this.lists,
      othersIn: (stage, customerId) => this.columns.othersIn(stage, customerId),
      indexOf: (customer) => placeOf(this.columns.cards(customer.status), customer.id),
      mayLift: (customer) => this.#mayLift(customer),
      onLift: (drag) => this.#lifted(drag),
      onOver: (drag) => this.#over(drag),
      onDrop: (drag) => this.#dropped(drag),
      onCancel: (drag) => this.#cancelled(drag),
    });
  }

  /** The page is open and at rest: what only a later scroll needs may be drawn and asked for. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  get mayAdd(): boolean {
    return this.workspace.can('customers:create');
  }

  /** A colleague who has this customer open. */
  visitorOf(customerId: string): Person | null {
    return this.#visitors.get(customerId) ?? null;
  }

  /** Puts the keyboard on a card, scrolling to it when it is out of sight. */
  async focus(stage: Stage, index: number): Promise<void> {
    const customer = this.columns.cards(stage)[index];
    if (!customer) return;
    this.lists.reveal(stage, index);
    await tick();
    requestAnimationFrame(() => this.lists.focusCard(customer.id));
  }

  /** Listens to the others; returns how to stop, which also lets go of a card in the hand. */
  start(): () => void {
    const leave = this.hands.start();
    const settling = setTimeout(() => (this.#isSettled = true), SETTLE_MS);
    const stop = this.#feed.onApplied((applied) => {
      this.notices.hear(applied);
      this.hands.forget(applied.change.id);
    });
    return () => {
      clearTimeout(settling);
      this.drag.cancel();
      leave();
      stop();
    };
  }

  readonly #visitors = $derived.by(() => {
    const visitors = new Map<string, Person>();
    for (const { userId, page } of this.#live.colleagues) {
      const customerId = /^\/customers\/([0-9a-f-]{36})$/.exec(page ?? '')?.[1];
      const person = this.workspace.people.get(userId);
      if (customerId && person) visitors.set(customerId, person);
    }
    return visitors;
  });

  mayMove(customer: Customer): boolean {
    return this.workspace.can('customers:update', customer);
  }

  /** Moves a card without dragging it: to the top of a column. */
  moveTo(customer: Customer, stage: Stage): void {
    if (!this.#mayLift(customer)) return;
    this.#place(customer, { stage, index: 0 }, this.columns.cards(customer.status));
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
    this.columns.holdStill(drag.origin.stage);
    this.#tell(drag);
    if (drag.mode === 'keyboard') {
      const { customer, origin } = drag;
      const place = { stage: stageName(origin.stage), position: origin.index + 1 };
      this.notices.say(m.pipeline_said_lifted({ customer: customer.name, ...place }));
    }
  }

  #over(drag: Drag): void {
    const { stage, index } = drag.over;
    this.columns.holdStill(stage);
    this.#tell(drag);
    if (drag.mode === 'pointer') return;
    this.lists.reveal(stage, index);
    const known = this.columns.countIn(stage) ?? this.columns.cards(stage).length;
    const count = stage === drag.origin.stage ? known : known + 1;
    this.notices.say(m.pipeline_said_over({ stage: stageName(stage), position: index + 1, count }));
  }

  #dropped(drag: Drag): void {
    const { customer, origin, over } = drag;
    const seen = this.columns.cards(origin.stage);
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
    const { id, status } = customer;
    const index = placeOf(origin, id);
    const left = { cards: this.columns.othersIn(status, id), index };
    this.moves.move(customer, gap, this.columns.othersIn(gap.stage, id), left);
  }

  #settle(drag: Drag): void {
    this.columns.letGo();
    this.hands.tellReleased();
    if (drag.mode === 'keyboard') requestAnimationFrame(() => this.lists.focusCard(drag.customer.id));
  }

  #tell(drag: Drag): void {
    const { x, y } = this.drag.shared(drag);
    const { stage: status, index } = drag.over;
    this.hands.tell({ customer_id: drag.customer.id, status, index, x, y });
  }
}

/** Set by the board for its columns and cards. */
export const [useBoard, setBoard] = createContext<BoardController>();
