import { fetchTrail, type TrailCursor } from '$lib/data/audit/queries';
import { parseExportPage, type TrailEntry, type TrailFilters } from '$lib/data/audit/schema';
import { csvLine, fieldChanges } from '$lib/domain/audit';
import { unwrap } from '$lib/supabase/errors';

type Client = App.Locals['supabase'];

/** As many rows as the API hands out at once. */
const PAGE = 1000;

/**
 * The whole trail as lines of JSON, seals ahead of their rows, for `npm run audit:verify`. The last line says how many
 * there are: a download that broke off lacks it.
 */
export async function* trailAsLines(client: Client, orgId: string): AsyncGenerator<string> {
  yield `${JSON.stringify({ type: 'start', format: 'tandem-audit-1', org_id: orgId, exported_at: new Date().toISOString() })}\n`;
  let [rows, seals, sealed] = [0, 0, 0];
  let page = { lines: [] as string[], after_seal: 0, after_id: 0, done: false };
  while (!page.done) {
    page = parseExportPage(
      unwrap(
        await client.rpc('export_audit', {
          org_id: orgId,
          after_seal: page.after_seal,
          after_id: page.after_id,
        }),
      ),
    );
    const isSeal = page.after_seal > sealed;
    sealed = page.after_seal;
    seals += isSeal ? 1 : 0;
    rows += page.lines.length - (isSeal ? 1 : 0);
    if (page.lines.length > 0) yield `${page.lines.join('\n')}\n`;
  }
  yield `${JSON.stringify({ type: 'end', rows, seals })}\n`;
}

const HEADINGS = [
  'entry',
  'at',
  'actor_kind',
  'actor',
  'actor_id',
  'api_key_id',
  'address',
  'request_id',
  'table',
  'record_id',
  'action',
  'field',
  'old_value',
  'new_value',
];

interface CsvOptions {
  filters: TrailFilters;
  timeZone: string;
  /** Names of people by user id. */
  names: ReadonlyMap<string, string>;
}

/** The rows the filters let through, newest first, a line for each field that changed. */
export async function* trailAsCsv(
  client: Client,
  orgId: string,
  options: CsvOptions,
): AsyncGenerator<string> {
  const { filters, timeZone, names } = options;
  // Spreadsheets take a file without this mark for Latin 1.
  yield `\uFEFF${csvLine(HEADINGS)}`;
  let after: TrailCursor | null = null;
  for (;;) {
    const page: TrailEntry[] = await fetchTrail(client, orgId, filters, { timeZone, after, size: PAGE });
    if (page.length > 0) yield page.map((entry) => entryAsCsv(entry, names)).join('');
    const last = page.at(-1);
    if (page.length < PAGE || !last) return;
    after = { at: last.at, id: last.id };
  }
}

function entryAsCsv(entry: TrailEntry, names: ReadonlyMap<string, string>): string {
  const head = [
    entry.id,
    entry.at,
    entry.actor_kind,
    entry.actor_id ? (names.get(entry.actor_id) ?? '') : '',
    entry.actor_id,
    entry.api_key_id,
    entry.address,
    entry.request_id,
    entry.table_name,
    entry.record_id,
    entry.action,
  ];
  const changes = fieldChanges(entry);
  if (changes.length === 0) return csvLine([...head, '', '', '']);
  return changes.map(({ field, before, after }) => csvLine([...head, field, before, after])).join('');
}
