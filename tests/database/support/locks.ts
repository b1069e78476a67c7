import { expect } from 'vitest';
import type { Database } from './database.ts';

/** Until so many sessions of this database wait for a lock. */
export async function untilWaiting(db: Database, many: number): Promise<void> {
  const waiting = async () =>
    (
      await db.admin.row<{ waiting: number }>(
        `select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      )
    ).waiting;
  await expect.poll(waiting, { timeout: 20_000 }).toBe(many);
}
