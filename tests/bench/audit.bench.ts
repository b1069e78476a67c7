/**
 * The audit trail. Targets: an edit through REST ≤ 1.2× the time without its trigger, an insert of 10,000 rows ≤ 4×;
 * sealing 100,000 rows ≤ 5 s, verifying them ≤ 5 s, in the database and by the stand-alone script.
 */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import pg from 'pg';
import { startTestStack, type TestStack } from '../../stack/testing.ts';
import { percentile, row, type BenchRow } from './row.ts';

const edits = { warmUp: 50, rounds: 10, perRound: 30 };
const inserts = { rows: 10_000, rounds: 5 };
const trailRows = 100_000;

interface Bench {
  stack: TestStack;
  database: pg.Client;
  person: SupabaseClient;
  orgId: string;
}

export async function* run(): AsyncIterable<BenchRow> {
  const stack = await startTestStack();
  const database = new pg.Client({ connectionString: stack.postgresUrl });
  await database.connect();
  try {
    const person = await signedIn(stack);
    const { data, error } = await person.rpc('create_organization', { name: 'Bench', currency: 'EUR' });
    if (error) throw error;
    const bench = { stack, database, person, orgId: String(data.id) };
    yield* measureEdits(bench);
    yield* measureInserts(bench);
    yield* measureSeals(bench);
  } finally {
    await database.end();
    await stack.stop();
  }
}

async function signedIn(stack: TestStack): Promise<SupabaseClient> {
  const quiet = { auth: { persistSession: false, autoRefreshToken: false } };
  const account = { email: `${randomUUID()}@bench.example`, password: randomUUID() };
  const admin = createClient(stack.url, stack.secretKey, quiet);
  const made = await admin.auth.admin.createUser({ ...account, email_confirm: true });
  if (made.error) throw made.error;
  const person = createClient(stack.url, stack.publishableKey, quiet);
  const { error } = await person.auth.signInWithPassword(account);
  if (error) throw error;
  return person;
}

/** With and without take turns in short rounds, so that what else the machine does falls on both. */
async function measureTurns(
  { database }: Bench,
  rounds: number,
  turn: () => Promise<number[]>,
): Promise<{ with: number; without: number }> {
  const samples = { with: [] as number[], without: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    await database.query('alter table customers disable trigger customers_after_change_audit');
    samples.without.push(...(await turn()));
    await database.query('alter table customers enable trigger customers_after_change_audit');
    samples.with.push(...(await turn()));
  }
  return { with: percentile(samples.with, 0.5), without: percentile(samples.without, 0.5) };
}

async function* measureEdits(bench: Bench): AsyncIterable<BenchRow> {
  const { person, orgId } = bench;
  const { data, error } = await person
    .from('customers')
    .insert({ org_id: orgId, name: 'Edited' })
    .select('id')
    .single();
  if (error) throw error;
  let phase: string | null = null;
  const edit = async () => {
    const next = randomUUID();
    const started = performance.now();
    const answer = await person.rpc('patch_customer', {
      customer_id: data.id,
      changes: { phase: next },
      seen: { phase },
    });
    if (answer.error) throw answer.error;
    phase = next;
    return performance.now() - started;
  };
  for (let n = 0; n < edits.warmUp; n++) await edit();
  const median = await measureTurns(bench, edits.rounds, async () => {
    const samples: number[] = [];
    for (let n = 0; n < edits.perRound; n++) samples.push(await edit());
    return samples;
  });
  yield row('audit', 'edit_ms', median.with, 'ms', median.without);
}

async function* measureInserts(bench: Bench): AsyncIterable<BenchRow> {
  const { database, orgId } = bench;
  const median = await measureTurns(bench, inserts.rounds, async () => {
    await database.query('begin');
    const started = performance.now();
    await database.query(
      `insert into customers (org_id, name, email, phone, tags, expected_value)
       select $1, 'Customer ' || n, 'c' || n || '@bench.example', '+49 30 ' || (100000 + n), array['import', 'new'], n
       from generate_series(1, $2) as n`,
      [orgId, inserts.rows],
    );
    const took = performance.now() - started;
    await database.query('rollback');
    return [took];
  });
  yield row('audit', 'insert_10000_ms', median.with, 'ms', median.without);
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
