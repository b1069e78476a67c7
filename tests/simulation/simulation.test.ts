/**
 * Twenty people work on one board at once, over the real stack and with the code of the app: they edit and move what
 * they see at that moment, hand over, add, trash, and drop out of the network. Who does what when is drawn from a seed;
 * `PROPERTY_SEED=… npx vitest run --project stack tests/simulation` plays another schedule, or the same again.
 */
import { createHash } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { foundOrganization, type Member, type Stack } from './organization';
import { Page } from './page';
import { drawSchedule } from './schedule';
import { Writer, type Accepted } from './writer';

const seed = Number(process.env['PROPERTY_SEED'] ?? 17);
const PEOPLE = 20;
const CUSTOMERS = 40;
const STEPS = 10;

let stack: Stack;
let database: pg.Client;
let orgId: string;
let members: Member[];
const pages: Page[] = [];

beforeAll(async () => {
  // Without its types: the stack is checked as a program of Node, this beside the app's code as one of the browser.
  const { startTestStack } = await vi.importActual<{ startTestStack: () => Promise<Stack> }>(
    '../../stack/testing.ts',
  );
  stack = await startTestStack();
  ({ orgId, members, database } = await foundOrganization(stack, PEOPLE, CUSTOMERS));
});
afterAll(async () => {
  await Promise.all(pages.map((page) => page.close()));
  await database?.end();
  await stack?.stop();
});

it(`twenty people at one board end with what is in the database, and no edit is lost (seed ${seed})`, async () => {
  const schedule = drawSchedule(seed, PEOPLE, STEPS);
  for (const { client, id } of members) pages.push(await Page.open(client, orgId, id));
  const people = members.map(({ id }) => id);
  const writers = pages.map((page) => new Writer(page, people));
  // All of them to their end, so that nobody works on while the stack stops because another failed.
  const played = await Promise.allSettled(writers.map((writer, index) => writer.play(schedule[index] ?? [])));
  expect(played.filter(({ status }) => status === 'rejected')).toEqual([]);
  await Promise.all(pages.map((page) => page.catchUp()));

  for (const [index, page] of pages.entries()) {
    expect(fingerprint(page.cards), `the board of person ${index}`).toEqual(
      fingerprint(await visibleTo(people[index] ?? '')),
    );
  }
  const edits = writers.flatMap(({ accepted }) => accepted);
  expect(edits.length).toBeGreaterThan(PEOPLE);
  await expectNothingLost(edits);
  // Otherwise they would not have met.
  const met = writers.reduce((sum, { conflicts, refusals }) => sum + conflicts + refusals, 0);
  expect(met).toBeGreaterThan(0);
  expect(pages.every(({ heard }) => heard > 0)).toBe(true);
}, 120_000);

interface Card {
  id: string;
  version: number;
  status: string;
  board_rank: string;
  name: string;
  phase: string | null;
  address: string | null;
  owner_id: string | null;
}

/** Equal when, and only when, the same cards stand in the same order with the same content. */
function fingerprint(cards: readonly Card[]): { cards: string[]; hash: string } {
  const lines = cards.map(({ id, version, status, board_rank, name, phase, address, owner_id }) =>
    [status, board_rank, id, version, name, phase, address, owner_id].join(' '),
  );
  return {
    cards: lines.toSorted(),
    hash: createHash('sha256').update(lines.toSorted().join('\n')).digest('hex'),
  };
}

/** The board as the policies of the database let a person read it. */
async function visibleTo(person: string): Promise<Card[]> {
  await database.query('begin');
  await database.query(`select set_config('request.jwt.claims', $1, true)`, [
    JSON.stringify({ role: 'authenticated', sub: person }),
  ]);
  await database.query('set local role authenticated');
  const { rows } = await database.query<Card>(
    'select * from public.customers where org_id = $1 and not is_archived',
    [orgId],
  );
  await database.query('rollback');
  return rows;
}

interface TrailEntry {
  record: string;
  field: string;
  old: unknown;
  new: unknown;
}

/**
 * Each accepted edit stands in the trail once, over exactly the value that its author had seen; so does each that came
 * after it. What stands there at last is what the last of them wrote.
 */
async function expectNothingLost(edits: readonly Accepted[]): Promise<void> {
  const { rows: trail } = await database.query<TrailEntry>(
    `select entry.record_id as record, field.key as field, entry.old_values -> field.key as old, field.value as new
     from public.audit_log as entry cross join lateral jsonb_each(entry.new_values) as field
     where entry.org_id = $1 and entry.table_name = 'customers' and entry.action = 'update' and entry.actor_id is not null
       and field.key = any (array['name', 'phase', 'address', 'owner_id', 'status'])
     order by entry.id`,
    [orgId],
  );
  const said = (one: { record: string; field: string }, before: unknown, after: unknown) =>
    `${one.record} ${one.field}: ${JSON.stringify(before)} → ${JSON.stringify(after)}`;
  expect(trail.map((entry) => said(entry, entry.old, entry.new)).toSorted()).toEqual(
    edits.map((edit) => said(edit, edit.seen, edit.value)).toSorted(),
  );
  const last = new Map<string, unknown>();
  for (const entry of trail) {
    const key = `${entry.record} ${entry.field}`;
    if (last.has(key)) expect(entry.old, key).toEqual(last.get(key));
    last.set(key, entry.new);
  }
  const { rows: stored } = await database.query<Record<string, unknown>>(
    'select * from public.customers where org_id = $1',
    [orgId],
  );
  for (const [key, value] of last) {
    const [record, field] = key.split(' ');
    expect(stored.find(({ id }) => id === record)?.[field ?? ''], key).toEqual(value);
  }
}
