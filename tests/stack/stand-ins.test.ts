import type { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  applyStandIns,
  connect,
  emptyStandIns,
  type ServicesDatabase,
  startServicesDatabase,
} from './support/services-database.ts';

let database: ServicesDatabase;
let admin: Client;
/** Logged in as `postgres`, the role that runs migrations. */
let owner: Client;

beforeAll(async () => {
  database = await startServicesDatabase();
});

beforeEach(async () => {
  admin = await connect(database.adminUrl);
  owner = await connect(database.postgresUrl);
});

afterEach(async () => {
  await emptyStandIns(admin);
  await owner.end();
  await admin.end();
});

afterAll(async () => {
  await database.stop();
});

describe('the interface of cron', () => {
  it('replaces a job of the same name and keeps its id', async () => {
    const schedule = `select cron.schedule('tidy', $1, 'select 1') as id`;
    const first = await owner.query<{ id: string }>(schedule, ['*/5 * * * *']);
    const second = await owner.query<{ id: string }>(schedule, ['30 seconds']);
    expect(second.rows[0]?.id).toBe(first.rows[0]?.id);
    const { rows } = await owner.query('select jobname, schedule, username, database, active from cron.job');
    expect(rows).toEqual([
      { jobname: 'tidy', schedule: '30 seconds', username: 'postgres', database: 'postgres', active: true },
    ]);
  });

  it('schedules without a name, alters and removes', async () => {
    const { rows } = await owner.query<{ id: string }>(`select cron.schedule('@daily', 'select 1') as id`);
    const id = rows[0]?.id;
    await owner.query('select cron.alter_job($1, schedule := $2, active := false)', [id, '0 4 * * sun']);
    expect((await owner.query('select schedule, command, active from cron.job')).rows).toEqual([
      { schedule: '0 4 * * sun', command: 'select 1', active: false },
    ]);
    await owner.query('select cron.unschedule($1::bigint)', [id]);
    expect((await owner.query('select from cron.job')).rowCount).toBe(0);
    await owner.query(`select cron.schedule('named', '@hourly', 'select 1')`);
    expect((await owner.query(`select cron.unschedule('named')`)).rows).toEqual([{ unschedule: true }]);
    await expect(owner.query(`select cron.unschedule('named')`)).rejects.toThrow(
      'could not find valid entry',
    );
  });

  it.each([
    '* * * *',
    '60 * * * *',
    '5/10 * * * *',
    '* * 0 * *',
    '* * * 13 *',
    '60 seconds',
    '@reboot',
    'often',
  ])('refuses the schedule %j', async (schedule) => {
    await expect(owner.query(`select cron.schedule('x', $1, 'select 1')`, [schedule])).rejects.toMatchObject({
      message: `invalid schedule: ${schedule}`,
      code: '22023',
    });
  });

  it('is closed to clients and to jobs under a foreign name', async () => {
    for (const role of ['anon', 'authenticated', 'service_role']) {
      await owner.query(`set role ${role}`);
      await expect(owner.query(`select cron.schedule('* * * * *', 'select 1')`)).rejects.toMatchObject({
        code: '42501',
      });
      await expect(owner.query('select * from cron.job')).rejects.toMatchObject({ code: '42501' });
      await expect(owner.query(`select net.http_get('http://127.0.0.1')`)).rejects.toMatchObject({
        code: '42501',
      });
      await owner.query('reset role');
    }
    await expect(
      owner.query(
        `select cron.schedule_in_database('x', '* * * * *', 'select 1', 'postgres', username := 'supabase_admin')`,
      ),
    ).rejects.toThrow('must be superuser');
  });

  it('keeps jobs, requests and secrets when a start applies it again', async () => {
    await owner.query(`select cron.schedule('kept', '@daily', 'select 1')`);
    await owner.query(`select vault.create_secret('s3cret', 'kept')`);
    await applyStandIns(admin);
    expect((await owner.query('select jobname from cron.job')).rows).toEqual([{ jobname: 'kept' }]);
    expect((await owner.query('select decrypted_secret from vault.decrypted_secrets')).rows).toEqual([
      { decrypted_secret: 's3cret' },
    ]);
  });
});

describe('the vault', () => {
  it('stores secrets encrypted and gives them back to postgres', async () => {
    const { rows } = await owner.query<{ id: string }>(
      `select vault.create_secret('plain text', 'api', 'for tests') as id`,
    );
    const stored = await owner.query<{ secret: string; decrypted_secret: string; description: string }>(
      'select secret, decrypted_secret, description from vault.decrypted_secrets where id = $1',
      [rows[0]?.id],
    );
    expect(stored.rows[0]).toMatchObject({ decrypted_secret: 'plain text', description: 'for tests' });
    expect(stored.rows[0]?.secret).not.toContain('plain');

    await owner.query('select vault.update_secret($1, $2)', [rows[0]?.id, 'other text']);
    const after = await owner.query(`select name, decrypted_secret from vault.decrypted_secrets`);
    expect(after.rows).toEqual([{ name: 'api', decrypted_secret: 'other text' }]);
  });

  it('refuses a second secret of the same name', async () => {
    await owner.query(`select vault.create_secret('one', 'api')`);
    await expect(owner.query(`select vault.create_secret('two', 'api')`)).rejects.toMatchObject({
      code: '23505',
    });
  });

  it('does not open a cipher text that was moved to another row', async () => {
    await admin.query(`select vault.create_secret('mine', 'a'), vault.create_secret('theirs', 'b')`);
    await admin.query(
      `update vault.secrets set secret = (select secret from vault.secrets where name = 'b') where name = 'a'`,
    );
    await expect(
      owner.query(`select decrypted_secret from vault.decrypted_secrets where name = 'a'`),
    ).rejects.toThrow('Wrong key');
  });

  it('makes no new key while secrets of the old one exist', async () => {
    const keyFile = `current_setting('data_directory') || '/tandem_vault.key'`;
    await owner.query(`select vault.create_secret('precious', 'a')`);
    const { rows } = await admin.query<{ key: string }>(
      `select trim(pg_read_file('tandem_vault.key')) as key`,
    );
    const write = (text: string) =>
      admin.query(`do $do$ begin execute format('copy (select %L) to %L', '${text}', ${keyFile}); end $do$`);
    await write('');
    await expect(owner.query(`select vault.create_secret('second', 'b')`)).rejects.toThrow(
      'root key is missing',
    );
    await expect(owner.query('select * from vault.decrypted_secrets')).rejects.toThrow('root key is missing');
    await write(rows[0]?.key.trim() ?? '');
    expect((await owner.query('select decrypted_secret from vault.decrypted_secrets')).rows).toEqual([
      { decrypted_secret: 'precious' },
    ]);
  });

  it('shows nothing to clients, and the root key to nobody', async () => {
    for (const role of ['anon', 'authenticated']) {
      await owner.query(`set role ${role}`);
      await expect(owner.query('select * from vault.decrypted_secrets')).rejects.toMatchObject({
        code: '42501',
      });
      await expect(owner.query(`select vault.create_secret('x')`)).rejects.toMatchObject({ code: '42501' });
      await owner.query('reset role');
    }
    await expect(owner.query(`select pg_read_file('tandem_vault.key')`)).rejects.toMatchObject({
      code: '42501',
    });
    await expect(owner.query(`select vault._row_key(gen_random_uuid(), '\\x00')`)).rejects.toMatchObject({
      code: '42501',
    });
    await expect(owner.query(`insert into vault.secrets (secret) values ('x')`)).rejects.toMatchObject({
      code: '42501',
    });
  });
});
