/**
 * The audit trail. Targets: an edit through REST ≤ 1.2× the time without its trigger, an insert of 10,000 rows ≤ 4×;
 * sealing 100,000 rows ≤ 5 s, verifying them ≤ 5 s, in the database and by the stand-alone script.
 */
import { spawnSync } from 'node:child_process';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type pg from 'pg';
import { measureEdits, measureInserts, withOrganization, type Bench } from './organization.ts';
import { row, type BenchRow } from './row.ts';

const trailRows = 100_000;

const trigger = 'customers_after_change_audit';

export async function* run(): AsyncIterable<BenchRow> {
  yield* withOrganization(async function* (bench) {
    const edit = await measureEdits(bench, trigger);
    yield row('audit', 'edit_ms', edit.with, 'ms', edit.without);
    const insert = await measureInserts(bench, trigger);
    yield row('audit', 'insert_10000_ms', insert.with, 'ms', insert.without);
    yield* measureSeals(bench);
  });
}

async function* measureSeals({ database, orgId }: Bench): AsyncIterable<BenchRow> {
  await database.query('select private.seal_audit()');
  // What an edit leaves, without the edit.
  await database.query(
    `select private.append_audit($1, 'customers', gen_random_uuid(), 'update',
       jsonb_build_object('phase', 'Pilot ' || n, 'expected_value', n), jsonb_build_object('phase', 'Offer ' || n, 'expected_value', n + 1))
     from generate_series(1, $2) as n`,
    [orgId, trailRows],
  );
  const seconds = async (sql: string, values: unknown[] = []) => {
    const started = performance.now();
    const { rows } = await database.query<{ answer: unknown }>(sql, values);
    return { seconds: (performance.now() - started) / 1000, answer: rows[0]?.answer };
  };
  const sealing = await seconds('select private.seal_audit() as answer');
  if (Number(sealing.answer) < trailRows) throw new Error(`Only ${String(sealing.answer)} rows were sealed.`);
  yield row('audit', 'seal_100000_s', sealing.seconds, 's');
  const verifying = await seconds('select private.verify_audit($1) as answer', [orgId]);
  const found = verifying.answer;
  if (typeof found !== 'object' || found === null || !('ok' in found) || found.ok !== true) {
    throw new Error(`The trail is not right: ${JSON.stringify(found)}.`);
  }
  yield row('audit', 'verify_100000_s', verifying.seconds, 's');
  yield row('audit', 'verify_export_s', await verifyExported(database, orgId), 's');
}

/** The stand-alone verifier, from the start of its process to its end. */
async function verifyExported(database: pg.Client, orgId: string): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-bench-audit-'));
  try {
    const path = join(folder, 'export.jsonl');
    const file = await open(path, 'w');
    let [rows, seals] = [0, 0];
    await file.write(`${JSON.stringify({ type: 'start', format: 'tandem-audit-1', org_id: orgId })}\n`);
    const found = await database.query<{ lines: string[] }>(
      `select array[private.audit_seal_line(s)] || array(
         select private.audit_row_line(l) from audit_log as l where l.org_id = s.org_id and l.id between s.from_id and s.to_id order by l.id
       ) as lines from audit_seals as s where s.org_id = $1 order by number`,
      [orgId],
    );
    for (const { lines } of found.rows) {
      seals += 1;
      rows += lines.length - 1;
      await file.write(`${lines.join('\n')}\n`);
    }
    await file.write(`${JSON.stringify({ type: 'end', rows, seals })}\n`);
    await file.close();
    const started = performance.now();
    const ran = spawnSync(process.execPath, ['scripts/audit-verify.ts', path], { encoding: 'utf8' });
    const seconds = (performance.now() - started) / 1000;
    if (ran.status !== 0) throw new Error(`The export is not right: ${ran.stdout}${ran.stderr}`);
    return seconds;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
