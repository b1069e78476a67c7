import { error } from '@sveltejs/kit';
import { readFilters } from '$lib/data/audit/filters';
import { can } from '$lib/domain/permissions';
import { toAccess } from '$lib/data/access/my-access';
import { nameOfRow } from '$lib/data/workspace.svelte';
import { trailAsCsv, trailAsLines } from '$lib/server/audit-export';
import { requireSignedIn } from '$lib/server/guards';
import { unwrap } from '$lib/supabase/errors';
import type { RequestHandler } from './$types';

/** The trail as a file: everything as JSONL, or what the filters let through as CSV. Sent as it is read. */
export const GET: RequestHandler = async (event) => {
  const { locals, params, url } = event;
  const { id: userId } = await requireSignedIn(event);
  if (params.format !== 'csv' && params.format !== 'jsonl') {
    error(404, { message: 'page_not_found', code: 'page_not_found' });
  }
  const { supabase } = locals;
  const found = await supabase.from('organizations').select('id').eq('slug', params.org).maybeSingle();
  if (!found.data) error(404, { message: 'organization_not_found', code: 'organization_not_found' });
  const orgId = found.data.id;
  const access = toAccess(unwrap(await supabase.rpc('my_access', { org_id: orgId })));
  if (!can(access, 'audit:read')) error(403, { message: 'audit_read_denied', code: 'audit_read_denied' });

  const people = unwrap(
    await supabase.from('profiles').select('user_id:id, first_name, last_name, timezone'),
  );
  const former = unwrap(await supabase.rpc('former_members', { org_id: orgId }));
  const names = new Map([...former, ...people].map((person) => [person.user_id, nameOfRow(person)]));
  const timeZone = people.find(({ user_id: id }) => id === userId)?.timezone ?? 'UTC';
  const chunks =
    params.format === 'jsonl'
      ? trailAsLines(supabase, orgId)
      : trailAsCsv(supabase, orgId, { filters: readFilters(url.searchParams), timeZone, names });
  const name = `${params.org}-audit-${new Date().toISOString().slice(0, 10)}.${params.format}`;
  return new Response(asStream(chunks), {
    headers: {
      'content-type':
        params.format === 'csv' ? 'text/csv; charset=utf-8' : 'application/x-ndjson; charset=utf-8',
      'content-disposition': `attachment; filename="${name}"`,
      'cache-control': 'private, no-store',
    },
  });
};

/** Reads the next piece when the last one has been sent, and stops when nobody listens any more. */
function asStream(chunks: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await chunks.return(undefined);
    },
  });
}
