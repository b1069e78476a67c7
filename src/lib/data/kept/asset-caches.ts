/** Caches of the app's files, one for each build. A build's name is the time it was made. */
const PREFIX = 'tandem-files-';
/** This build, and the one that pages still open may have been loaded with. */
const KEPT_BUILDS = 2;

export const assetCacheName = (build: string): string => PREFIX + build;

/**
 * The caches that are no longer needed.
 *
 * @param names all caches of this origin
 */
export function outdatedCaches(names: readonly string[], build: string): string[] {
  const others = names.filter((name) => name.startsWith(PREFIX) && name !== assetCacheName(build));
  const newestFirst = others.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  return newestFirst.slice(KEPT_BUILDS - 1);
}
