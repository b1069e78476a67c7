/** One signed-in socket of `live.bench.ts`: it keeps the board by what it hears and, after it was gone, by what it asks. */
import { createHash } from 'node:crypto';
import { WebSocket, type RawData } from 'ws';

/** What everything takes to reach the stack, and who asks. */
export interface Access {
  readonly url: string;
  readonly key: string;
  readonly token: string;
  readonly orgId: string;
}

/** What a board shows of a card. */
interface Card {
  readonly id: string;
  readonly version: number;
  readonly status: string;
  readonly board_rank: string;
  readonly phase: string | null;
}

/** One announcement, read once for all sockets of this process: they all get the same bytes. */
interface Heard {
  readonly cursor: string;
  readonly version: number;
  readonly card: Card;
}
const read = new Map<string, Heard | null>();

const heartbeat = JSON.stringify([null, 'beat', 'phoenix', 'heartbeat', {}]);

export class LiveClient {
  readonly #access: Access;
  readonly #onHeard: (cursor: string) => void;
  readonly #cards = new Map<string, Card>();
  #cursor: string | null = null;
  #socket: WebSocket | null = null;
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(access: Access, onHeard: (cursor: string) => void) {
    this.#access = access;
    this.#onHeard = onHeard;
  }

  /** Joins first, then asks: what happens in between comes by both ways. */
  async connect(): Promise<void> {
    const { url, key, token, orgId } = this.#access;
    const socket = new WebSocket(
      `${url.replace('http', 'ws')}/realtime/v1/websocket?vsn=2.0.0&apikey=${key}`,
      {
        perMessageDeflate: false,
      },
    );
    this.#socket = socket;
    await new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject));
    socket.on('error', () => undefined);
    for (const topic of [`realtime:org:${orgId}:customers`, `realtime:board:${orgId}:pipeline`]) {
      await join(socket, topic, token);
    }
    socket.on('message', (data: RawData, isBinary: boolean) => {
      if (isBinary && Buffer.isBuffer(data)) this.#hear(data);
    });
    // As the official client: the server hangs up on whoever says nothing for a minute.
    this.#heartbeat = setInterval(() => socket.send(heartbeat), 25_000);
    await this.#catchUp();
  }

  /** As when the network goes: without a word. */
  drop(): void {
    clearInterval(this.#heartbeat);
    this.#socket?.removeAllListeners('message').terminate();
    this.#socket = null;
  }

  /** The same for two clients, or a client and the database, exactly when they show the same board. */
  get fingerprint(): string {
    return fingerprint([...this.#cards.values()]);
  }

  #hear(data: Buffer): void {
    const text = data.toString('latin1', 0, 700);
    const cursor = /"cursor": ?"([^"]+)"/.exec(text)?.[1];
    if (cursor === undefined) return;
    let heard = read.get(cursor);
    if (heard === undefined) read.set(cursor, (heard = parse(data)));
    if (heard) {
      this.#apply(heard.card);
      this.#onHeard(cursor);
    }
  }

  #apply(card: Card): void {
    if ((this.#cards.get(card.id)?.version ?? 0) < card.version) this.#cards.set(card.id, card);
  }

  async #catchUp(): Promise<void> {
    const isFirst = this.#cursor === null;
    for (let more = true; more;) {
      const page = await this.#post<{
        changes: { table: string; id: string; version: number }[];
        cursor: string;
        more: boolean;
      }>('rpc/changes_since', { org_id: this.#access.orgId, cursor: this.#cursor });
      ({ cursor: this.#cursor, more } = page);
      const unknown = page.changes.filter(
        ({ table, id, version }) => table === 'customers' && (this.#cards.get(id)?.version ?? 0) < version,
      );
      if (!isFirst && unknown.length > 0)
        await this.#fetch(`&id=in.(${unknown.map(({ id }) => id).join(',')})`);
    }
    if (isFirst) await this.#fetch('');
  }

  async #fetch(filter: string): Promise<void> {
    const columns = 'id,version,status,board_rank,phase';
    for (const card of await this.#get<Card[]>(
      `customers?select=${columns}&org_id=eq.${this.#access.orgId}${filter}`,
    )) {
      this.#apply(card);
    }
  }

  #get<Answer>(path: string): Promise<Answer> {
    return this.#request<Answer>(path, {});
  }

  #post<Answer>(path: string, body: unknown): Promise<Answer> {
    return this.#request<Answer>(path, { method: 'POST', body: JSON.stringify(body) });
  }

  async #request<Answer>(path: string, options: RequestInit): Promise<Answer> {
    const { url, key, token } = this.#access;
    const answer = await fetch(`${url}/rest/v1/${path}`, {
      ...options,
      headers: { apikey: key, authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    });
    if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}: ${await answer.text()}`);
    return answer.json() as Promise<Answer>;
  }
}

export function fingerprint(cards: readonly Card[]): string {
  const lines = cards.map(({ id, version, status, board_rank, phase }) =>
    [status, board_rank, id, version, phase].join(' '),
  );
  return createHash('sha256').update(lines.toSorted().join('\n')).digest('hex');
}

/** A frame of kind 4: five bytes of lengths, then topic, event, metadata and the payload. */
function parse(data: Buffer): Heard | null {
  const start = 5 + (data[1] ?? 0) + (data[2] ?? 0) + (data[3] ?? 0);
  const { cursor, version, table, record } = JSON.parse(data.toString('utf8', start)) as {
    cursor: string;
    version: number;
    table: string;
    record?: Card;
  };
  return table === 'customers' && record ? { cursor, version, card: record } : null;
}

/** Joins a private channel and waits for the answer. */
async function join(socket: WebSocket, topic: string, token: string): Promise<void> {
  const answered = new Promise<void>((resolve, reject) => {
    const onMessage = (data: RawData, isBinary: boolean) => {
      if (isBinary || !Buffer.isBuffer(data)) return;
      const [, , answeredTopic, event, answer]: unknown[] = JSON.parse(data.toString());
      if (answeredTopic !== topic || event !== 'phx_reply') return;
      socket.off('message', onMessage);
      if (JSON.stringify(answer).includes('"ok"')) resolve();
      else reject(new Error(`The join was refused: ${JSON.stringify(answer)}`));
    };
    socket.on('message', onMessage);
    socket.once('close', () => reject(new Error('The socket was closed while it joined.')));
  });
  socket.send(
    JSON.stringify(['1', topic, topic, 'phx_join', { config: { private: true }, access_token: token }]),
  );
  await answered;
}
