import { goto } from '$app/navigation';
import { resolve } from '$app/paths';
import { navigating, page } from '$app/state';
import { toast } from 'svelte-sonner';
import type { DataContext } from '$lib/data/context';
import { m } from '$lib/paraglide/messages';

/** This person is no member any more, or their session is not good enough: nothing of the organisation stays, and the page goes where they still belong. */
export async function leaveOrganization(
  { queryClient, orgId }: Pick<DataContext, 'queryClient' | 'orgId'>,
  organization: string,
): Promise<void> {
  // Whoever has just left or deleted it is on the way already, and knows.
  if (!navigating.to) {
    await goto(resolve('/'), { invalidateAll: true, replaceState: true });
    // One that asks for a second factor has led to where it is set up, which says why.
    const isAsked = page.data.asking?.some(({ id }) => id === orgId);
    if (!isAsked) toast.warning(m.live_membership_ended({ organization }), { id: 'membership-ended' });
  }
  queryClient.removeQueries({ predicate: ({ queryKey }) => queryKey[1] === orgId });
}
