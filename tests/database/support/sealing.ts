import type { Database } from './database.ts';

/** How long, in milliseconds, the transactions of other test files are waited for: some fill tables of 50,000 rows. */
export const patience = 45_000;

/**
 * Seals all that is in the trail. Rows wait for every transaction that is open in the cluster, and other test files have
 * some: hence more than one attempt.
 */
export async function sealed(db: Database): Promise<void> {
  const deadline = Date.now() + patience;
  while (Date.now() < deadline) {
    await db.owner.rows('select private.seal_audit()');
    const { done } = await db.owner.row<{ done: boolean }>(
      'select sealed_to >= (select coalesce(max(id), 0) from audit_log) as done from private.audit_sealing',
    );
    if (done) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('The trail was not sealed: some transaction stays open.');
}
