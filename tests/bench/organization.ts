/** One organisation on a stack of its own, for benchmarks that compare a table with and without some of its triggers. */
import { randomUUID } from 'node:crypto';
import { createClient, type SupabaseClient } from '@supabase/supabase-js';
import pg from 'pg';
import { startTestStack, type TestStack } from '../../stack/testing.ts';
import { percentile } from './row.ts';

export interface Bench {
  readonly stack: TestStack;
  /** As the owner of the schema. */
  readonly database: pg.Client;
  /** The admin of the organisation. */
  readonly person: SupabaseClient;
  readonly orgId: string;
}

/** Starts a stack with one person in one organisation, and stops it after the work. */
export async function* withOrganization<Row>(
  measure: (bench: Bench) => AsyncIterable<Row>,
): AsyncIterable<Row> {
  const stack = await startTestStack();
  const database = new pg.Client({ connectionString: stack.postgresUrl });
  await database.connect();
  try {
    const person = await signedIn(stack);
    const { data, error } = await person.rpc('create_organization', { name: 'Bench', currency: 'EUR' });
    if (error) throw error;
    yield* measure({ stack, database, person, orgId: String(data.id) });
  } finally {
    await database.end();
    await stack.stop();
  }
}

/** Signs up and in, as a person of their own. */
export async function signedIn(stack: TestStack): Promise<SupabaseClient> {
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

interface Turns {
  readonly triggers: readonly string[];
  readonly rounds: number;
}

/** With and without triggers of customers take turns in short rounds, so that what else the machine does falls on both. */
async function measureTurns(
  { database }: Bench,
  { triggers, rounds }: Turns,
  turn: () => Promise<number[]>,
): Promise<{ with: number; without: number }> {
  const all = (verb: string) =>
    database.query(
      `alter table customers ${triggers.map((trigger) => `${verb} trigger ${trigger}`).join(', ')}`,
    );
  const samples = { with: [] as number[], without: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    await all('disable');
    samples.without.push(...(await turn()));
    await all('enable');
    samples.with.push(...(await turn()));
  }
  return { with: percentile(samples.with, 0.5), without: percentile(samples.without, 0.5) };
}

const edits = { warmUp: 50, rounds: 10, perRound: 30 };
const inserts = { rows: 10_000, rounds: 5 };

/** The median time of an edit through REST, with and without the triggers. */
export async function measureEdits(bench: Bench, ...triggers: string[]) {
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
  return measureTurns(bench, { triggers, rounds: edits.rounds }, async () => {
    const samples: number[] = [];
    for (let n = 0; n < edits.perRound; n++) samples.push(await edit());
    return samples;
  });
}

/** The median time of an insert of 10,000 rows by one statement, with and without the triggers. */
export function measureInserts(bench: Bench, ...triggers: string[]) {
  const { database, orgId } = bench;
  return measureTurns(bench, { triggers, rounds: inserts.rounds }, async () => {
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
}
