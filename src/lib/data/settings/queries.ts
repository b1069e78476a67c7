import { queryOptions } from '@tanstack/svelte-query';
import { unwrap } from '$lib/supabase/errors';
import type { DataContext } from '../context';
import { settingKeys } from './keys';
import type { Setting } from './schema';

export const settingQueries = {
  list: ({ client, orgId }: DataContext) =>
    queryOptions({
      queryKey: settingKeys.list(orgId),
      queryFn: async ({ signal }): Promise<Setting[]> =>
        unwrap(await client.rpc('organization_settings', { org_id: orgId }).abortSignal(signal)),
    }),
};
