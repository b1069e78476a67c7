import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FieldValue } from '$lib/domain/patch';
import { itemsOf, type Edit } from './edit';
import type { Entry } from './entry';
import type { Outbox, Outcome } from './outbox.svelte';
import { Browser, bulk, fields, patch, World, type Field } from './outbox-world';

const fate = fc.constantFrom('ok' as const, 'request lost' as const, 'answer lost' as const);
const happening = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant('edit' as const),
      tab: fc.nat(1),
      records: fc.constantFrom(['a'], ['b'], ['b', 'a']),
      field: fc.constantFrom(...fields),
      isForbidden: fc.integer({ max: 9, min: 0 }).map((n) => n === 0),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constant('colleague' as const),
      record: fc.constantFrom('a', 'b'),
      field: fc.constantFrom(...fields),
    }),
  },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('flush' as const), tab: fc.nat(1) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('reload' as const) }) },
);

describe('any sequence of edits, failures, reloads and colleagues', () => {
  it('ends with each edit done once, or shown', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(happening, { maxLength: 25 }),
        fc.array(fate, { maxLength: 40 }),
        async (happenings, fates) => {
          const world = new World();
          const browser = new Browser(world);
          world.network = [...fates];
          const made: Edit[] = [];
          const told = new Set<string>();
          let count = 0;
          for (const happening of happenings) {
            if (happening.what === 'reload') await browser.reload();
            else if (happening.what === 'flush') await browser.tabs[happening.tab]?.flush();
            else if (happening.what === 'colleague') {
              world.isCalm = false;
              world.write(happening.record, happening.field, `theirs ${++count}`);
            } else {
              const { records, field } = happening;
              const value = `mine ${++count}`;
              if (happening.isForbidden) {
                world.forbidden.add(value);
                world.isCalm = false;
              }
              const tab = browser.tabs[happening.tab];
              // Tabs tell each other; this one has heard.
              await tab?.reload();
              const patches = records.map((record) =>
                patch(String(count), record, field, value, shown(tab, world, record, field)),
              );
              const edit = asOne(patches);
              made.push(edit);
              const outcome: Outcome | undefined = await tab?.perform(edit);
              if (outcome?.kind === 'refused' || hasLeftovers(outcome)) told.add(edit.id);
              await tab?.settled();
            }
          }
          world.network = [];
          await browser.reload();
          await browser.tabs[0]?.flush();
          await browser.tabs[0]?.settled();
          const entries = browser.tabs[0]?.entries ?? [];
          if (world.isCalm) expectAllInOrder(world, made, entries);
          expect(entries.filter(({ state }) => state === 'waiting' || state === 'sending')).toEqual([]);
          const open = entries.flatMap(({ edit }) => valuesOf(edit));
          for (const [index, edit] of made.entries()) {
            for (const { key, value } of valuesOf(edit)) {
              const times = (world.history.get(key) ?? []).filter((one) => one === value).length;
              expect(times).toBeLessThanOrEqual(1);
              const isShown = open.some((one) => one.key === key && one.value === value);
              // Of two questions about one field the later one is asked.
              const isLater = made
                .slice(index + 1)
                .some((other) => valuesOf(other).some((one) => one.key === key));
              expect(times === 1 || told.has(edit.id) || isShown || isLater).toBe(true);
            }
          }
        },
      ),
    );
  });
});

/** Without colleagues and without refusals there is nothing to ask, and nothing is out of order. */
function expectAllInOrder(world: World, made: readonly Edit[], entries: readonly Entry[]): void {
  expect(entries).toEqual([]);
  const wanted = new Map<string, FieldValue[]>();
  for (const edit of made) {
    for (const { key, value } of valuesOf(edit)) wanted.set(key, [...(wanted.get(key) ?? []), value]);
  }
  expect(world.history).toEqual(wanted);
}

/** Several patches as one edit; one stays what it is. */
function asOne(patches: readonly Edit[]): Edit {
  const [first, second] = patches;
  if (!first) throw new Error('An edit has a record.');
  return second ? { ...bulk(first.id, []), items: patches.flatMap(itemsOf) } : first;
}

function hasLeftovers(outcome: Outcome | undefined): boolean {
  const results = outcome?.kind === 'done' ? (outcome.results ?? []) : [];
  return results.some(({ outcome }) => outcome === 'conflict' || outcome === 'refused');
}

/** What an edit writes, field by field of each record. */
const valuesOf = (edit: Edit): { key: string; value: FieldValue }[] =>
  itemsOf(edit).flatMap((item) =>
    item.kind === 'patch'
      ? Object.entries(item.changes).map(([field, value]) => ({ key: `${item.recordId}.${field}`, value }))
      : [],
  );

/** What the person sees in the field: their own edits under way over what is stored. */
function shown(tab: Outbox | undefined, world: World, record: string, field: Field): string {
  const key = `${record}.${field}`;
  const value = tab?.entries
    .filter(({ state }) => state === 'waiting')
    .flatMap(({ edit }) => valuesOf(edit))
    .findLast((one) => one.key === key)?.value;
  return typeof value === 'string' ? value : (world.rows.get(record)?.[field] ?? '');
}
