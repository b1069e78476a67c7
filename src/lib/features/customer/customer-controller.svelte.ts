import { createQuery } from '@tanstack/svelte-query';
import { createContext } from 'svelte';
import { toast } from 'svelte-sonner';
import type { DataContext } from '$lib/data/context';
import { findCached } from '$lib/data/customers/apply';
import { customerQueries } from '$lib/data/customers/queries';
import type { Customer } from '$lib/data/customers/schema';
import type { EditDraft } from '$lib/data/edits/edit';
import type { Edits } from '$lib/data/edits/edits.svelte';
import { foldCorrections, nextStep } from '$lib/data/interactions/cache';
import { interactionQueries, loadOlder } from '$lib/data/interactions/queries';
import { toNewInteraction } from '$lib/data/interactions/schema';
import { labelQueries } from '$lib/data/labels/queries';
import { productQueries } from '$lib/data/products/queries';
import type { Workspace } from '$lib/data/workspace.svelte';
import { needsLostReason, type Stage } from '$lib/domain/stages';
import { sayDone } from '$lib/edit-notices';
import { errorWords } from '$lib/error-words';
import { m } from '$lib/paraglide/messages';
import { toAppError } from '$lib/supabase/errors';
import type { LiveOrganization } from '$lib/realtime/live-organization.svelte';
import { factDraftStore } from './fact-drafts';
import type { FactHost } from './fact-editor.svelte';
import { RecordEditing } from './record-editing.svelte';

interface Parts {
  data: DataContext;
  workspace: Workspace;
  live: LiveOrganization;
  edits: Edits;
  id: () => string;
}

/** One customer's page. Make it while a component initialises: it owns queries. */
export class CustomerController {
  readonly workspace: Workspace;
  readonly data: DataContext;
  readonly editing: RecordEditing;
  readonly edits: Edits;
  readonly #id: () => string;
  readonly #detail;
  readonly #timeline;
  readonly #products;
  readonly #clientTypes;
  readonly #specialties;
  /** Shown while the reason for losing is asked. */
  #stage = $state<Stage | null>(null);
  #askingLost = $state(false);
  #isLoadingOlder = $state(false);

  constructor({ data, workspace, live, edits, id }: Parts) {
    this.data = data;
    this.edits = edits;
    this.workspace = workspace;
    this.#id = id;
    this.editing = new RecordEditing({ live, data });
    this.#detail = createQuery(() => ({
      ...customerQueries.detail(data, id()),
      // The board's card has all of it: the page is there at once and catches up behind.
      placeholderData: () => findCached(data.queryClient, data.orgId, id()) ?? undefined,
    }));
    this.#timeline = createQuery(() => interactionQueries.timeline(data, id()));
    this.#products = createQuery(() => productQueries.list(data));
    this.#clientTypes = createQuery(() => labelQueries.clientTypes(data));
    this.#specialties = createQuery(() => labelQueries.specialties(data));
  }

  get id(): string {
    return this.#id();
  }
  /**
   * With this person's edits under way on top. Null while it is loaded, and when it is not to be seen (any more). Out of
   * reach is not gone.
   */
  get customer(): Customer | null {
    const customer = this.#known();
    return customer ? this.edits.over('customers', customer) : null;
  }
  #known(): Customer | null {
    const { data, error } = this.#detail;
    if (!error) return data ?? null;
    if (toAppError(error).kind !== 'network') return null;
    return data ?? findCached(this.data.queryClient, this.data.orgId, this.id);
  }
  get error(): Error | null {
    return this.#detail.error;
  }
  get stage(): Stage | null {
    return this.#stage ?? this.customer?.status ?? null;
  }
  get isAskingLost(): boolean {
    return this.#askingLost;
  }
  get products() {
    return this.#products.data ?? [];
  }
  get clientTypes() {
    return this.#clientTypes.data ?? [];
  }
  get specialties() {
    return this.#specialties.data ?? [];
  }
  get isLoadingTimeline(): boolean {
    return this.#timeline.isPending;
  }
  get timelineError(): Error | null {
    return this.#timeline.data ? null : this.#timeline.error;
  }
  get hasOlder(): boolean {
    return this.#timeline.data?.cursor != null;
  }
  get isLoadingOlder(): boolean {
    return this.#isLoadingOlder;
  }

  /** What this person has logged and the database has not confirmed comes first. */
  readonly #unconfirmed = $derived.by(() =>
    this.edits.adding('interactions').flatMap(({ row, at, belongsTo }) => {
      const logged = belongsTo === this.id && toNewInteraction(row, { at, userId: this.data.userId });
      return logged || [];
    }),
  );
  readonly entries = $derived.by(() => {
    const known = this.#timeline.data?.entries ?? [];
    const added = this.#unconfirmed.filter(({ id }) => !known.some((entry) => entry.id === id));
    return foldCorrections([...added.toReversed(), ...known]);
  });
  readonly nextStep = $derived.by(() => nextStep(this.entries));
  readonly mayEdit = $derived.by(
    () => this.customer !== null && this.workspace.can('customers:update', this.customer),
  );
  readonly mayAssign = $derived.by(
    () => this.mayEdit && this.customer !== null && this.workspace.can('customers:assign', this.customer),
  );
  readonly mayLog = $derived.by(
    () => this.customer !== null && this.workspace.can('interactions:create', this.customer),
  );

  retry(): void {
    void this.#detail.refetch();
    void this.#timeline.refetch();
  }

  /** What the fields need of the page. */
  factHost(customer: () => Customer): FactHost {
    return {
      edits: this.edits,
      customer,
      drafts: factDraftStore(this.data.userId, this.id),
      tellEditing: (field) => this.editing.tell(field),
    };
  }

  async loadOlder(): Promise<void> {
    if (this.#isLoadingOlder) return;
    this.#isLoadingOlder = true;
    try {
      await loadOlder(this.data, this.id);
    } catch (error) {
      toast.error(errorWords(error));
    } finally {
      this.#isLoadingOlder = false;
    }
  }

  moveTo(stage: Stage): void {
    const customer = this.customer;
    if (!customer || stage === this.stage) return;
    if (needsLostReason(customer.status, stage)) {
      this.#stage = stage;
      this.#askingLost = true;
    } else void this.#move(customer, stage);
  }

  answerLost(reason: string): void {
    this.#askingLost = false;
    this.#stage = null;
    if (this.customer) void this.#move(this.customer, 'closed_lost', reason);
  }

  cancelLost(): void {
    this.#askingLost = false;
    this.#stage = null;
  }

  async setArchived(archived: boolean): Promise<void> {
    const customer = this.customer;
    if (!customer) return;
    const edit: EditDraft = {
      kind: 'patch',
      ...about(customer),
      changes: { is_archived: archived },
      seen: { is_archived: !archived },
    };
    const outcome = await this.edits.perform(edit);
    if (outcome.kind === 'refused') toast.error(errorWords(outcome.error));
    else if (archived) this.#sayDone(edit, { title: m.pipeline_archived({ customer: customer.name }) });
  }

  /** @returns whether it is in the trash; if not, a toast has said why */
  async trash(): Promise<boolean> {
    const customer = this.customer;
    if (!customer) return false;
    const edit: EditDraft = { kind: 'trash', ...about(customer) };
    const outcome = await this.edits.perform(edit);
    if (outcome.kind === 'refused') {
      toast.error(errorWords(outcome.error));
      return false;
    }
    const title = m.trash_moved({ title: customer.name });
    this.#sayDone(edit, { title, description: m.trash_moved_where() });
    return true;
  }

  #sayDone(edit: EditDraft, words: { title: string; description?: string }): void {
    sayDone(this.edits, edit, (userId) => this.workspace.nameOf(userId), words);
  }

  async #move(customer: Customer, to: Stage, lostReason?: string): Promise<void> {
    const { status: from, closed_lost_reason: reason } = customer;
    const place = { ...about(customer), neighbours: { afterId: null, beforeId: null } };
    const outcome = await this.edits.perform(
      { kind: 'move', ...place, to, seen: from, lostReason },
      { inverse: { kind: 'move', ...place, to: from, seen: to, lostReason: reason }, forgetConflict: true },
    );
    if (outcome.kind !== 'refused' && outcome.kind !== 'conflict') return;
    const { outcomeWords } = await import('$lib/edit-words');
    const description = outcomeWords(outcome, (userId) => this.workspace.nameOf(userId)) ?? '';
    toast.error(m.pipeline_put_back({ customer: customer.name }), { description });
    void this.#detail.refetch();
  }
}

const about = ({ id, name }: Customer) => ({ table: 'customers', recordId: id, title: name });

/** Set by the page for its parts. */
export const [useCustomer, setCustomer] = createContext<CustomerController>();
