import { queryOptions } from '@tanstack/svelte-query';
import { unwrap } from '$lib/supabase/errors';
import type { DataContext } from '../context';

export const labelKeys = {
  clientTypes: (orgId: string) => ['labels', orgId, 'client-types'] as const,
  specialties: (orgId: string) => ['labels', orgId, 'specialties'] as const,
  all: (orgId: string) => ['labels', orgId] as const,
};

/** The organisation's lists of names that customers are described with; they change rarely. */
export const labelQueries = {
  clientTypes: ({ client, orgId }: DataContext) =>
    queryOptions({
      queryKey: labelKeys.clientTypes(orgId),
      staleTime: Infinity,
      queryFn: async () =>
        unwrap(await client.from('client_types').select('id, name').eq('org_id', orgId).order('name')),
    }),
  specialties: ({ client, orgId }: DataContext) =>
    queryOptions({
      queryKey: labelKeys.specialties(orgId),
      staleTime: Infinity,
      queryFn: async () =>
        unwrap(await client.from('specialties').select('id, name').eq('org_id', orgId).order('name')),
    }),
};
