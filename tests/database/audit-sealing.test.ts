import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { verifyExport, type Verified } from '../../scripts/audit/verify.ts';
import { useDatabase } from './support/database.ts';
import { addCustomer, colleague, found, signUp } from './support/fixtures.ts';
import { useOrganization } from './support/organization.ts';
import { patience, sealed } from './support/sealing.ts';

// Sealing waits for the transactions of other files.
vi.setConfig({ testTimeout: 90_000 });

const database = useDatabase();
const { admin, organization, caller } = useOrganization(database, 'Sealed');

interface Page {
  lines: string[];
  after_seal: number;
  after_id: number;
  done: boolean;
}

/** The whole trail as the audit page exports it. */
async function exported(): Promise<string[]> {
  const lines: string[] = [];
  let page: Page = { lines: [], after_seal: 0, after_id: 0, done: false };
  while (!page.done) {
    ({ page } = await caller.row<{ page: Page }>('select export_audit($1, $2, $3) as page', [
      organization.id,
      page.after_seal,
      page.after_id,
    ]));
    lines.push(...page.lines);
  }
  const count = (type: string) => lines.filter((line) => line.includes(`"type" : "${type}"`)).length;
  return [
    JSON.stringify({ type: 'start', format: 'tandem-audit-1', org_id: organization.id }),
    ...lines,
    JSON.stringify({ type: 'end', rows: count('row'), seals: count('seal') }),
  ];
}

const verified = async (): Promise<Verified & { next_seal: number | null }> =>
  (
    await caller.row<{ result: Verified & { next_seal: number | null } }>(
      'select verify_audit($1) as result',
      [organization.id],
    )
  ).result;

/** Ids of the rows of the trail that belong to the organisation, in order. */
const ids = async () =>
  (
    await database().owner.rows<{ id: string }>('select id from audit_log where org_id = $1 order by id', [
      organization.id,
    ])
  ).map(({ id }) => Number(id));

/** What a superuser can do who means harm: without triggers, whatever they like. */
async function tamper(sql: string, values: unknown[] = []): Promise<void> {
  const transaction = await database().admin.begin();
  try {
    await transaction.query('set local session_replication_role = replica');
    await transaction.query(sql, values);
    await transaction.commit();
  } catch (error) {
    await transaction.rollback();
    throw error;
  }
}

async function trailOf(customers: number): Promise<number[]> {
  for (let n = 0; n < customers; n++) await addCustomer(caller, organization, { name: `Customer ${n}` });
  await sealed(database());
  return ids();
}

/** Labels, because customers of one column are added one after the other. */
const addLabel = 'insert into specialties (org_id, name) values ($1, $2)';

describe('sealing', () => {
  it('chains the rows of each organisation by themselves', async () => {
    const other = await signUp(database(), 'Other');
    const elsewhere = await found(database(), other, 'Elsewhere');
    await addCustomer(database().user(other), elsewhere);
    const rows = await trailOf(3);
    await trailOf(1);
    expect(await verified()).toMatchObject({
      ok: true,
      broken: null,
      seals: 2,
      rows: rows.length + 1,
      unsealed: 0,
    });
    const seals = await caller.rows<{ number: string; previous: boolean; count: number }>(
      `select number, previous_hash is not null as previous, cardinality(row_ids) as count
       from audit_seals where org_id = $1 order by number`,
      [organization.id],
    );
    expect(seals).toEqual([
      { number: '1', previous: false, count: rows.length },
      { number: '2', previous: true, count: 1 },
    ]);
  });

  it('cuts what is much into several seals', async () => {
    await addCustomer(caller, organization);
    const rows = await ids();
    await expect
      .poll(
        async () => {
          await database().owner.rows('select private.seal_audit(10)');
          return (await verified()).rows;
        },
        { timeout: patience },
      )
      .toBe(rows.length);
    expect(await verified()).toMatchObject({ ok: true, seals: Math.ceil(rows.length / 10) });
  });

  it('waits for a transaction that is still open, and then misses none of its rows', async () => {
    await trailOf(1);
    const late = await caller.begin();
    try {
      await late.query(addLabel, [organization.id, 'Late']);
      // Committed sooner, with a higher id.
      await caller.rows(addLabel, [organization.id, 'Early']);
      const before = await verified();
      for (let run = 0; run < 3; run++) await database().owner.rows('select private.seal_audit()');
      expect(await verified()).toMatchObject({ rows: before.rows, unsealed: 1 });
      await late.commit();
      await sealed(database());
      expect(await verified()).toMatchObject({ ok: true, rows: before.rows + 2, unsealed: 0 });
    } catch (error) {
      await late.rollback();
      throw error;
    }
  });

  it('does not wait for writers, nor they for it', async () => {
    const writing = await caller.begin();
    await writing.query(addLabel, [organization.id, 'Open']);
    const sealing = await database().owner.begin();
    await sealing.query('select private.seal_audit()');
    // Both are open: neither would come this far if one held what the other needs.
    await writing.query(addLabel, [organization.id, 'Open still']);
    await caller.rows(addLabel, [organization.id, 'Meanwhile']);
    // A second sealer goes home instead of queueing up.
    expect(await database().owner.row('select private.seal_audit() as sealed')).toEqual({ sealed: '0' });
    await sealing.commit();
    await writing.commit();
    await sealed(database());
    expect((await verified()).ok).toBe(true);
  });

  it('goes on after a restore into a cluster whose transactions count anew', async () => {
    await trailOf(1);
    await tamper(`update private.audit_sealing set marked_transaction = '9000000000'`);
    await addCustomer(caller, organization);
    await sealed(database());
    expect(await verified()).toMatchObject({ ok: true, unsealed: 0 });
  });

  it('is refused where it could not see what was committed meanwhile', async () => {
    const transaction = await database().owner.begin();
    await transaction.query('set transaction isolation level repeatable read');
    await expect(transaction.query('select private.seal_audit()')).rejects.toMatchObject({ code: '55000' });
    await transaction.rollback();
  });
});

describe('verifying', () => {
  it('goes on where a part ended, and needs audit:read', async () => {
    await trailOf(1);
    await trailOf(1);
    const part = (after: number) =>
      caller.row<{ result: Verified & { next_seal: number | null } }>(
        'select verify_audit($1, $2, 1) as result',
        [organization.id, after],
      );
    const { result: first } = await part(0);
    expect(first).toMatchObject({ ok: true, seals: 1, unsealed: 0, next_seal: 1 });
    expect((await part(1)).result).toMatchObject({ ok: true, seals: 1, next_seal: null });
    const seller = await colleague(database(), organization, 'Seller', 'sales');
    const stranger = await signUp(database(), 'Stranger');
    for (const ask of ['select verify_audit($1)', 'select export_audit($1)']) {
      expect(await database().user(seller).refusal(ask, [organization.id])).toMatchObject({
        code: 'PT403',
        message: 'audit_read_denied',
      });
      expect(await database().user(stranger).refusal(ask, [organization.id])).toMatchObject({
        code: 'PT404',
      });
      expect(await caller.refusal(ask, [null])).toMatchObject({ code: 'PT404' });
    }
  });

  it('outside of the database finds the same trail in order', async () => {
    await addCustomer(caller, organization, { name: 'Ünïcödé مرحبا \u2028 "quoted"\n', expected_value: 1.5 });
    const rows = await trailOf(2);
    await addCustomer(caller, organization);
    const inside = await verified();
    const outside = await verifyExport(await exported());
    expect(outside).toMatchObject({ ok: true, broken: null, rows: rows.length, seals: 1, unsealed: 1 });
    expect(outside.head?.hash).toBe(inside.head?.hash);
    expect((await verifyExport(await exported(), inside.head?.hash)).ok).toBe(true);
    // A trail that was written anew from the start is right in itself; a hash noted before it shows.
    expect((await verifyExport(await exported(), 'f'.repeat(64))).broken).toEqual({ reason: 'head_missing' });
  });
});

/** Each names what was done and to which of the rows; both verifiers have to name that very row. */
describe('a superuser who', () => {
  it.each<[string, string, string]>([
    ['changes who did it', `update audit_log set actor_id = gen_random_uuid() where id = $1`, 'changed'],
    ['changes when', `update audit_log set at = at - interval '1 day' where id = $1`, 'changed'],
    [
      'changes a value',
      `update audit_log set new_values = jsonb_set(new_values, '{name}', '"Forged"') where id = $1`,
      'values_changed',
    ],
    ['removes the address', `update audit_log set address = '203.0.113.9' where id = $1`, 'values_changed'],
    [
      'changes a row and its hash with it',
      `update audit_log set actor_id = null, hash = private.audit_row_hash(row(id, org_id, at, actor_kind, null, api_key_id, address,
        request_id, table_name, record_id, action, old_values, new_values, salt, values_hash, hash)::audit_log) where id = $1`,
      'changed',
    ],
    ['removes a row', 'delete from audit_log where id = $1', 'removed'],
    [
      'gives a row to another organisation',
      `update audit_log set org_id = gen_random_uuid() where id = $1`,
      'removed',
    ],
  ])('%s is named by both verifiers', async (_, sql, reason) => {
    const rows = await trailOf(4);
    const victim = rows.at(-3) ?? 0;
    await tamper(sql, [victim]);
    const found = { ok: false, broken: { reason, id: victim, seal: 1 } };
    expect(await verified()).toMatchObject(found);
    expect(await verifyExport(await exported())).toMatchObject(found);
  });

  it('inserts a row among sealed ones is named by both verifiers', async () => {
    await trailOf(1);
    // A number that a rolled back change has left.
    const wasted = await caller.begin();
    await wasted.query(`insert into customers (org_id, name) values ($1, 'Wasted')`, [organization.id]);
    await wasted.rollback();
    await trailOf(1);
    const rows = await ids();
    const gap = rows.find((id, index) => rows[index - 1] === id - 2) ?? 0;
    await tamper(
      `insert into audit_log select (log).* from (select jsonb_populate_record(l, jsonb_build_object('id', $1::bigint)) as log
        from audit_log as l where id = $2) as copied`,
      [gap - 1, gap],
    );
    const found = { ok: false, broken: { reason: 'inserted', id: gap - 1 } };
    expect(await verified()).toMatchObject(found);
    expect(await verifyExport(await exported())).toMatchObject(found);
  });

  it('swaps two rows is named by both verifiers', async () => {
    const rows = await trailOf(4);
    const [one, two] = [rows.at(-3) ?? 0, rows.at(-2) ?? 0];
    await tamper('update audit_log set id = -id where id in ($1, $2)', [one, two]);
    await tamper('update audit_log set id = $2 where id = -$1::bigint', [one, two]);
    await tamper('update audit_log set id = $1 where id = -$2::bigint', [one, two]);
    const found = { ok: false, broken: { reason: 'reordered', id: one } };
    expect(await verified()).toMatchObject(found);
    expect(await verifyExport(await exported())).toMatchObject(found);
  });

  it.each([
    [
      'changes a seal',
      `update audit_seals set sealed_at = sealed_at - interval '1 day' where org_id = $1 and number = 1`,
      'seal_changed',
      1,
    ],
    [
      'takes a row out of a seal',
      `update audit_seals set row_ids = row_ids[2:], row_hashes = row_hashes[2:] where org_id = $1 and number = 1`,
      'seal_changed',
      1,
    ],
    ['removes a seal', 'delete from audit_seals where org_id = $1 and number = 1', 'seal_removed', 1],
    [
      'writes a seal anew, with its hash',
      `with forged as (update audit_seals set sealed_at = sealed_at - interval '1 day' where org_id = $1 and number = 1 returning audit_seals)
       select 1`,
      'seal_changed',
      1,
    ],
  ] as const)('%s is named by both verifiers', async (_, sql, reason, seal) => {
    await trailOf(1);
    await trailOf(1);
    await tamper(sql, [organization.id]);
    const found = { ok: false, broken: { reason, seal } };
    expect(await verified()).toMatchObject(found);
    expect(await verifyExport(await exported())).toMatchObject(found);
  });

  it('changes a row that is not sealed yet is named by both verifiers', async () => {
    await trailOf(1);
    await addCustomer(caller, organization);
    const victim = (await ids()).at(-1);
    await tamper(`update audit_log set action = 'delete' where id = $1`, [victim]);
    const found = { ok: false, broken: { reason: 'changed', id: victim } };
    expect(await verified()).toMatchObject(found);
    expect(await verifyExport(await exported())).toMatchObject(found);
  });
});

describe('npm run audit:verify', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tandem-audit-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function run(lines: string[] | string, ...flags: string[]) {
    const file = join(folder, 'export.jsonl');
    await writeFile(file, typeof lines === 'string' ? lines : `${lines.join('\n')}\n`);
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['scripts/audit-verify.ts', file, ...flags],
      {
        encoding: 'utf8',
      },
    );
    return { status, said: stdout + stderr };
  }

  it('says that all is well, or which row is not', async () => {
    const rows = await trailOf(2);
    const good = await exported();
    expect(await run(good)).toMatchObject({
      status: 0,
      said: expect.stringContaining(`OK  ${rows.length} rows in 1 seals`),
    });
    expect(await run(good.map((line) => `${line}\r`))).toMatchObject({ status: 0 });
    const bad = good.map((line) => line.replace('Customer 1', 'Customer 9'));
    expect(await run(bad)).toMatchObject({
      status: 1,
      said: expect.stringContaining(`The values of row ${rows.at(-1)} were changed.`),
    });
    const swapped = [...good.slice(0, 3), good[4] ?? '', good[3] ?? '', ...good.slice(5)];
    expect(await run(swapped)).toMatchObject({
      status: 1,
      said: expect.stringContaining('is not in its place'),
    });
  });

  it.each<[string, (good: string[]) => string[] | string, string]>([
    ['an empty file', () => '', 'empty'],
    ['a picture', () => '\x89PNG\r\n\x1a\n\0\0\0', 'Line 1: no JSON'],
    ['some other JSON', () => '{"a": 1}\n', 'no export of an audit trail'],
    ['half a download', (good) => good.slice(0, -1), 'breaks off'],
    ['half a line', (good) => [...good.slice(0, 2), (good[2] ?? '').slice(0, 50)], 'Line 3: no JSON'],
    ['two exports in one', (good) => [...good, ...good], 'there is more after'],
    [
      'a row without its hash',
      (good) => good.map((line) => line.replace(/"hash" : "[0-9a-f]{64}"}$/, '"hash" : "x"}')),
      'is no SHA-256',
    ],
    [
      'a row of somebody else',
      (good) => good.map((line, index) => (index === 2 ? line.replaceAll(organization.id, admin.id) : line)),
      'of another organisation',
    ],
  ])('says what is wrong with %s', async (_, spoil, message) => {
    await trailOf(1);
    expect(await run(spoil(await exported()))).toMatchObject({
      status: 2,
      said: expect.stringContaining(message),
    });
  });

  it('says how it is used', () => {
    const ask = (...given: string[]) =>
      spawnSync(process.execPath, ['scripts/audit-verify.ts', ...given], { encoding: 'utf8' });
    expect(ask()).toMatchObject({ status: 2, stderr: expect.stringContaining('Usage') });
    expect(ask('nowhere.jsonl')).toMatchObject({ status: 2, stderr: 'There is no such file.\n' });
    expect(ask('a', '--nonsense')).toMatchObject({ status: 2, stderr: expect.stringContaining('Usage') });
    expect(ask('a', '--contains', 'abc')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('64 hexadecimal'),
    });
  });
});
