import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it, vi } from 'vitest';
import { freePort, freePorts } from './ports.ts';

it('gives different ports, also to those who ask at the same time', async () => {
  const ports = (await Promise.all([freePorts(5), freePorts(5), freePort()])).flat();
  expect(new Set(ports).size).toBe(11);
});

it('gives ports below those that the system itself hands out', async () => {
  for (const port of await freePorts(3)) {
    expect(port).toBeGreaterThan(20_000);
    expect(port).toBeLessThan(32_000);
  }
});

it('passes over a port that somebody listens on, also when it begins anew', async () => {
  const taken = await freePort();
  const server = createServer().listen(taken, '127.0.0.1');
  await once(server, 'listening');
  expect(await freePorts(95)).not.toContain(taken);
  expect(await freePorts(95)).not.toContain(taken);
  server.close();
});

it('gives no port to one process that another one may give as well', async () => {
  const [own] = await freePorts(1);
  // The module over again is to the first what another process is.
  vi.resetModules();
  const other = await import('./ports.ts');
  const theirs = await other.freePorts(95);
  const ours = await freePorts(95);
  expect(ours.filter((port) => theirs.includes(port))).toEqual([]);
  expect(theirs).not.toContain(own);
});
