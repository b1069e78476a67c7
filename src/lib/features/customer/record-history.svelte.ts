import { createInfiniteQuery } from '@tanstack/svelte-query';
import { toast } from 'svelte-sonner';
import { fieldWord } from '$lib/components/shared/audit/audit-words';
import { auditKeys } from '$lib/data/audit/keys';
import { invalidateHeard } from '$lib/data/second-look';
import { auditQueries } from '$lib/data/audit/queries';
import type { DataContext } from '$lib/data/context';
import type { Customer } from '$lib/data/customers/schema';
import type { Edits } from '$lib/data/edits/edits.svelte';
import type { FieldChange } from '$lib/domain/audit';
import { type FieldValue, isControlValue, sameValue } from '$lib/domain/patch';
import { errorWords } from '$lib/error-words';
import { m } from '$lib/paraglide/messages';
import type { RealtimeEvent } from '$lib/realtime/events';
import type { LiveOrganization } from '$lib/realtime/live-organization.svelte';
import { topics } from '$lib/realtime/topics';

/** Fields that patch_record changes; stage and place have ways of their own. */
const RESTORABLE: ReadonlySet<string> = new Set<keyof Customer>([
  'name',
  'email',
  'phone',
  'address',
  'owner_id',
  'product_id',
  'client_type_id',
  'specialty_id',
  'grade',
  'expected_value',
  'currency',
  'acquisition_source',
  'phase',
  'contract_start_date',
  'contract_end_date',
  'tags',
  'is_archived',
]);

interface Host {
  data: DataContext;
  edits: Edits;
  customer: () => Customer | null;
  live: Pick<LiveOrganization, 'listen'>;
  mayEdit: () => boolean;
  mayAssign: () => boolean;
}

/** What happened to a customer, and setting a field back to what it was. Make it while a component initialises. */
export class RecordHistory {
  readonly #host: Host;
  readonly #query;
  /** `entry:field` that is on its way back. */
  #restoring = $state<string | null>(null);

  constructor(host: Host, id: string) {
    this.#host = host;
    this.#query = createInfiniteQuery(() => auditQueries.history(host.data, 'customers', id));
    const renew = () =>
      invalidateHeard(host.data.queryClient, auditKeys.history(host.data.orgId, 'customers', id));
    // Every change of the customer, whoever made it, is a new entry.
    let known = host.customer()?.version;
    $effect(() => {
      const version = host.customer()?.version;
      if (version === known) return;
      known = version;
      renew();
    });
    // Somebody begins to write in its note.
    $effect(() => {
      const event = ({ event }: RealtimeEvent) => event === 'change' && renew();
      const channel = host.live.listen(topics.customerNotes(id), { event });
      return () => channel.leave();
    });
  }

  get entries() {
    return this.#query.data?.pages.flat() ?? [];
  }
  get isPending(): boolean {
    return this.#query.isPending;
  }
  /** Shown in place of the entries; what is there already stays in sight. */
  get error(): Error | null {
    return this.#query.data ? null : this.#query.error;
  }
  get hasMore(): boolean {
    return this.#query.hasNextPage;
  }
  get isLoadingMore(): boolean {
    return this.#query.isFetchingNextPage;
  }

  retry(): void {
    void this.#query.refetch();
  }

  loadMore(): void {
    void this.#query.fetchNextPage();
  }

  isRestoring(entryId: number, field: string): boolean {
    return this.#restoring === `${entryId}:${field}`;
  }

  /** Whether the person may set the field back, and it is not already so. */
  canRestore({ field, before }: FieldChange): boolean {
    const customer = this.#host.customer();
    if (!customer || !RESTORABLE.has(field) || !this.#host.mayEdit()) return false;
    if (field === 'owner_id' && !this.#host.mayAssign()) return false;
    return isControlValue(before) && !sameValue(before, current(customer, field));
  }

  /** Sets a field back, unless somebody changes it at the same moment. */
  async restore(entryId: number, { field, before }: FieldChange): Promise<void> {
    const customer = this.#host.customer();
    if (!customer || !isControlValue(before) || this.#restoring) return;
    this.#restoring = `${entryId}:${field}`;
    const outcome = await this.#host.edits.perform(
      {
        kind: 'patch',
        table: 'customers',
        recordId: customer.id,
        title: customer.name,
        changes: { [field]: before },
        seen: { [field]: current(customer, field) ?? null },
      },
      { forgetConflict: true },
    );
    this.#restoring = null;
    const word = { field: fieldWord(field) };
    if (outcome.kind === 'conflict') toast.error(m.history_restore_conflict(word));
    else if (outcome.kind === 'refused')
      toast.error(m.history_not_restored(word), { description: errorWords(outcome.error) });
    else toast.success(m.history_was_restored(word));
  }
}

function current(customer: Customer, field: string): FieldValue | undefined {
  const value: unknown = Object.entries(customer).find(([name]) => name === field)?.[1];
  return isControlValue(value) ? value : undefined;
}
