import { build, files, version } from '$service-worker';
import { assetCacheName, outdatedCaches } from '$lib/data/kept/asset-caches';

/** An empty page that starts the app at whatever address it is shown for. */
const SHELL = '/auth/shell';
/** Pages being loaded meanwhile come first. */
const AT_ONCE = 4;
const assets = new Set([...build, ...files]);

export const isAsset = (path: string): boolean => assets.has(path) || path.startsWith('/_app/immutable/');

const openCache = () => caches.open(assetCacheName(version));

/** Fetches every file of this build that is not here from the one before. */
export async function precache(): Promise<void> {
  const cache = await openCache();
  const waiting = [...assets];
  const work = async () => {
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      const isImmutable = path.includes('/immutable/');
      const known = isImmutable && (await caches.match(path));
      if (known) await cache.put(path, known);
      else await cache.add(new Request(path, { cache: isImmutable ? 'default' : 'no-cache' }));
    }
  };
  await Promise.all([...Array.from({ length: AT_ONCE }, work), cache.add(SHELL)]);
}

export async function removeOldAssets(): Promise<void> {
  const names = outdatedCaches(await caches.keys(), version);
  await Promise.all(names.map((name) => caches.delete(name)));
}

/** A file of this build, or of an earlier one that an open page still uses. */
export async function assetFor(request: Request): Promise<Response> {
  const cache = await openCache();
  const found = (await cache.match(request.url)) ?? (await caches.match(request.url));
  return found ?? fetch(request);
}

/** The empty page in the language last used. */
export async function shell(): Promise<Response | undefined> {
  const cache = await openCache();
  return cache.match(SHELL, { ignoreSearch: true });
}

/** Fetches the empty page again when the language has changed. */
export async function keepShell(language: string): Promise<void> {
  const cache = await openCache();
  const address = `${SHELL}?language=${encodeURIComponent(language)}`;
  if (await cache.match(address)) return;
  const page = await fetch(address);
  if (!page.ok) return;
  await cache.delete(SHELL, { ignoreSearch: true });
  await cache.put(address, page);
}
