import { QueryClient } from '@tanstack/svelte-query';
import { expect, it, vi } from 'vitest';
import { createDataContext, type DataContext } from '$lib/data/context';
import { LiveFeed } from './live-feed';

const ORG = '6f1d2a3e-0000-4000-8000-00000000000f';
const KEY = '6f1d2a3e-0000-4000-8000-000000000001';
const at = '2026-11-21T12:00:00Z';

it('a table that pages are loaded with is loaded again, whichever way its change comes, and once for each', () => {
  const client = {} as DataContext['client'];
  const data = createDataContext({ client, queryClient: new QueryClient(), orgId: ORG, userId: 'me' });
  const onLayoutChanged = vi.fn();
  const ignore = () => undefined;
  const others = { onMembershipChanged: ignore, onSessionsEnded: ignore, onIncomplete: ignore };
  const feed = new LiveFeed(data, { ...others, onLayoutChanged });
  const change = { table: 'api_keys', op: 'update' as const, id: KEY, org_id: ORG, version: 2, at };
  feed.apply([change]);
  feed.apply([change]);
  expect(onLayoutChanged).toHaveBeenCalledTimes(1);
  feed.receive({ event: 'bulk', payload: { table: 'memberships', op: 'update', at } });
  // What catching up finds in the log of a table that is read as a whole.
  feed.readAgain('api_keys');
  expect(onLayoutChanged).toHaveBeenCalledTimes(3);
  feed.apply([{ ...change, table: 'products' }]);
  expect(onLayoutChanged).toHaveBeenCalledTimes(3);
});
