import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { StackError } from './stack-error.ts';

export interface HttpHandlers {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  handleUpgrade?(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

export interface ListenOptions extends HttpHandlers {
  /** What listens, for the message when the port is taken. */
  name: string;
  host: string;
  port: number;
  /** The flag that chooses another port. */
  flag: string;
}

export interface HttpListener {
  server: Server;
  /** Ends all connections and stops listening. */
  close(): Promise<void>;
}

/**
 * Listens for HTTP and WebSocket requests.
 *
 * @throws StackError when the port is taken or the address is not one of this machine.
 */
export async function listen(options: ListenOptions): Promise<HttpListener> {
  const server = createServer({ requestTimeout: 300_000, headersTimeout: 20_000, keepAliveTimeout: 60_000 });
  server.on('request', (request, response) => {
    options.handle(request, response).catch(() => response.destroy());
  });
  // A server forgets a connection once it is upgraded, yet does not count as closed before it has ended.
  const upgraded = new Set<Duplex>();
  server.on('upgrade', (request, socket, head) => {
    upgraded.add(socket);
    socket.on('close', () => upgraded.delete(socket));
    socket.on('error', () => socket.destroy());
    if (options.handleUpgrade) options.handleUpgrade(request, socket, head);
    else socket.destroy();
  });
  server.on('clientError', (error, socket) => {
    const tooLarge = 'code' in error && error.code === 'HPE_HEADER_OVERFLOW';
    const status = tooLarge ? '431 Request Header Fields Too Large' : '400 Bad Request';
    if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    else socket.destroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenFailure(error, options)));
    server.listen(options.port, options.host, resolve);
  });
  return {
    server,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        for (const socket of upgraded) socket.destroy();
      }),
  };
}

/**
 * Makes sure early on that a port can be listened on, before anything else is started for nothing.
 *
 * @throws StackError when it cannot.
 */
export async function requirePort(
  options: Pick<ListenOptions, 'name' | 'host' | 'port' | 'flag'>,
): Promise<void> {
  const listener = await listen({ ...options, handle: async () => undefined });
  await listener.close();
}

function listenFailure(error: Error, { name, host, port, flag }: ListenOptions): Error {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return new StackError(
      `Port ${port} is taken, so ${name} cannot listen: stop what uses it or choose another with ${flag}.`,
    );
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new StackError(`${host} is not an address of this machine: choose another with --host.`);
  }
  if (code === 'EACCES')
    return new StackError(`Port ${port} needs more rights: choose another with ${flag}.`);
  return error;
}
