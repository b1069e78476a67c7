import { Client, type Pool, type QueryArrayResult } from 'pg';

/** A row of `cron.job`. */
export interface Job {
  jobid: string;
  schedule: string;
  command: string;
  database: string;
  username: string;
}

export interface JobContext {
  admin: Pool;
  /** How to log in as the owner of a job; undefined for a role the stack has no log-in for. */
  connectionUrl(role: string, database: string): string | undefined;
  log(line: string): void;
  /** Told the backend that works on the job, so that stopping can cancel it. */
  onBackend(pid: number): void;
}

/**
 * Runs one job as its owner in its database, on a connection of its own that ends with the run, and records the run
 * in `cron.job_run_details`. Never rejects: what goes wrong is in the record, or in the log when there can be none.
 */
export async function runJob(job: Job, context: JobContext): Promise<void> {
  let runId: string | undefined;
  try {
    runId = await recordStart(job, context.admin);
    const message = await execute(job, runId, context);
    await recordEnd(runId, 'succeeded', message, context.admin);
  } catch (error) {
    const reason = `ERROR:  ${error instanceof Error ? error.message : String(error)}`;
    context.log(`cron job ${job.jobid} failed: ${reason}`);
    if (runId === undefined) return;
    await recordEnd(runId, 'failed', reason, context.admin).catch((unrecorded: unknown) => {
      context.log(`cron job ${job.jobid}: its failure could not be recorded: ${String(unrecorded)}`);
    });
  }
}

async function execute(job: Job, runId: string, context: JobContext): Promise<string> {
  const url = context.connectionUrl(job.username, job.database);
  if (url === undefined) throw new Error(`role "${job.username}" cannot log in, so it can own no job`);
  const client = new Client({ connectionString: url, application_name: 'pg_cron' });
  // A connection that breaks while no query waits for it would otherwise end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
    const pid = rows[0]?.pid ?? 0;
    context.onBackend(pid);
    await context.admin.query(
      `update cron.job_run_details set status = 'running', job_pid = $2, start_time = clock_timestamp() where runid = $1`,
      [runId, pid],
    );
    const result: QueryArrayResult | QueryArrayResult[] = await client.query({
      text: job.command,
      rowMode: 'array',
    });
    return describe(Array.isArray(result) ? result.at(-1) : result);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** What pg_cron writes: a count of rows, or else the command's tag. */
function describe(result: QueryArrayResult | undefined): string {
  if (!result) return '';
  if (result.fields.length > 0) return `${result.rows.length} ${result.rows.length === 1 ? 'row' : 'rows'}`;
  if (result.command === 'INSERT') return `INSERT 0 ${result.rowCount ?? 0}`;
  return result.rowCount === null ? result.command : `${result.command} ${result.rowCount}`;
}

async function recordStart(job: Job, admin: Pool): Promise<string> {
  const { rows } = await admin.query<{ runid: string }>(
    `insert into cron.job_run_details (jobid, database, username, command, status) values ($1, $2, $3, $4, 'starting')
     returning runid`,
    [job.jobid, job.database, job.username, job.command],
  );
  if (!rows[0]) throw new Error('the run was not recorded');
  return rows[0].runid;
}

async function recordEnd(runId: string, status: string, message: string, admin: Pool): Promise<void> {
  await admin.query(
    'update cron.job_run_details set status = $2, return_message = $3, end_time = clock_timestamp() where runid = $1',
    [runId, status, message],
  );
}
