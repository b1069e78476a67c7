import type { Pool } from 'pg';

/** Most requests under way at a time, as hosted sends about 200 a second. */
const mostAtOnce = 50;
/** An answer beyond this is recorded as an error instead of being kept in the database. */
const longestAnswerBytes = 10 * 1024 * 1024;

interface QueuedRequest {
  id: string;
  method: string;
  url: string;
  headers: Record<string, unknown> | null;
  body: Buffer | null;
  timeout_milliseconds: number;
}

interface Outcome {
  status?: number;
  contentType?: string | null;
  headers?: Record<string, string>;
  content?: string;
  timedOut?: boolean;
  error?: string;
}

export interface RequestWorker {
  /** Looks into the queue soon. */
  wake(): void;
  /** Takes no more requests and resolves when those under way have been given up or answered. */
  stop(): Promise<void>;
}

/**
 * Sends what `net.http_*` queued. A request leaves the queue before it is sent, so it is sent at most once, and its
 * outcome lands in `net._http_response` whatever it is. Redirects are reported, not followed, as pg_net does.
 */
export function createRequestWorker(pool: Pool, log: (line: string) => void): RequestWorker {
  const underWay = new Set<Promise<void>>();
  const stopping = new AbortController();
  let claiming: Promise<void> | undefined;
  let wokenAgain = false;

  const perform = async (request: QueuedRequest): Promise<void> => {
    const outcome = await send(request, stopping.signal);
    await store(request.id, outcome, pool).catch((error: unknown) => {
      log(`the answer to HTTP request ${request.id} could not be stored: ${String(error)}`);
    });
  };

  const claim = async (): Promise<void> => {
    do {
      wokenAgain = false;
      const room = mostAtOnce - underWay.size;
      if (room <= 0 || stopping.signal.aborted) return;
      const { rows } = await pool.query<QueuedRequest>(
        `delete from net.http_request_queue
         where id in (select id from net.http_request_queue order by id limit $1 for update skip locked) returning *`,
        [room],
      );
      for (const request of rows) {
        const performed = perform(request).finally(() => {
          underWay.delete(performed);
          wake();
        });
        underWay.add(performed);
      }
      if (rows.length === room) wokenAgain = true;
    } while (wokenAgain);
  };

  const wake = (): void => {
    if (stopping.signal.aborted) return;
    if (claiming) {
      wokenAgain = true;
      return;
    }
    claiming = claim()
      .catch((error: unknown) => log(`HTTP requests wait, the queue cannot be read: ${String(error)}`))
      .finally(() => (claiming = undefined));
  };

  return {
    wake,
    stop: async () => {
      stopping.abort(new Error('the stack was stopped'));
      await claiming;
      await Promise.all(underWay);
    },
  };
}

async function send(request: QueuedRequest, stopped: AbortSignal): Promise<Outcome> {
  const started = performance.now();
  const timeout = AbortSignal.timeout(request.timeout_milliseconds);
  try {
    const headers = new Headers();
    for (const [name, value] of Object.entries(request.headers ?? {})) headers.set(name, String(value));
    const response = await fetch(request.url, {
      method: request.method,
      headers,
      redirect: 'manual',
      signal: AbortSignal.any([timeout, stopped]),
      ...(request.body && { body: new Uint8Array(request.body) }),
    });
    return {
      status: response.status,
      contentType: response.headers.get('content-type'),
      headers: Object.fromEntries(response.headers),
      content: await readText(response),
      timedOut: false,
    };
  } catch (error) {
    if (!timeout.aborted) return { timedOut: false, error: describe(error) };
    const spent = Math.round(performance.now() - started);
    return {
      timedOut: true,
      error: `Timeout of ${request.timeout_milliseconds} ms reached. Total time: ${spent} ms`,
    };
  }
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > longestAnswerBytes) throw new Error(`the answer is longer than ${longestAnswerBytes} bytes`);
    chunks.push(chunk);
  }
  // A text value in Postgres cannot hold a zero byte.
  return Buffer.concat(chunks).toString('utf8').replaceAll('\0', '\uFFFD');
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}

async function store(id: string, outcome: Outcome, pool: Pool): Promise<void> {
  await pool.query(
    `insert into net._http_response (id, status_code, content_type, headers, content, timed_out, error_msg)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      id,
      outcome.status ?? null,
      outcome.contentType ?? null,
      outcome.headers ? JSON.stringify(outcome.headers) : null,
      outcome.content ?? null,
      outcome.timedOut ?? null,
      outcome.error ?? null,
    ],
  );
}
