/**
 * Which modules share a file. Every page needs the layouts around it anyway, so all they need comes in one file a layout
 * instead of sixty of a few hundred bytes each: fewer requests, less said twice (each carries its own headers), and a
 * `Link` header that proxies accept. What only pages need stays with the bundler, but for the two that people are on all
 * day; what is imported when it is first wanted (`import()`) is never drawn in.
 */
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Rolldown } from 'vite';

type Context = Parameters<Rolldown.CodeSplittingNameFunction>[1];

const routes = 'src/routes';
/** From the outside in: a module belongs to the outermost layout that needs it. */
const layouts = [
  { name: 'base', roots: ['src/hooks.client.ts', `${routes}/+layout.svelte`, `${routes}/+error.svelte`] },
  { name: 'app', roots: [`${routes}/(app)/+layout.svelte`] },
  { name: 'shell', roots: [`${routes}/(app)/[org]/+layout.svelte`, `${routes}/(app)/[org]/+error.svelte`] },
];
const board = `${routes}/(app)/[org]/pipeline/+page.svelte`;
const record = `${routes}/(app)/[org]/customers/[id]/+page.svelte`;

const packages = [
  { name: 'base', test: /node_modules\/(svelte|clsx|esm-env|devalue|@sveltejs\/kit)\/|preload-helper/ },
  { name: 'icons', test: /@lucide\/svelte/ },
  { name: 'app', test: /node_modules\/(@supabase|@tanstack|svelte-sonner\/dist\/toast-state)/ },
];

const messageFile = (name: string): string => resolve(`src/lib/paraglide/messages/${name}.js`);

/** The modules that one needs at once. Messages go through one file that knows them all; only those named count. */
function neededBy(id: string, context: Context): string[] {
  const info = context.getModuleInfo(id);
  if (info === null) return [];
  const messages = [...(info.code ?? '').matchAll(/\bm\.(\w+)/g)].map(([, name = '']) => messageFile(name));
  return [...info.importedIds.filter((imported) => !imported.includes('/paraglide/messages')), ...messages];
}

/** Packages name everything they have in one file; what of it is used is for the bundler to find out. */
const isOurs = (id: string): boolean => id.startsWith(resolve('src'));

function reachedFrom(roots: readonly string[], context: Context): Set<string> {
  const reached = new Set<string>();
  const open = roots.map((root) => resolve(root));
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (reached.has(id) || !isOurs(id)) continue;
    reached.add(id);
    open.push(...neededBy(id, context));
  }
  return reached;
}

/** Signing in and all else before the app; none of it should load the app for a button. */
function outsidePages(): string[] {
  const folder = `${routes}/(auth)`;
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files.filter((file) => /\+(page|layout)\.svelte$/.test(file)).map((file) => join(folder, file));
}

function assign(context: Context): Map<string, string> {
  const assigned = new Map<string, string>();
  const add = (ids: Iterable<string>, nameOf: (id: string) => string): void => {
    for (const id of ids) if (!assigned.has(id)) assigned.set(id, nameOf(id));
  };
  const outside = reachedFrom(outsidePages(), context);
  for (const { name, roots } of layouts) {
    const shared = name === 'base' ? name : 'components';
    add(reachedFrom(roots, context), (id) => (outside.has(id) ? shared : name));
  }
  const onRecord = reachedFrom([record], context);
  add(reachedFrom([board], context), (id) =>
    outside.has(id) ? 'components' : onRecord.has(id) ? 'customers' : 'board',
  );
  return assigned;
}

let assigned: Map<string, string> | undefined;

function fileOf(id: string, context: Context): string | undefined {
  assigned ??= assign(context);
  return assigned.get(id) ?? packages.find(({ test }) => test.test(id))?.name;
}

/** A group takes along what its modules need, so those that others build on are filled first. */
export const chunkGroups: Rolldown.CodeSplittingGroup[] = [
  'base',
  'icons',
  'components',
  'app',
  'shell',
  'customers',
  'board',
].map((name, index, { length }) => ({
  debugName: name,
  name: (id, context) => (fileOf(id, context) === name ? name : null),
  priority: length - index,
}));
