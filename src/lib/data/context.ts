import type { QueryClient } from '@tanstack/svelte-query';
import { createContext } from 'svelte';
import type { BrowserClient } from '$lib/supabase/client';
import { OpenTotals } from './customers/open-totals';
import type { Customer } from './customers/schema';
import type { Interaction } from './interactions/schema';
import { RecentChanges } from './recent-changes';

/** What queries and mutations of one organisation need. */
export interface DataContext {
  client: Pick<BrowserClient, 'from' | 'rpc'>;
  queryClient: QueryClient;
  orgId: string;
  userId: string;
  /** Changes of customers heard lately: answers that were under way meanwhile are brought up to date with them. */
  recentCustomers: RecentChanges<Customer>;
  /** The same of interactions, which are only ever added. */
  recentInteractions: RecentChanges<Interaction>;
  /** Counts and totals of customers that have to be read anew. */
  openTotals: OpenTotals;
}

/** Set once by the layout of an organisation. */
export const [useData, setData] = createContext<DataContext>();

export function createDataContext(
  parts: Omit<DataContext, 'recentCustomers' | 'recentInteractions' | 'openTotals'>,
): DataContext {
  const openTotals = new OpenTotals(parts.queryClient, parts.orgId);
  return {
    ...parts,
    recentCustomers: new RecentChanges(),
    recentInteractions: new RecentChanges(),
    openTotals,
  };
}
