import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { patientFetch, reloadPage } from './reload-page';

let isReachable = true;
const reached = vi.fn(async () => {
  while (!isReachable) await new Promise((resolve) => setTimeout(resolve, 1_000));
});
vi.mock('./server-reachable', () => ({ untilServerReachable: () => reached() }));
vi.mock('$app/navigation', () => ({ invalidateAll: () => Promise.resolve() }));
vi.mock('$app/state', () => ({ navigating: { complete: null } }));

const OWN = 'https://crm.example/acme/customers/1/__data.json?x-sveltekit-invalidated=11';
const OTHER = 'https://crm.example/acme/pipeline/__data.json';

beforeEach(() => {
  vi.useFakeTimers();
  isReachable = true;
  vi.stubGlobal('location', new URL('https://crm.example/acme/customers/1'));
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A network that does these, one after the other, and then answers. */
function network(...fates: (() => Promise<Response>)[]) {
  const ask = vi.fn(async () => (await fates.shift()?.()) ?? Response.json({ type: 'data' }));
  return { ask, fetch: patientFetch(ask) };
}
const cut = () => Promise.reject(new TypeError('Failed to fetch'));
const brokenOff = () =>
  Promise.resolve(
    new Response(
      new ReadableStream({
        start: (stream) => stream.error(new TypeError('network error')),
      }),
    ),
  );
const restarting = () => Promise.resolve(new Response('', { status: 503 }));

describe('reading the data of the page again', () => {
  it('lasts until the server answers, however the network fails in between', async () => {
    const { ask, fetch } = network(cut, brokenOff, restarting);
    const read = vi.fn();
    const reloading = reloadPage(async () => read(await (await fetch(OWN)).json()));
    await vi.advanceTimersByTimeAsync(0);
    await reloading;
    expect(read).toHaveBeenCalledWith({ type: 'data' });
    expect(ask).toHaveBeenCalledTimes(4);
  });

  it('asks nothing while the server cannot be reached', async () => {
    const { ask, fetch } = network(cut);
    const done = vi.fn();
    void reloadPage(async () => {
      isReachable = false;
      done((await fetch(OWN)).status);
    });
    await vi.advanceTimersByTimeAsync(60_000);
    expect([ask.mock.calls.length, done.mock.calls.length]).toEqual([1, 0]);
    isReachable = true;
    await vi.advanceTimersByTimeAsync(1_000);
    expect(done).toHaveBeenCalledWith(200);
  });

  it('is told what the server refuses, at once', async () => {
    const { fetch } = network(() => Promise.resolve(Response.json('no', { status: 403 })));
    await reloadPage(async () => expect((await fetch(OWN)).status).toBe(403));
  });

  it('makes neither another page nor anything else wait', async () => {
    const { fetch } = network(cut, cut, cut);
    await reloadPage(async () => {
      await expect(fetch(OTHER)).rejects.toThrow('Failed to fetch');
      await expect(fetch('https://api.example/acme/customers/1/__data.json')).rejects.toThrow();
    });
    await expect(fetch(OWN), 'and nobody who reads it for the first time').rejects.toThrow();
  });
});
