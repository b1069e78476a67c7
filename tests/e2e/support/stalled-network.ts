import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A network that brings pages up to their last bytes and styles whole, and everything else once it is told to. */
interface StalledNetwork {
  /** The app as it is reached through this network. */
  origin: string;
  /** Brings what has been held back; from now on nothing is. */
  goOn: () => void;
  [Symbol.asyncDispose]: () => Promise<void>;
}

/** Bytes of a page that are held back: its scripts begin in them, all that one sees stands before. */
const TAIL = 64;

/**
 * Opens a server that hands on to the app and stalls on the way. Slowing down the browser instead, as its own tools can,
 * leaves to chance how much of a page has come when it is looked at.
 */
export async function stalledNetwork(app: string): Promise<StalledNetwork> {
  let goOn = (): void => {};
  const moving = new Promise<void>((resolve) => (goOn = resolve));

  async function handOn(answer: IncomingMessage, response: ServerResponse): Promise<void> {
    response.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    const type = answer.headers['content-type'] ?? '';
    if (type.startsWith('text/html')) {
      const page = Buffer.concat(await answer.toArray());
      response.write(page.subarray(0, -TAIL));
      await moving;
      response.end(page.subarray(-TAIL));
      return;
    }
    if (!type.startsWith('text/css')) await moving;
    answer.pipe(response);
  }

  const server = createServer((asked, response) => {
    const { 'accept-encoding': _, ...headers } = asked.headers; // a page that is packed cannot be cut where one wants
    const onward = request(new URL(asked.url ?? '/', app), { method: asked.method, headers }, (answer) => {
      void handOn(answer, response);
    });
    onward.on('error', () => response.destroy());
    asked.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    goOn,
    [Symbol.asyncDispose]: async () => {
      goOn();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
