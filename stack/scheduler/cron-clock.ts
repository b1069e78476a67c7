import type { Job } from './run-job.ts';
import { parseSchedule, type Schedule } from './schedule.ts';

/** The longest sleep: short enough to notice soon that the machine slept or its clock was set. */
const longestSleepMs = 30_000;

interface Entry {
  job: Job;
  schedule: Schedule;
  due: Date | undefined;
  running: boolean;
  /** Came due while its last run was still going; one run is made up for, however many came due. */
  owed: boolean;
}

export interface CronClockOptions {
  /** Most jobs running at a time; the others wait their turn. */
  concurrency: number;
  run(job: Job): Promise<void>;
  log(line: string): void;
}

/** Decides which job runs when. A job never runs twice at the same time, and moments missed while away are not made up. */
export class CronClock {
  readonly #options: CronClockOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #waiting: Entry[] = [];
  readonly #runs = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: CronClockOptions) {
    this.#options = options;
  }

  /** Takes over the current list of active jobs; a job whose schedule stayed keeps its beat. */
  setJobs(jobs: Job[]): void {
    const listed = new Set(jobs.map((job) => job.jobid));
    for (const id of this.#entries.keys()) if (!listed.has(id)) this.#entries.delete(id);
    for (const job of jobs) {
      const known = this.#entries.get(job.jobid);
      if (known?.job.schedule === job.schedule) known.job = job;
      else this.#add(job, known);
    }
    this.#arm();
  }

  /** Stops the clock and resolves when the runs under way have ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#waiting.length = 0;
    await Promise.all(this.#runs);
  }

  #add(job: Job, known: Entry | undefined): void {
    try {
      const schedule = parseSchedule(job.schedule);
      const now = new Date();
      const fresh = { job, schedule, due: schedule.next(now, now) };
      if (known) Object.assign(known, fresh);
      else this.#entries.set(job.jobid, { ...fresh, running: false, owed: false });
    } catch (error) {
      this.#entries.delete(job.jobid);
      this.#options.log(`cron job ${job.jobid} is left out: ${String(error)}`);
    }
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#stopped || this.#entries.size === 0) return;
    const dues = [...this.#entries.values()].flatMap((entry) => entry.due?.getTime() ?? []);
    const wait = Math.min(...dues) - Date.now();
    this.#timer = setTimeout(() => this.#tick(), Math.max(0, Math.min(wait, longestSleepMs)));
  }

  #tick(): void {
    const now = new Date();
    for (const entry of this.#entries.values()) {
      if (!entry.due || entry.due > now) continue;
      entry.due = entry.schedule.next(entry.due, now);
      this.#request(entry);
    }
    this.#arm();
  }

  #request(entry: Entry): void {
    if (entry.running) {
      entry.owed = true;
      return;
    }
    entry.running = true;
    this.#waiting.push(entry);
    this.#startWaiting();
  }

  #startWaiting(): void {
    while (!this.#stopped && this.#runs.size < this.#options.concurrency) {
      const entry = this.#waiting.shift();
      if (!entry) return;
      if (!this.#isListed(entry)) continue;
      const run = this.#options.run(entry.job).finally(() => {
        this.#runs.delete(run);
        entry.running = false;
        if (entry.owed && this.#isListed(entry)) this.#request(entry);
        entry.owed = false;
        this.#startWaiting();
      });
      this.#runs.add(run);
    }
  }

  /** A job removed in the meantime takes along what it waits for or owes. */
  #isListed(entry: Entry): boolean {
    return this.#entries.get(entry.job.jobid) === entry;
  }
}
