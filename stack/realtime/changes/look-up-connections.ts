import { Client, escapeIdentifier } from 'pg';
import { isConnectionError } from '../errors.ts';
import { describe, type Logger } from '../logger.ts';

/** What the database says about rows and claims; see `realtime.prepare_look_up`. */
export interface LookUpAnswer {
  /** Null when the table or the role is gone. */
  readonly verdict: 'everyone' | 'nobody' | 'some' | 'unseen' | 'locked' | 'stale' | null;
  /** Columns that the role may read. */
  readonly columns: readonly string[];
  /** A number each for a row that claims may see: place of the claims × 1000 + place of the row, both from 1. */
  readonly hits: readonly number[];
  /** Places of claims whose policy failed, and the SQLSTATE and text of each failure. */
  readonly failed: readonly number[];
  readonly reasons: readonly string[];
  /** Up to which place the claims were judged. */
  readonly done: number;
}

/** The parameters of one question, apart from the keys. */
export interface LookUpQuestion {
  readonly tableId: number;
  readonly role: string;
  readonly transactionIds: readonly number[];
  /** Array literals. */
  readonly claims: string;
  readonly subjects: string;
  /** For each claims set the places of the rows, as an array literal; null for all rows. */
  readonly wanted: readonly (string | null)[];
  /** For each column of the key its values, in the order of the rows. */
  readonly keys: readonly (readonly (string | null)[])[];
}

interface LookUpLimits {
  readonly connections: number;
  /** How long one question may run before it is cut off. */
  readonly statementMs: number;
  /** How long it goes on to further claims. What takes until it is cut off took the difference by itself. */
  readonly patienceMs: number;
  readonly lockMs: number;
}

interface Connection {
  readonly client: Client;
  /** Long lists of claims that the session keeps as settings, the latest last, and under which names. */
  readonly lists: Map<string, number>;
  /** Names of the look-up functions this session has, by table and role; null for a table without a key. */
  readonly functions: Map<string, string | null>;
}

const longListBytes = 16_000;
const keptLists = 8;

const audienceSql = `
  select case when seen.all then audience.verdict else 'unseen' end as verdict, coalesce(audience.columns, '{}') as columns,
    '{}'::integer[] as hits, '{}'::integer[] as failed, '{}'::text[] as reasons, 0 as done
  from (select realtime.await_transactions($3)) as waited
  cross join lateral (select realtime.sees_transactions($3) as all) as seen
  left join lateral realtime.audience($1, $2) as audience on true`;

/** A few sessions that keep the plans of look-ups. They open when needed, and again after a loss. */
export class LookUpConnections {
  readonly #adminUrl: string;
  readonly #limits: LookUpLimits;
  readonly #logger: Logger;
  readonly #idle: Connection[] = [];
  readonly #waiting: ((connection: Connection | null) => void)[] = [];
  #open = 0;
  #closed = false;

  constructor(adminUrl: string, limits: LookUpLimits, logger: Logger) {
    this.#adminUrl = adminUrl;
    this.#limits = limits;
    this.#logger = logger;
  }

  get size(): number {
    return this.#limits.connections;
  }

  /** @throws the database's error when the question failed as a whole, or the connection was lost */
  async ask(question: LookUpQuestion): Promise<LookUpAnswer> {
    const connection = await this.#acquire();
    try {
      const answer = await this.#ask(connection, question);
      this.#release(connection);
      return answer;
    } catch (error) {
      if (isConnectionError(error)) this.#discard(connection);
      else {
        connection.functions.delete(keyOf(question));
        this.#release(connection);
      }
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const idle = this.#idle.splice(0);
    await Promise.all(idle.map(({ client }) => client.end().catch(() => undefined)));
  }

  async #ask(connection: Connection, question: LookUpQuestion): Promise<LookUpAnswer> {
    const { tableId, role, transactionIds, wanted, keys } = question;
    const name = await this.#functionFor(connection, question);
    if (name === null || keys.length === 0)
      return first(connection, 'audience', audienceSql, [tableId, role, transactionIds]);
    const places = keys.map((_, index) => `$${index + 7}`);
    const claims = await this.#claimsFor(connection, question);
    const answer = await first(
      connection,
      `${name} ${keys.length}`,
      `select * from pg_temp.${escapeIdentifier(name)}($1, $2, $3, $4, $5, $6, ${places.join(', ')})`,
      [transactionIds, ...claims, wanted, `${this.#limits.patienceMs} milliseconds`, ...keys],
    );
    if (answer.verdict === 'stale') connection.functions.delete(keyOf(question));
    return answer;
  }

  /** Claims and subjects, or the name that the session keeps them under: thousands of tokens are too much to send each time. */
  async #claimsFor({ client, lists }: Connection, { claims, subjects }: LookUpQuestion) {
    if (claims.length < longListBytes) return [claims, subjects, null];
    let name = lists.get(claims);
    lists.delete(claims);
    if (name === undefined) {
      const [oldest] = lists;
      name = lists.size < keptLists ? lists.size : (oldest?.[1] ?? 0);
      if (oldest && lists.size >= keptLists) lists.delete(oldest[0]);
      await client.query(
        `select set_config('realtime.claims_' || $1, $2, false), set_config('realtime.subjects_' || $1, $3, false)`,
        [name, claims, subjects],
      );
    }
    lists.set(claims, name);
    return [null, null, name];
  }

  async #functionFor(connection: Connection, question: LookUpQuestion): Promise<string | null> {
    const key = keyOf(question);
    const known = connection.functions.get(key);
    if (known !== undefined) return known;
    const { rows } = await connection.client.query<{ name: string | null }>(
      `select realtime.prepare_look_up($1, rolname) as name from pg_roles where rolname = $2`,
      [question.tableId, question.role],
    );
    const name = rows[0]?.name ?? null;
    connection.functions.set(key, name);
    return name;
  }

  async #acquire(): Promise<Connection> {
    const idle = this.#idle.pop();
    if (idle) return idle;
    if (this.#open < this.#limits.connections) return this.#connect();
    const handed = await new Promise<Connection | null>((resolve) => this.#waiting.push(resolve));
    return handed ?? this.#acquire();
  }

  async #connect(): Promise<Connection> {
    this.#open++;
    const { statementMs, lockMs } = this.#limits;
    const client = new Client({
      connectionString: this.#adminUrl,
      application_name: 'tandem_realtime_visibility',
      connectionTimeoutMillis: 5_000,
      statement_timeout: statementMs,
      lock_timeout: lockMs,
      options: '-c jit=off',
    });
    const connection = {
      client,
      lists: new Map<string, number>(),
      functions: new Map<string, string | null>(),
    };
    client.on('error', (error) => {
      this.#logger.debug(`a connection for look-ups ended: ${describe(error)}`);
      const place = this.#idle.indexOf(connection);
      if (place >= 0) this.#forget(this.#idle.splice(place, 1).length);
    });
    try {
      await client.connect();
    } catch (error) {
      this.#forget(1);
      throw error;
    }
    return connection;
  }

  #release(connection: Connection): void {
    if (this.#closed) void connection.client.end().catch(() => undefined);
    else {
      const next = this.#waiting.shift();
      if (next) next(connection);
      else this.#idle.push(connection);
    }
  }

  #discard(connection: Connection): void {
    void connection.client.end().catch(() => undefined);
    this.#forget(1);
  }

  /** Whoever waits for one of the lost connections opens a new one. */
  #forget(count: number): void {
    this.#open -= count;
    this.#waiting.shift()?.(null);
  }
}

const keyOf = ({ tableId, role }: LookUpQuestion) => `${tableId} ${role}`;

async function first(
  { client }: Connection,
  name: string,
  text: string,
  values: unknown[],
): Promise<LookUpAnswer> {
  const { rows } = await client.query<LookUpAnswer>({ name, text, values });
  const [answer] = rows;
  if (!answer) throw new Error('a look-up gave no answer');
  return answer;
}
