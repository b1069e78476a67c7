import type { Database } from './database.ts';
import { describe, type Logger } from './logger.ts';

const intervalMs = 60 * 60 * 1000;

/** Keeps the day partitions of `realtime.messages` ahead of time, and drops old ones. */
export class PartitionJanitor {
  readonly #database: Database;
  readonly #logger: Logger;
  readonly #timer: NodeJS.Timeout;

  constructor(database: Database, logger: Logger) {
    this.#database = database;
    this.#logger = logger;
    this.#timer = setInterval(() => void this.run(), intervalMs);
    this.#timer.unref();
  }

  /** Never throws: what fails now succeeds an hour later, three days before it matters. */
  async run(): Promise<void> {
    try {
      await this.#database.query('realtime_maintain', 'select realtime.maintain_partitions()', []);
    } catch (error) {
      this.#logger.warn(`the partitions of realtime.messages were not maintained: ${describe(error)}`);
    }
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
