import { createServer, type Server } from 'node:net';

/** A TCP port of loopback that nothing listens on right now. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  if (port === undefined) throw new Error('One port was asked for.');
  return port;
}

/** So many free ports, no two of them the same: none is given back before the last was found. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listen));
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === 'string')
      throw new Error('A TCP server has an address and a port.');
    return address.port;
  });
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** A free port for each listener of a stack. */
export async function freeStackPorts(): Promise<
  Record<'apiPort' | 'dbPort' | 'studioPort' | 'mailPort', number>
> {
  const [apiPort = 0, dbPort = 0, studioPort = 0, mailPort = 0] = await freePorts(4);
  return { apiPort, dbPort, studioPort, mailPort };
}

function listen(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}
