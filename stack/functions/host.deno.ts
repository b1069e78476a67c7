/**
 * Runs one edge function inside a Deno process of its own, in the manner of Supabase's edge runtime: the module either
 * calls `Deno.serve` or exports a default with `fetch`. Started by function-process.ts, which is the only one who may
 * talk to it: a secret, given on standard input, must come with every request. The process ends with its parent.
 */

type Handler = (request: Request, info?: unknown) => Response | Promise<Response>;

const secretHeader = 'x-function-secret';
const nativeServe = Deno.serve;
const nativeExit = Deno.exit;

const entrypoint = Deno.args[0];
const secret = await readSecret();
const backgroundTasks = new Set<Promise<unknown>>();
let handler: Handler | undefined;

/** Standard input carries the secret in its first line and then stays open for as long as the parent lives. */
async function readSecret(): Promise<string> {
  const reader = Deno.stdin.readable.pipeThrough(new TextDecoderStream()).getReader();
  let received = '';
  while (!received.includes('\n')) {
    const { value, done } = await reader.read();
    if (done) nativeExit(0);
    received += value;
  }
  (async () => {
    while (!(await reader.read()).done);
    nativeExit(0);
  })();
  return received.trim();
}

function installRuntime(): void {
  Object.defineProperty(globalThis, 'EdgeRuntime', {
    value: {
      waitUntil<T>(task: Promise<T>): Promise<T> {
        const tracked = Promise.resolve(task)
          .catch((error) => console.error('background task failed:', error))
          .finally(() => backgroundTasks.delete(tracked));
        backgroundTasks.add(tracked);
        return task;
      },
    },
  });

  // The port a function asks for is ignored, as hosted: its handler is all that counts.
  const capture = (first: unknown, second?: unknown) => {
    const options =
      typeof first === 'object' && first !== null ? (first as { handler?: Handler; fetch?: Handler }) : {};
    const given = [first, second, options.handler, options.fetch].find(
      (value) => typeof value === 'function',
    );
    if (!given) throw new TypeError('Deno.serve was called without a handler');
    handler = given as Handler;
    const never = new Promise<void>(() => undefined);
    return {
      addr: { transport: 'tcp', hostname: '0.0.0.0', port: 9999 },
      finished: never,
      shutdown: () => Promise.resolve(),
      ref: () => undefined,
      unref: () => undefined,
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  };
  Object.defineProperty(Deno, 'serve', { value: capture });
}

function status(): Response {
  return Response.json({ tasks: backgroundTasks.size, memory: Deno.memoryUsage().rss });
}

async function answer(request: Request, info: unknown): Promise<Response> {
  if (request.headers.get(secretHeader) !== secret) return new Response(null, { status: 403 });
  if (new URL(request.url).pathname === '/_host/status') return status();
  const headers = new Headers(request.headers);
  headers.delete(secretHeader);
  try {
    const response = await handler!(new Request(request, { headers }), info);
    if (!(response instanceof Response)) throw new TypeError('the handler returned no Response');
    return response;
  } catch (error) {
    console.error(error);
    return new Response(null, { status: 500, headers: { 'x-function-failed': secret } });
  }
}

installRuntime();
try {
  const module = await import(entrypoint);
  const exported = module.default?.fetch;
  if (!handler && typeof exported === 'function') handler = exported.bind(module.default);
  if (!handler) throw new Error('the function neither calls Deno.serve nor exports a default with fetch');
} catch (error) {
  console.error(error);
  nativeExit(70);
}

nativeServe(
  {
    hostname: '127.0.0.1',
    port: 0,
    onListen: ({ port }) => Deno.stdout.writeSync(new TextEncoder().encode(`${secret} ${port}\n`)),
  },
  answer,
);
