import { Catalog } from '../../../../stack/realtime/changes/catalog.ts';
import { Payloads } from '../../../../stack/realtime/changes/payload.ts';
import type { CommittedTransaction, RowChange } from '../../../../stack/realtime/changes/types.ts';
import { Database } from '../../../../stack/realtime/database.ts';
import { ReplicationStream, type StreamOptions } from '../../../../stack/realtime/replication/stream.ts';
import type { TestCluster } from '../harness.ts';

/** What a client would be sent of a change. */
export interface Message {
  readonly schema: string;
  readonly table: string;
  readonly type: string;
  readonly commit_timestamp: string | null;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly record?: Record<string, unknown>;
  readonly old_record?: Record<string, unknown>;
  readonly errors: readonly string[] | null;
}

/** The stream and the encoder of the server, without its sockets. */
export interface Recorder {
  readonly stream: ReplicationStream;
  /** Runs statements and gives the JSON text of the message of each change they made, as a role reads it. */
  texts(statements: string, values?: unknown[], role?: string): Promise<string[]>;
  messages(statements: string, values?: unknown[], role?: string): Promise<Message[]>;
  stop(): Promise<void>;
}

const quiet = { debug() {}, warn() {}, error() {} };
const marker = 'recorder_marker';

export async function startRecorder(
  { adminUrl, sql }: TestCluster,
  options: Partial<StreamOptions> = {},
): Promise<Recorder> {
  await sql(`create table if not exists public.${marker} (id serial primary key);
    alter publication supabase_realtime add table public.${marker}`);
  const database = new Database(adminUrl, quiet);
  const catalog = new Catalog(database, () => stream.recentTransactions());
  const payloads = new Payloads({ database, catalog, logger: quiet });
  const received: CommittedTransaction[] = [];
  let wake = () => {};
  const stream = new ReplicationStream({
    adminUrl,
    maxTransactionBytes: 32_000_000,
    pauseAboveBytes: 32_000_000,
    logger: quiet,
    isWanted: () => true,
    onGap: () => {},
    onTransaction: (transaction) => {
      received.push(transaction);
      wake();
    },
    ...options,
  });
  await stream.start();

  const isMarker = ({ changes }: CommittedTransaction) =>
    changes.some(({ relation }) => relation.name === marker);
  async function written(statements: string, values?: unknown[]): Promise<CommittedTransaction[]> {
    await sql(statements, values);
    await sql(`insert into public.${marker} default values`);
    while (!received.some(isMarker)) await new Promise<void>((resolve) => (wake = resolve));
    const transactions = received.splice(0);
    for (const transaction of transactions) stream.delivered(transaction);
    return transactions.filter((transaction) => !isMarker(transaction));
  }

  async function encode(transaction: CommittedTransaction, change: RowChange, role: string): Promise<string> {
    const table = await payloads.describe(change.relation);
    if (!table) throw new Error(`${change.relation.name} is gone`);
    const readable = await sql(
      `select attname from pg_attribute where attrelid = $1 and attnum > 0 and not attisdropped
         and has_column_privilege($2, attrelid, attnum, 'select')`,
      [table.oid, role],
    );
    const write = await payloads.load(table, await payloads.complete(table, [{ change, transaction }]));
    return write(0, new Set(readable.map(({ attname }) => String(attname))));
  }

  const texts: Recorder['texts'] = async (statements, values, role = 'authenticated') => {
    const transactions = await written(statements, values);
    return Promise.all(
      transactions.flatMap((transaction) =>
        transaction.changes.map((change) => encode(transaction, change, role)),
      ),
    );
  };
  return {
    stream,
    texts,
    messages: async (...parameters) =>
      (await texts(...parameters)).map((text) => JSON.parse(text) as Message),
    stop: async () => {
      await stream.stop();
      await database.close();
    },
  };
}
