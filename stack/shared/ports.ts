import { createServer, type Server } from 'node:net';

/*
 * A free port is bound only a while after it was found, and until then nobody else may be given it. The operating system
 * hands out ports from 32768 upwards, to whoever asks for any and to every outgoing connection: the search stays below
 * those. Other processes that search as well are kept away by a block of ports for each. A process holds its block by
 * listening on the first port of it, so that the block is free again whichever way the process ends.
 */
const firstPort = 20_000;
const endPort = 32_000;
const blockSize = 100;

/** Of the block that this process holds. */
interface Block {
  readonly first: number;
  next: number;
}

let held: Promise<Block> | undefined;

/** A TCP port of loopback that nothing listens on right now. */
export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  if (port === undefined) throw new Error('One port was asked for.');
  return port;
}

/** So many free ports, no two of them the same; one that was given back before comes again only after all others. */
export async function freePorts(count: number): Promise<number[]> {
  const block = await (held ??= holdBlock());
  const ports: number[] = [];
  for (let tried = 1; ports.length < count; tried++) {
    if (tried === blockSize) throw new Error(`No port from ${block.first} on is free.`);
    const port = block.next;
    block.next = port + 1 < block.first + blockSize ? port + 1 : block.first + 1;
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

/** A free port for each listener of a stack. */
export async function freeStackPorts(): Promise<
  Record<'apiPort' | 'dbPort' | 'studioPort' | 'mailPort', number>
> {
  const [apiPort = 0, dbPort = 0, studioPort = 0, mailPort = 0] = await freePorts(4);
  return { apiPort, dbPort, studioPort, mailPort };
}

async function holdBlock(): Promise<Block> {
  const blocks = (endPort - firstPort) / blockSize;
  for (let tried = 0; tried < blocks; tried++) {
    const first = firstPort + ((process.pid + tried) % blocks) * blockSize;
    const server = await listen(first);
    // Held to the end of the process, which it does not put off.
    if (server?.unref()) return { first, next: first + 1 };
  }
  throw new Error(`Every block of ports from ${firstPort} to ${endPort - 1} is held.`);
}

async function isFree(port: number): Promise<boolean> {
  const server = await listen(port);
  if (server) await new Promise((resolve) => server.close(resolve));
  return server !== undefined;
}

/** Undefined when somebody else listens there. */
function listen(port: number): Promise<Server | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
