import { Pool } from 'pg';
import { CronClock } from './cron-clock.ts';
import { createRequestWorker } from './http-requests.ts';
import { listen } from './listener.ts';
import { type Job, runJob } from './run-job.ts';

/** As many jobs as pg_cron runs at a time on a hosted project. */
const concurrentJobs = 8;
const cleaningPeriodMs = 60_000;

export interface SchedulerOptions {
  /** Connection string of `supabase_admin`, with the database whose `cron` and `net` schemas are served. */
  adminUrl: string;
  /** Connection string of `postgres`, who owns the jobs that migrations schedule. */
  postgresUrl: string;
  log?: (line: string) => void;
}

export interface Scheduler {
  /** Resolves when the worker first hears the database. */
  ready: Promise<void>;
  /** Cancels running jobs and ends; resolves when nothing is left. */
  stop(): Promise<void>;
}

/**
 * The worker behind the stand-ins for pg_cron and pg_net: runs due jobs as their owner and sends queued HTTP requests.
 * It is woken by notifications, never polls, and picks up again by itself after Postgres was away.
 */
export function startScheduler(options: SchedulerOptions): Scheduler {
  const log = options.log ?? (() => undefined);
  const admin = new Pool({
    connectionString: options.adminUrl,
    application_name: 'tandem-scheduler',
    max: 4,
    idleTimeoutMillis: 10_000,
  });
  admin.on('error', () => undefined);

  const backends = new Set<number>();
  const clock = new CronClock({ concurrency: concurrentJobs, run, log });
  const requests = createRequestWorker(admin, log);
  let reading: Promise<void> | undefined;
  let changedAgain = false;
  let foundOrphans = false;
  let duties: Duties = { jobs: false, requests: false };

  async function run(job: Job): Promise<void> {
    let backend = 0;
    const onBackend = (pid: number): void => void backends.add((backend = pid));
    await runJob(job, { admin, connectionUrl: ownerUrls(options), log, onBackend });
    backends.delete(backend);
  }

  async function readJobs(): Promise<void> {
    while (changedAgain) {
      changedAgain = false;
      const { rows } = await admin.query<Job>(
        'select jobid, schedule, command, database, username from cron.job where active order by jobid',
      );
      clock.setJobs(rows);
    }
  }

  /** One reading at a time, so that an older answer never comes after a newer one. */
  function jobsChanged(): Promise<void> {
    changedAgain = true;
    return (reading ??= readJobs().finally(() => (reading = undefined)));
  }

  const listener = listen({
    url: options.adminUrl,
    channels: ['cron_job', 'net_http_request'],
    log,
    onNotification: (channel) => {
      if (channel === 'net_http_request' && duties.requests) requests.wake();
      if (channel !== 'cron_job' || !duties.jobs) return;
      jobsChanged().catch((error: unknown) => log(`scheduler: jobs cannot be read: ${String(error)}`));
    },
    onConnected: async () => {
      duties = await findDuties(admin);
      if (duties.jobs) {
        if (!foundOrphans) await closeOrphans(admin);
        foundOrphans = true;
        await jobsChanged();
      }
      if (duties.requests) requests.wake();
    },
  });
  const cleaning = setInterval(() => {
    clean(admin, duties).catch((error: unknown) => log(`scheduler: old records stay: ${String(error)}`));
  }, cleaningPeriodMs);

  return {
    ready: listener.connected,
    stop: async () => {
      clearInterval(cleaning);
      await listener.stop();
      const ended = Promise.all([clock.stop(), requests.stop(), reading?.catch(() => undefined)]);
      if (backends.size > 0) {
        await admin
          .query('select pg_cancel_backend(pid) from unnest($1::integer[]) as pid', [[...backends]])
          .catch(() => undefined);
      }
      await ended;
      await admin.end();
    },
  };
}

interface Duties {
  jobs: boolean;
  requests: boolean;
}

/** What is left to this worker: where the real pg_cron or pg_net is installed, it does its work itself. */
async function findDuties(admin: Pool): Promise<Duties> {
  const { rows } = await admin.query<Duties>(
    `select to_regprocedure('cron.is_schedule(text)') is not null as jobs,
            to_regprocedure('net._enqueue(text,text,jsonb,jsonb,bytea,integer)') is not null as requests`,
  );
  return rows[0] ?? { jobs: false, requests: false };
}

/** The roles that can own a job, since the stack knows how to log in as them. */
function ownerUrls(options: SchedulerOptions): (role: string, database: string) => string | undefined {
  const urls = new Map([options.adminUrl, options.postgresUrl].map((url) => [new URL(url).username, url]));
  return (role, database) => {
    const url = urls.get(encodeURIComponent(role));
    if (url === undefined) return undefined;
    const target = new URL(url);
    target.pathname = `/${encodeURIComponent(database)}`;
    return target.href;
  };
}

/** Runs that a killed worker left open have ended; say so. */
async function closeOrphans(admin: Pool): Promise<void> {
  await admin.query(
    `update cron.job_run_details set status = 'failed', return_message = 'server restarted', end_time = now()
     where status in ('starting', 'running')`,
  );
}

/** Answers are kept six hours as hosted; records of runs a week, where hosted leaves them to a job of your own. */
async function clean(admin: Pool, duties: Duties): Promise<void> {
  if (duties.requests)
    await admin.query(`delete from net._http_response where created < now() - interval '6 hours'`);
  if (duties.jobs)
    await admin.query(`delete from cron.job_run_details where end_time < now() - interval '7 days'`);
}
