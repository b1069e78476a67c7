import { randomUUID } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { type Requester, useDatabase } from './support/database.ts';
import { addCustomer, colleague, found, signUp } from './support/fixtures.ts';
import { useOrganization } from './support/organization.ts';
import { sealed } from './support/sealing.ts';

// Sealing waits for the transactions of other files.
vi.setConfig({ testTimeout: 90_000 });

const database = useDatabase();
const { admin, organization, caller } = useOrganization(database, 'Audited');

interface Entry {
  id: string;
  table_name: string;
  record_id: string | null;
  action: string;
  actor_kind: string;
  actor_id: string | null;
  api_key_id: string | null;
  address: string | null;
  request_id: string | null;
  old_values: Record<string, unknown> | null;
  new_values: Record<string, unknown> | null;
}

const entriesOf = (record: string, as: Requester = caller) =>
  as.rows<Entry>('select * from audit_log where record_id = $1 order by id', [record]);

const patch = (id: string, changes: object, seen: object, as: Requester = caller) =>
  as.rows('select patch_customer($1, $2, $3)', [id, JSON.stringify(changes), JSON.stringify(seen)]);

describe('a change', () => {
  it('is in the trail with who made it: of a new row what was filled in, of an edit the changed columns', async () => {
    const id = await addCustomer(caller, organization, { name: 'Nordhaus', expected_value: 1200 });
    await patch(id, { phase: 'Pilot', tags: ['vip'] }, { phase: null, tags: [] });
    await caller.rows('select delete_customer($1)', [id]);
    const by = { actor_kind: 'user', actor_id: admin.id, table_name: 'customers' };
    const entries = await entriesOf(id);
    expect(entries).toMatchObject([
      {
        ...by,
        action: 'insert',
        old_values: null,
        new_values: { name: 'Nordhaus', expected_value: 1200, owner_id: admin.id, status: 'lead' },
      },
      {
        ...by,
        action: 'update',
        old_values: { phase: null, tags: [] },
        new_values: { phase: 'Pilot', tags: ['vip'] },
      },
      {
        ...by,
        action: 'update',
        old_values: { deleted_at: null },
        new_values: { deleted_at: expect.any(String) },
      },
    ]);
    expect(Object.keys(entries[1]?.new_values ?? {})).toEqual(['tags', 'phase']);
    // Empty columns and those that triggers keep are left out of a new row.
    for (const column of ['phone', 'id', 'org_id', 'version', 'created_at', 'updated_by', 'board_rank']) {
      expect(entries[0]?.new_values).not.toHaveProperty(column);
    }
  });

  it('that changes nothing leaves no trace', async () => {
    const id = await addCustomer(caller, organization);
    await database().owner.rows('update customers set name = name, updated_at = now() where id = $1', [id]);
    await database().owner.rows(`update customers set board_rank = board_rank || 'V' where id = $1`, [id]);
    expect(await entriesOf(id)).toHaveLength(1);
  });

  it('that is rolled back is none', async () => {
    const transaction = await caller.begin();
    const id = randomUUID();
    await transaction.query('insert into customers (id, org_id, name) values ($1, $2, $3)', [
      id,
      organization.id,
      'X',
    ]);
    await transaction.rollback();
    expect(await entriesOf(id)).toEqual([]);
  });

  it('says which key and which request it came by', async () => {
    const key = randomUUID();
    const transaction = await database().owner.begin();
    const set = (name: string, value: unknown) =>
      transaction.query('select set_config($1, $2, true)', [name, JSON.stringify(value)]);
    await set('request.jwt.claims', { role: 'authenticated', sub: admin.id, api_key_id: key });
    await set('request.headers', {
      'x-forwarded-for': '198.51.100.1, 203.0.113.7, 127.0.0.1',
      'x-request-id': 'req-1',
    });
    const { rows } = await transaction.query<{ id: string }>(
      `insert into customers (org_id, name) values ($1, 'By key') returning id`,
      [organization.id],
    );
    await transaction.commit();
    expect(await entriesOf(rows[0]?.id ?? '')).toMatchObject([
      {
        actor_kind: 'api_key',
        actor_id: admin.id,
        api_key_id: key,
        address: '203.0.113.7',
        request_id: 'req-1',
      },
    ]);
  });

  it('of a job is the system’s', async () => {
    const id = await addCustomer(database().owner, organization);
    await database()
      .as({ role: 'service_role' })
      .rows(`update customers set phase = 'x' where id = $1`, [id]);
    expect(await entriesOf(id)).toMatchObject([
      { actor_kind: 'system', actor_id: null },
      { actor_kind: 'system', actor_id: null },
    ]);
  });

  it.each(['', 'no json', '[]', '7', '{"x-forwarded-for": "a, 1.2.3.4/8, ,", "x-request-id": "<script>"}'])(
    'is not stopped by headers like %j',
    async (headers) => {
      const transaction = await caller.begin();
      await transaction.query(`select set_config('request.headers', $1, true)`, [headers]);
      const { rows } = await transaction.query<{ id: string }>(
        `insert into customers (org_id, name) values ($1, 'Odd') returning id`,
        [organization.id],
      );
      await transaction.commit();
      expect(await entriesOf(rows[0]?.id ?? '')).toMatchObject([{ address: null, request_id: null }]);
    },
  );

  it('of a secret shows that it changed, not what it is', async () => {
    const { owner } = database();
    await owner.rows(`create table if not exists public.keyrings (
      id uuid primary key default gen_random_uuid(), org_id uuid not null, name text, key_hash bytea, pin text)`);
    await owner.rows(`drop trigger if exists keyrings_after_change_audit on public.keyrings`);
    await owner.rows(`select private.audit_changes_of('public.keyrings', secret => '{pin}')`);
    const { id } = await owner.row<{ id: string }>(
      `insert into keyrings (org_id, name, key_hash, pin) values ($1, 'Door', 'hunter2', 'sesame') returning id`,
      [organization.id],
    );
    await owner.rows(`update keyrings set key_hash = 'hunter3', pin = null where id = $1`, [id]);
    const entries = await entriesOf(id);
    expect(JSON.stringify(entries)).not.toMatch(/hunter|68756e746572|sesame/);
    expect(entries).toMatchObject([
      { new_values: { name: 'Door', key_hash: '[secret]', pin: '[secret]' } },
      {
        old_values: { key_hash: '[secret]', pin: '[secret]' },
        new_values: { key_hash: '[secret]', pin: null },
      },
    ]);
    await owner.rows('drop table keyrings');
  });

  it('of a whole organisation that is purged is told once, without copies of what it held', async () => {
    const id = await addCustomer(caller, organization);
    await database().owner.rows('delete from organizations where id = $1', [organization.id]);
    const left = await database().owner.rows<Entry>(
      `select * from audit_log where org_id = $1 and action = 'delete'`,
      [organization.id],
    );
    expect(left.map((entry) => entry.table_name)).toEqual(['organizations']);
    expect(await entriesOf(id, database().owner)).toHaveLength(1);
  });
});

describe('the trail', () => {
  it('only grows, whoever asks', async () => {
    await addCustomer(caller, organization);
    await sealed(database());
    const refused = { code: 'PT409', message: 'audit_append_only' };
    for (const table of ['audit_log', 'audit_seals']) {
      for (const powerful of [database().owner, database().admin]) {
        expect(await powerful.refusal(`update ${table} set org_id = org_id`)).toMatchObject(refused);
        expect(await powerful.refusal(`delete from ${table}`)).toMatchObject(refused);
        expect(await powerful.refusal(`truncate ${table}`)).toMatchObject(refused);
      }
      for (const client of [caller, database().as({ role: 'service_role' })]) {
        expect(await client.refusal(`update ${table} set org_id = org_id`)).toMatchObject({ code: '42501' });
        expect(await client.refusal(`delete from ${table}`)).toMatchObject({ code: '42501' });
        expect(await client.refusal(`insert into ${table} default values`)).toMatchObject({ code: '42501' });
      }
    }
  });

  it('is read by who holds audit:read, of their organisation only', async () => {
    const id = await addCustomer(caller, organization);
    const manager = await colleague(database(), organization, 'Manager', 'manager');
    const stranger = await signUp(database(), 'Stranger');
    await found(database(), stranger, 'Elsewhere');
    expect(await entriesOf(id)).toHaveLength(1);
    expect(await entriesOf(id, database().user(manager))).toEqual([]);
    expect(await entriesOf(id, database().user(stranger))).toEqual([]);
  });

  it('takes security events without what must not be in it', async () => {
    await database().owner.rows(`select private.record_security_event($1, 'sign_in_refused', $2)`, [
      organization.id,
      { attempts: 5, email: 'a@b.example', token: 'x' },
    ]);
    expect(await caller.rows(`select * from audit_log where table_name = 'security'`)).toMatchObject([
      { action: 'sign_in_refused', new_values: { attempts: 5 } },
    ]);
  });
});

describe('who has left', () => {
  it('keeps the name on what they did, for whoever may see members, until they are back', async () => {
    const gone = await colleague(database(), organization, 'Gone', 'sales');
    const stranger = await signUp(database(), 'Stranger');
    await found(database(), stranger, 'Elsewhere');
    const former = (as: Requester) =>
      as.rows<{ user_id: string; first_name: string }>('select user_id, first_name from former_members($1)', [
        organization.id,
      ]);
    expect(await former(caller)).toEqual([]);
    await database().user(gone).rows('select leave_organization($1)', [organization.id]);
    expect(await former(caller)).toEqual([{ user_id: gone.id, first_name: 'Gone' }]);
    for (const other of [gone, stranger]) expect(await former(database().user(other))).toEqual([]);
    expect(await caller.rows('select id from profiles where id = $1', [gone.id])).toEqual([]);
    await database().owner.rows('insert into memberships (org_id, user_id) values ($1, $2)', [
      organization.id,
      gone.id,
    ]);
    expect(await former(caller)).toEqual([]);
  });
});

describe('the history of a record', () => {
  const history = (record: string, as: Requester, before: string | null = null, size = 30) =>
    as.rows<Entry>('select * from record_history($1, $2, $3, $4)', ['customers', record, before, size]);

  it('is open to everyone who may see the record, page by page, and to nobody else', async () => {
    const seller = await colleague(database(), organization, 'Seller', 'sales');
    const rep = await colleague(database(), organization, 'Rep', 'medical_rep');
    const stranger = await signUp(database(), 'Stranger');
    await found(database(), stranger, 'Elsewhere');
    const id = await addCustomer(caller, organization, { name: 'One' });
    await patch(id, { name: 'Two' }, { name: 'One' }, database().user(seller));
    const [newest] = await history(id, database().user(seller), null, 1);
    expect(newest).toMatchObject({ actor_id: seller.id, new_values: { name: 'Two' } });
    expect(await history(id, database().user(seller), newest?.id)).toMatchObject([{ action: 'insert' }]);
    for (const other of [rep, stranger]) {
      expect(
        await database().user(other).refusal('select * from record_history($1, $2)', ['customers', id]),
      ).toMatchObject({ code: 'PT404', message: 'record_not_found' });
    }
  });

  it('stays open to who reads the trail when the record is gone', async () => {
    const seller = await colleague(database(), organization, 'Seller', 'sales');
    const id = await addCustomer(caller, organization);
    await caller.rows('select delete_customer($1)', [id]);
    expect(await history(id, caller)).toHaveLength(2);
    expect(
      await database().user(seller).refusal('select * from record_history($1, $2)', ['customers', id]),
    ).toMatchObject({ code: 'PT404' });
  });

  it.each(['audit_log', 'nonsense', 'customers; drop table customers', 'pg_class', null])(
    'has no table %j',
    async (table) => {
      expect(
        await caller.refusal('select * from record_history($1, $2)', [table, organization.id]),
      ).toMatchObject({ code: 'PT422', detail: { field: 'table_name' } });
    },
  );

  it('names in a conflict who changed that field, not who touched the row last', async () => {
    const seller = await colleague(database(), organization, 'Seller', 'sales');
    const other = await colleague(database(), organization, 'Other', 'sales');
    const id = await addCustomer(caller, organization, { name: 'One' });
    await patch(id, { name: 'Two' }, { name: 'One' }, database().user(seller));
    await patch(id, { phase: 'Pilot' }, { phase: null }, database().user(other));
    const { patched } = await caller.row<{ patched: { conflicts: object[] } }>(
      'select patch_customer($1, $2, $3) as patched',
      [id, { name: 'Three', phase: 'Offer' }, { name: 'One', phase: null }],
    );
    expect(patched.conflicts).toMatchObject([
      { field: 'name', by: seller.id, at: expect.any(String) },
      { field: 'phase', by: other.id },
    ]);
  });
});

describe('looking for a record of another organisation', () => {
  const events = () =>
    caller.rows<Entry>(`select * from audit_log where table_name = 'security' and org_id = $1`, [
      organization.id,
    ]);

  it('is told to that organisation, once an hour for a person', async () => {
    const id = await addCustomer(caller, organization);
    const stranger = await signUp(database(), 'Stranger');
    const report = (record: string, as: Requester) =>
      as.rows('select report_foreign_access($1, $2)', ['customers', record]);
    await report(id, caller);
    await report(randomUUID(), database().user(stranger));
    expect(await events()).toEqual([]);
    await report(id, database().user(stranger));
    await report(id, database().user(stranger));
    expect(await events()).toMatchObject([
      {
        action: 'foreign_access',
        actor_id: stranger.id,
        new_values: { table_name: 'customers', record_id: id },
      },
    ]);
  });
});
