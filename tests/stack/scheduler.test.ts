import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Scheduler, startScheduler } from '../../stack/scheduler/scheduler.ts';
import { applyStandIns, type ServicesDatabase, startServicesDatabase } from './support/services-database.ts';

let database: ServicesDatabase;
let admin: Client;
/** Logged in as `postgres`, the role that runs migrations. */
let owner: Client;

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Waits until the query has a row for which the condition holds. */
async function eventually<Row extends object>(
  query: string,
  holds: (row: Row) => boolean = () => true,
  timeoutMs = 8_000,
): Promise<Row> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const { rows } = await admin.query<Row>(query);
    const found = rows.find(holds);
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`no such row within ${timeoutMs} ms: ${query}`);
    await sleep(25);
  }
}

beforeAll(async () => {
  database = await startServicesDatabase();
});

beforeEach(async () => {
  admin = await connect(database.adminUrl);
  owner = await connect(database.postgresUrl);
});

afterEach(async () => {
  await admin.query(
    'truncate cron.job, cron.job_run_details, net.http_request_queue, net._http_response, vault.secrets',
  );
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

describe('the worker', () => {
  let scheduler: Scheduler;
  let server: Server;
  let origin: string;
  let received: { method: string; url: string; headers: Record<string, unknown>; body: string }[];

  beforeEach(async () => {
    received = [];
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        received.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
        if (url.startsWith('/never')) return;
        if (url.startsWith('/moved')) return void response.writeHead(302, { location: '/elsewhere' }).end();
        response.writeHead(url.startsWith('/teapot') ? 418 : 200, { 'content-type': 'application/json' });
        response.end('{"heard":true}');
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    origin = `http://127.0.0.1:${port}`;
    scheduler = startScheduler(database);
    await scheduler.ready;
  });

  afterEach(async () => {
    await scheduler.stop();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('runs a job as its owner and records the run', async () => {
    await owner.query('create table public.ran (who text)');
    await owner.query(
      `select cron.schedule('beat', '1 seconds', 'insert into public.ran (who) select session_user')`,
    );
    await eventually('select who from public.ran offset 2');
    expect((await owner.query('select distinct who from public.ran')).rows).toEqual([{ who: 'postgres' }]);
    const run = await eventually<Record<string, unknown>>(
      `select status, return_message, username, database, job_pid > 0 as has_pid, end_time >= start_time as ordered
       from cron.job_run_details where status = 'succeeded'`,
    );
    expect(run).toEqual({
      status: 'succeeded',
      return_message: 'INSERT 0 1',
      username: 'postgres',
      database: 'postgres',
      has_pid: true,
      ordered: true,
    });
  });

  it('keeps an even beat', async () => {
    await owner.query(`select cron.schedule('even', '1 seconds', 'select pg_sleep(0.3)')`);
    await eventually('select from cron.job_run_details where start_time is not null offset 3');
    const { rows } = await admin.query<{ span: number }>(
      `select extract(epoch from max(start_time) - min(start_time))::float8 as span
       from (select start_time from cron.job_run_details order by runid limit 4) first_four`,
    );
    // Had each run begun a second after the end of the one before, this would be 3.9.
    expect(Math.abs((rows[0]?.span ?? 0) - 3)).toBeLessThan(0.6);
  });

  it('records a failing job and goes on', async () => {
    await owner.query(`select cron.schedule('broken', '1 seconds', 'select 1/0')`);
    const run = await eventually<{ return_message: string }>(
      `select return_message from cron.job_run_details where status = 'failed' offset 1`,
    );
    expect(run.return_message).toBe('ERROR:  division by zero');
  });

  it('stops a job that was unscheduled or set inactive', async () => {
    await owner.query(`select cron.schedule('gone', '1 seconds', 'select 1')`);
    await eventually('select from cron.job_run_details');
    await owner.query(`select cron.alter_job(jobid, active := false) from cron.job`);
    await sleep(300);
    const before = (await admin.query('select from cron.job_run_details')).rowCount;
    await sleep(1_300);
    expect((await admin.query('select from cron.job_run_details')).rowCount).toBe(before);
  });

  it('never runs one job twice at a time', async () => {
    await owner.query(`select cron.schedule('slow', '1 seconds', 'select pg_sleep(1.5)')`);
    await eventually(`select from cron.job_run_details where status = 'succeeded' offset 1`);
    const { rows } = await admin.query(
      `select 1 from cron.job_run_details a join cron.job_run_details b on a.runid < b.runid and b.start_time < a.end_time`,
    );
    expect(rows).toEqual([]);
  });

  it('sends a POST with its body, headers and parameters, and keeps the answer', async () => {
    const { rows } = await owner.query<{ id: string }>(
      `select net.http_post($1, body := '{"a": 1}', params := '{"q": "ä b&c"}', headers := '{"X-Test": "yes"}') as id`,
      [`${origin}/hook?x=1`],
    );
    const answer = await eventually<Record<string, unknown>>(
      `select id, status_code, content_type, content, timed_out, error_msg from net._http_response`,
    );
    expect(answer).toEqual({
      id: rows[0]?.id,
      status_code: 200,
      content_type: 'application/json',
      content: '{"heard":true}',
      timed_out: false,
      error_msg: null,
    });
    expect(received[0]).toMatchObject({
      method: 'POST',
      url: '/hook?x=1&q=%C3%A4%20b%26c',
      headers: { 'x-test': 'yes', 'content-type': 'application/json' },
      body: '{"a": 1}',
    });
  });

  it('sends GET and DELETE, reports other statuses and does not follow redirects', async () => {
    await owner.query('select net.http_get($1), net.http_delete($2), net.http_get($3)', [
      `${origin}/teapot`,
      `${origin}/thing`,
      `${origin}/moved`,
    ]);
    await eventually('select from net._http_response offset 2');
    const { rows } = await admin.query<{ status_code: number }>(
      'select status_code from net._http_response order by id',
    );
    expect(rows.map((row) => row.status_code)).toEqual([418, 200, 302]);
    expect(received.map((request) => request.method).sort()).toEqual(['DELETE', 'GET', 'GET']);
  });

  it('sends nothing for a transaction that is rolled back', async () => {
    await owner.query('begin');
    await owner.query('select net.http_get($1)', [`${origin}/ghost`]);
    await owner.query('rollback');
    await owner.query('select net.http_get($1)', [`${origin}/real`]);
    await eventually('select from net._http_response');
    expect(received.map((request) => request.url)).toEqual(['/real']);
  });

  it('gives up on a silent server after the timeout and on an absent one at once', async () => {
    await owner.query('select net.http_get($1, timeout_milliseconds := 200)', [`${origin}/never`]);
    await owner.query(`select net.http_get('http://127.0.0.1:1/')`);
    const late = await eventually<{ error_msg: string }>(
      'select error_msg from net._http_response where timed_out',
    );
    expect(late.error_msg).toMatch(/^Timeout of 200 ms reached/);
    const absent = await eventually<{ error_msg: string }>(
      'select error_msg from net._http_response where not timed_out and status_code is null',
    );
    expect(absent.error_msg).toBeTruthy();
  });

  it('answers a burst of requests, each once', async () => {
    await owner.query(`select net.http_get($1 || n) from generate_series(1, 300) n`, [`${origin}/burst/`]);
    await eventually('select from net._http_response offset 299');
    expect(new Set(received.map((request) => request.url)).size).toBe(300);
    expect(received).toHaveLength(300);
  });

  it.each(['ftp://example.org', 'example.org', ''])('refuses the address %j', async (url) => {
    await expect(owner.query('select net.http_get($1)', [url])).rejects.toMatchObject({ code: '22023' });
  });

  it('carries on after Postgres was restarted', async () => {
    await owner.query(`select cron.schedule('survivor', '1 seconds', 'select 1')`);
    await eventually('select from cron.job_run_details');
    await owner.end();
    await admin.end();
    await database.restart();
    admin = await connect(database.adminUrl);
    owner = await connect(database.postgresUrl);
    const { rows } = await admin.query<{ last: string }>(
      'select coalesce(max(runid), 0) as last from cron.job_run_details',
    );
    await eventually(
      `select from cron.job_run_details where status = 'succeeded' and runid > ${rows[0]?.last ?? 0}`,
    );
    await owner.query('select net.http_get($1)', [`${origin}/after`]);
    await eventually('select from net._http_response where status_code = 200');
  });
});
