/** What a page loads as JavaScript. */
import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';

export interface LoadedScript {
  /** The name its file has in the build, where that can be found. */
  name: string;
  /** Bytes on the wire: compressed, headers included. */
  wire: number;
  unpacked: number;
}

/** Every script that `visit` loads, the biggest first. Begin on a page that has loaded none. */
export async function scriptsLoaded(page: Page, visit: () => Promise<unknown>): Promise<LoadedScript[]> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Network.enable');
  const scripts = new Map<string, LoadedScript>();
  const names = await chunkNames();
  devtools.on('Network.responseReceived', ({ requestId, response }) => {
    if (!response.mimeType.includes('javascript')) return;
    const file = new URL(response.url).pathname.slice(1);
    scripts.set(requestId, { name: names.get(file) ?? file, wire: 0, unpacked: 0 });
  });
  devtools.on('Network.dataReceived', ({ requestId, dataLength }) => {
    const script = scripts.get(requestId);
    if (script) script.unpacked += dataLength;
  });
  devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const script = scripts.get(requestId);
    if (script) script.wire = encodedDataLength;
  });
  await visit();
  await devtools.detach();
  return [...scripts.values()].sort((a, b) => b.wire - a.wire);
}

/** The files on the server are called by their content; the build's own list knows what is in them. */
async function chunkNames(): Promise<Map<string, string>> {
  const list = await readFile('.svelte-kit/output/client/.vite/manifest.json', 'utf8').catch(() => '{}');
  const chunks: Record<string, { file: string; name?: string }> = JSON.parse(list);
  return new Map(Object.values(chunks).map(({ file, name }) => [file, name ?? file]));
}
