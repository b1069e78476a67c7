import { STAGES } from '$lib/domain/stages';
import type { DataContext } from '../context';
import type { Timeline } from '../interactions/cache';
import { interactionKeys } from '../interactions/keys';
import { productKeys } from '../products/keys';
import type { Product } from '../products/schema';
import type { ColumnData, SummaryLine } from './cache';
import { customerKeys } from './keys';
import type { BoardFilters, Customer } from './schema';

interface BoardSeed {
  filters: BoardFilters;
  summary: SummaryLine[];
  columns: ColumnData[];
  products: Product[];
}

/** Puts what the server sent with the page into the cache, unless something fresher is there. */
export function seedBoard({ queryClient, orgId }: DataContext, seed: BoardSeed): void {
  STAGES.forEach((stage, index) => {
    queryClient.setQueryData<ColumnData>(
      customerKeys.column(orgId, stage, seed.filters),
      (known) => known ?? seed.columns[index],
    );
  });
  queryClient.setQueryData<SummaryLine[]>(
    customerKeys.summary(orgId, seed.filters),
    (known) => known ?? seed.summary,
  );
  queryClient.setQueryData<Product[]>(productKeys.list(orgId), (known) => known ?? seed.products);
}

/** The same for a customer's page. */
export function seedCustomer(
  { queryClient, orgId }: DataContext,
  seed: { customer: Customer; timeline: Timeline },
): void {
  const { customer, timeline } = seed;
  queryClient.setQueryData<Customer>(customerKeys.detail(orgId, customer.id), (known) =>
    known && known.version > customer.version ? known : customer,
  );
  queryClient.setQueryData<Timeline>(
    interactionKeys.timeline(orgId, customer.id),
    (known) => known ?? timeline,
  );
}
