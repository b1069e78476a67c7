import { STAGES } from '$lib/domain/stages';
import type { DataContext } from '../context';
import type { Timeline } from '../interactions/cache';
import { interactionKeys } from '../interactions/keys';
import { productKeys } from '../products/keys';
import type { Product } from '../products/schema';
import { seedQuery } from '../seed-query';
import { territoryKeys } from '../territories/keys';
import type { ColumnData, SummaryLine } from './cache';
import { customerKeys } from './keys';
import type { BoardFilters, Customer } from './schema';

interface BoardSeed {
  /** When the server read it, in milliseconds since 1970. */
  readAt: number;
  filters: BoardFilters;
  summary: SummaryLine[];
  columns: ColumnData[];
  /** Those in the territories of the filters; null when it is not by territory. */
  bricks: string[] | null;
  products: Product[];
}

/** Puts what the server sent with the board into the cache. */
export function seedBoard({ queryClient, orgId }: DataContext, seed: BoardSeed): void {
  const { readAt, filters, summary, columns, bricks, products } = seed;
  if (bricks) seedQuery(queryClient, territoryKeys.bricks(orgId, filters.territories), bricks, readAt);
  STAGES.forEach((stage, index) =>
    seedQuery(queryClient, customerKeys.column(orgId, stage, filters), columns[index], readAt),
  );
  seedQuery(queryClient, customerKeys.summary(orgId, filters), summary, readAt);
  seedQuery(queryClient, productKeys.list(orgId), products, readAt);
}

/** The same for a customer's page. */
export function seedCustomer(
  { queryClient, orgId }: DataContext,
  seed: { customer: Customer; timeline: Timeline; readAt: number },
): void {
  const { customer, timeline, readAt } = seed;
  seedQuery(queryClient, customerKeys.detail(orgId, customer.id), customer, readAt);
  seedQuery(queryClient, interactionKeys.timeline(orgId, customer.id), timeline, readAt);
}
