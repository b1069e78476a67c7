/**
 * Announcing changes and keeping them. Targets: an edit through REST ≤ 1.3× the time without the trigger, an insert of
 * 10,000 rows ≤ 2×; `changes_since` over REST, after 10,000 changes of 10,000 records ≤ 100 ms.
 */
import { measureEdits, measureInserts, withOrganization, type Bench } from './organization.ts';
import { percentile, row, type BenchRow } from './row.ts';

const missed = 10_000;
const questions = 20;

export async function* run(): AsyncIterable<BenchRow> {
  yield* withOrganization(async function* (bench) {
    const edit = await measureEdits(bench, 'customers_after_update_announce');
    yield row('announce', 'edit_ms', edit.with, 'ms', edit.without);
    const insert = await measureInserts(bench, 'customers_after_insert_announce');
    yield row('announce', 'insert_10000_ms', insert.with, 'ms', insert.without);
    const { first, all } = await measureCatchingUp(bench);
    yield row('announce', 'changes_since_10000_ms', first, 'ms');
    yield row('announce', 'changes_since_10000_all_ms', all, 'ms');
  });
}

/** The first answer after so many changes, and all pages of them. */
async function measureCatchingUp({
  database,
  person,
  orgId,
}: Bench): Promise<{ first: number; all: number }> {
  const ask = async (cursor: string | null) => {
    const { data, error } = await person.rpc('changes_since', { org_id: orgId, cursor });
    if (error) throw error;
    return data;
  };
  const { cursor } = await ask(null);
  // A statement each: together they would be one announcement.
  await database.query(
    `do $$ begin
       for n in 1 .. ${missed} loop
         insert into public.customers (org_id, name, board_rank) values ('${orgId}', 'Row ' || n, 'e' || lpad(n::text, 5, '0') || 'V');
       end loop;
     end $$`,
  );
  const samples = { first: [] as number[], all: [] as number[] };
  for (let n = 0; n < questions; n++) {
    const started = performance.now();
    let told = 0;
    let page = await ask(cursor);
    samples.first.push(performance.now() - started);
    for (;;) {
      told += page.changes.filter(({ table }: { table: string }) => table === 'customers').length;
      if (!page.more) break;
      page = await ask(page.cursor);
    }
    samples.all.push(performance.now() - started);
    if (told !== missed) throw new Error(`Told of ${told} changes instead of ${missed}.`);
  }
  return { first: percentile(samples.first, 0.5), all: percentile(samples.all, 0.5) };
}
