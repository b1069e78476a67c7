import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../shared/ports.ts';
import { type AppServer, startApp } from './app-server.ts';

let folder: string;
let app: AppServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tandem-app-'));
  const handlerFile = join(folder, 'handler.mjs');
  await writeFile(
    handlerFile,
    `export const handler = (request, response) => response.end(request.headers['x-tandem-protocol']);`,
  );
  const gateway = {
    serves: () => false,
    handle: () => Promise.resolve(),
    handleUpgrade: () => undefined,
    clientAddress: () => '127.0.0.1',
  };
  app = await startApp({ host: '127.0.0.1', port: await freePort(), gateway, handlerFile });
});
afterAll(async () => {
  await app.close();
  await rm(folder, { recursive: true, force: true });
});

function get(headers: Record<string, string>): Promise<{ status: number | undefined; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(app.url, { headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode, body }));
    });
    asked.on('error', reject).end();
  });
}

it('says itself by which protocol it was reached, whatever the request claims', async () => {
  expect(await get({ 'x-tandem-protocol': 'https' })).toEqual({ status: 200, body: 'http' });
});

it('answers on loopback to the names of loopback only', async () => {
  const { port } = new URL(app.url);
  for (const host of ['localhost', '127.0.0.1', '[::1]', 'tandem.localhost'])
    expect((await get({ host: `${host}:${port}` })).status).toBe(200);
  for (const host of ['evil.example', '127.0.0.1.evil.example', '10.0.0.1'])
    expect((await get({ host: `${host}:${port}` })).status).toBe(421);
});
