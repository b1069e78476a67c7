import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import type { Logger } from '../logger.ts';
import { publicationNames } from './publications.ts';

const slowSlotMs = 5_000;
/** How values are written in the stream, whatever the role or the database prefers. */
const textFormats =
  '-c datestyle=ISO -c timezone=UTC -c intervalstyle=postgres -c extra_float_digits=1 -c bytea_output=hex';

/** A connection that can replicate, not open yet. */
export function replicationClient(adminUrl: string): Client {
  const url = new URL(adminUrl);
  url.searchParams.set('replication', 'database');
  return new Client({
    connectionString: url.href,
    application_name: 'tandem_realtime_stream',
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
    options: textFormats,
  });
}

/**
 * Makes a slot that dies with its connection. It begins where no older transaction is open, so it may have to wait for
 * one.
 * @returns the statement that starts to stream from it
 */
export async function createTemporarySlot(client: Client, logger: Logger): Promise<string> {
  const slot = `supabase_realtime_messages_${randomBytes(6).toString('hex')}`;
  const slow = setTimeout(
    () => logger.warn('the replication slot waits for a long transaction to end'),
    slowSlotMs,
  );
  try {
    await client.query(`CREATE_REPLICATION_SLOT "${slot}" TEMPORARY LOGICAL pgoutput (SNAPSHOT 'nothing')`);
  } finally {
    clearTimeout(slow);
  }
  return `START_REPLICATION SLOT "${slot}" LOGICAL 0/0 (proto_version '1', publication_names ${publicationNames})`;
}
