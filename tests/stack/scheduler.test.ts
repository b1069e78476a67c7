import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Scheduler, startScheduler } from '../../stack/scheduler/scheduler.ts';
import {
  connect,
  emptyStandIns,
  type ServicesDatabase,
  startServicesDatabase,
} from './support/services-database.ts';

let database: ServicesDatabase;
let admin: Client;
/** Logged in as `postgres`, the role that runs migrations. */
let owner: Client;

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
  await emptyStandIns(admin);
  await owner.end();
  await admin.end();
});

afterAll(async () => {
  await database.stop();
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
    await eventually(
      'select from cron.job_run_details where start_time is not null offset 7',
      undefined,
      20_000,
    );
    const { rows } = await admin.query<{ span: number }>(
      `select extract(epoch from max(start_time) - min(start_time))::float8 as span
       from (select start_time from cron.job_run_details order by runid limit 8) first_eight`,
    );
    // Had each run begun a second after the end of the one before, this would be 9.1.
    expect(Math.abs((rows[0]?.span ?? 0) - 7)).toBeLessThan(1);
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
