import { unwrap } from '$lib/supabase/errors';
import type { DataContext } from '../context';
import { parseChangesPage, type ChangesPage } from './schema';

/**
 * What has changed since a cursor, on the standing topics of this person and on those of single records.
 *
 * @param cursor null asks for the changes of the last two minutes
 * @throws AppError `invalid_cursor`, `organization_not_found`
 */
export async function fetchChanges(
  { client, orgId }: Pick<DataContext, 'client' | 'orgId'>,
  cursor: string | null,
  topics: readonly string[],
): Promise<ChangesPage> {
  const answer = await client.rpc('changes_since', {
    org_id: orgId,
    topics: [...topics],
    ...(cursor === null ? {} : { cursor }),
  });
  return parseChangesPage(unwrap(answer));
}
