import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { AppError } from '$lib/supabase/errors';
import { pageTurns, type Turns } from './alone';
import type { FieldValue } from '$lib/domain/patch';
import { itemsOf, type BulkItem, type Edit } from './edit';
import type { Entry } from './entry';
import { lazyStore } from './lazy-store';
import { Outbox, type Outcome } from './outbox.svelte';
import { memoryStore } from './outbox-store';
import type { Answer, ItemResult } from './send';

const unreachable = () => new AppError({ kind: 'network', code: 'unreachable', retryable: true });
const fields = ['phone', 'phase'] as const;
type Field = (typeof fields)[number];

/** A database of two customers, behind a network that loses what it is told to lose. */
class World {
  readonly rows = new Map<string, Record<Field, string>>();
  /** Every value that a field has taken, in order. */
  readonly history = new Map<string, string[]>();
  network: ('ok' | 'request lost' | 'answer lost')[] = [];
  /** Values that the rules do not allow. */
  readonly forbidden = new Set<string>();
  isCalm = true;

  constructor() {
    for (const id of ['a', 'b']) this.rows.set(id, { phone: 'first', phase: 'first' });
  }

  write(id: string, field: Field, value: string): void {
    const row = this.rows.get(id);
    if (row) row[field] = value;
    const key = `${id}.${field}`;
    this.history.set(key, [...(this.history.get(key) ?? []), value]);
  }

  /** As `patch_record` does, and `bulk_edit` for each of many. */
  readonly send = async (edit: Edit): Promise<Answer> => {
    const fate = this.network.shift() ?? 'ok';
    await Promise.resolve();
    if (fate === 'request lost') throw unreachable();
    const answer = edit.kind === 'bulk' ? this.#each(edit.items) : this.#patch(edit);
    if (fate === 'answer lost') throw unreachable();
    return answer;
  };

  #each(items: readonly BulkItem[]): Answer {
    const results = items.map((item): ItemResult => {
      try {
        const { applied, conflicts } = this.#patch(item);
        return {
          item,
          outcome: conflicts.length > 0 ? 'conflict' : 'changed',
          applied,
          conflicts,
          problem: null,
        };
      } catch {
        return { item, outcome: 'refused', applied: null, conflicts: [], problem: 'invalid_value' };
      }
    });
    return { applied: null, conflicts: [], record: null, results };
  }

  #patch(edit: Edit | BulkItem): Answer {
    const row = this.rows.get(edit.recordId);
    if (edit.kind !== 'patch' || !row) throw new AppError({ kind: 'not_found', code: 'not_found' });
    const answer = { applied: [] as string[], conflicts: [] as Answer['conflicts'][number][], record: null };
    for (const field of fields) {
      const yours = edit.changes[field];
      if (typeof yours !== 'string' || yours === row[field]) continue;
      if (this.forbidden.has(yours)) throw new AppError({ kind: 'invalid', code: 'invalid_value', field });
      if (edit.seen[field] === row[field]) {
        this.write(edit.recordId, field, yours);
        answer.applied.push(field);
      } else {
        answer.conflicts.push({ field, yours, theirs: row[field], by: null, at: null });
      }
    }
    return answer;
  }
}

/** A browser: what it keeps, and the tabs it has open. */
class Browser {
  readonly #kept = new Map<string, string>();
  readonly #world: World;
  #turns: Turns = pageTurns();
  tabs: Outbox[];

  constructor(world: World) {
    this.#world = world;
    this.tabs = [this.#open(), this.#open()];
  }

  #open(): Outbox {
    const store = memoryStore(this.#kept);
    return new Outbox({ name: 'test', store, turns: this.#turns, send: (edit) => this.#world.send(edit) });
  }

  /** Every page ends where it is, whatever it has under way; nothing of it is heard any more. */
  async reload(): Promise<void> {
    for (const tab of this.tabs) tab.close();
    this.#turns = pageTurns();
    this.tabs = [this.#open(), this.#open()];
    for (const tab of this.tabs) await tab.reload();
  }
}

const patch = (id: string, recordId: string, field: Field, value: string, seen: string): Edit => ({
  kind: 'patch',
  id,
  orgId: 'org',
  table: 'customers',
  recordId,
  title: recordId,
  at: '2026-11-21T10:00:00Z',
  changes: { [field]: value },
  seen: { [field]: seen },
});

describe('edits that wait for the server', () => {
  it('are kept over a reload and sent in their order, each once', async () => {
    const world = new World();
    const browser = new Browser(world);
    world.network = ['request lost', 'request lost', 'request lost', 'request lost'];
    const [tab] = browser.tabs;
    expect((await tab?.perform(patch('1', 'a', 'phone', 'second', 'first')))?.kind).toBe('waiting');
    await tab?.perform(patch('2', 'a', 'phone', 'third', 'second'));
    await tab?.settled();
    world.network = [];
    await browser.reload();
    expect(browser.tabs[0]?.entries.map(({ edit, state }) => [edit.id, state])).toEqual([
      ['1', 'waiting'],
      ['2', 'waiting'],
    ]);
    await Promise.all(browser.tabs.map((one) => one.flush()));
    expect(world.history.get('a.phone')).toEqual(['second', 'third']);
    expect(browser.tabs[0]?.entries).toEqual([]);
  });

  it('are not done twice when only the answer was lost', async () => {
    const world = new World();
    const [tab] = new Browser(world).tabs;
    world.network = ['answer lost'];
    await tab?.perform(patch('1', 'a', 'phone', 'second', 'first'));
    await tab?.flush();
    expect(world.history.get('a.phone')).toEqual(['second']);
    expect(tab?.entries).toEqual([]);
  });

  it('become a choice where somebody else was there, and are shown where they are refused', async () => {
    const world = new World();
    const [tab] = new Browser(world).tabs;
    world.network = ['request lost', 'request lost'];
    world.forbidden.add('never');
    await tab?.perform(patch('1', 'a', 'phone', 'mine', 'first'));
    await tab?.perform(patch('2', 'b', 'phone', 'never', 'first'));
    world.write('a', 'phone', 'theirs');
    world.network = [];
    await tab?.flush();
    expect(tab?.entries.map(({ edit, state, problem }) => [edit.id, state, problem])).toEqual([
      ['1', 'conflict', null],
      ['2', 'refused', 'invalid_value'],
    ]);
  });

  it('hands a refusal to whoever asked, and keeps nothing of it', async () => {
    const world = new World();
    world.forbidden.add('never');
    const [tab] = new Browser(world).tabs;
    const outcome = await tab?.perform(patch('1', 'a', 'phone', 'never', 'first'));
    expect(outcome?.kind).toBe('refused');
    expect(tab?.entries).toEqual([]);
  });

  it('stay when the browser can keep nothing', async () => {
    const world = new World();
    const broken = {
      ...memoryStore(),
      save: () => Promise.reject(new Error('quota')),
      has: async () => false,
    };
    const tab = new Outbox({
      name: 'test',
      store: broken,
      turns: pageTurns(),
      send: (edit) => world.send(edit),
    });
    world.network = ['request lost'];
    await tab.perform(patch('1', 'a', 'phone', 'second', 'first'));
    await tab.reload();
    await tab.flush();
    expect(world.history.get('a.phone')).toEqual(['second']);
  });

  it('are sent although what keeps them can no longer be read, and are kept once it can be loaded', async () => {
    const world = new World();
    const kept = memoryStore();
    let isThere = false;
    const store = lazyStore(() =>
      isThere ? Promise.resolve(kept) : Promise.reject(new Error('not loaded')),
    );
    const send = (edit: Edit) => world.send(edit);
    const tab = new Outbox({ name: 'test', store, turns: pageTurns(), send });
    world.network = ['request lost', 'ok', 'request lost'];
    await tab.perform(patch('1', 'a', 'phone', 'second', 'first'));
    await tab.flush();
    expect(world.history.get('a.phone')).toEqual(['second']);
    isThere = true;
    await tab.perform(patch('2', 'a', 'phone', 'third', 'second'));
    await tab.settled();
    expect(await kept.has('2')).toBe(true);
  });
});

/** As `bulk_edit` moves them; what has been moved already is no conflict. */
const bulk = (id: string, recordIds: string[]): Extract<Edit, { kind: 'bulk' }> => ({
  kind: 'bulk',
  id,
  orgId: 'org',
  table: 'customers',
  recordId: id,
  title: '',
  at: '2026-11-21T10:00:00Z',
  items: recordIds.map((recordId) => ({ kind: 'trash', recordId, title: recordId })),
});

/** An outbox, what reached the server by it, and how the server answers. */
function sending(answer: (edit: Edit) => Promise<void>) {
  const sent: string[] = [];
  const store = memoryStore();
  const outbox = new Outbox({
    name: 'test',
    store,
    turns: pageTurns(),
    send: async (edit) => {
      await answer(edit);
      sent.push(edit.id);
      return { applied: null, conflicts: [], record: null };
    },
  });
  return { outbox, sent, store };
}

describe('edits of many records', () => {
  it('go in order with those of each of the records, whichever came first', async () => {
    const answers: (() => void)[] = [];
    const { outbox, sent } = sending(() => new Promise((resolve) => answers.push(resolve)));
    const next = async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      answers.shift()?.();
    };
    const made = [
      outbox.perform(patch('a first', 'a', 'phone', '1', '')),
      outbox.perform(bulk('many', ['b', 'a'])),
      outbox.perform(patch('b after', 'b', 'phone', '2', '')),
      outbox.perform(patch('another', 'c', 'phone', '3', '')),
    ];
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(answers, 'the first, and the one that has nothing to do with them').toHaveLength(2);
    for (let turn = 0; turn < 4; turn++) await next();
    await Promise.all(made);
    expect(sent.filter((id) => id !== 'another')).toEqual(['a first', 'many', 'b after']);
  });

  it('that wait are not overtaken by what takes them back', async () => {
    let isOnline = false;
    const { outbox, sent } = sending(async () => {
      if (!isOnline) throw unreachable();
    });
    await outbox.perform(bulk('many', ['a', 'b']));
    isOnline = true;
    expect((await outbox.perform(bulk('back', ['b']))).kind).toBe('waiting');
    await outbox.flush();
    expect(sent).toEqual(['many', 'back']);
  });
});

describe('what does not get through', () => {
  const tooSlow = () => new AppError({ kind: 'network', code: 'took_too_long', retryable: true });
  const broken = () => new AppError({ kind: 'bug', code: 'unexpected', retryable: true });

  it('is tried again although somebody goes on working', async () => {
    vi.useFakeTimers();
    let isOnline = false;
    const { outbox, sent } = sending(async () => {
      if (!isOnline) throw unreachable();
    });
    await outbox.perform(patch('1', 'a', 'phone', '1', ''));
    isOnline = true;
    for (const id of ['2', '3', '4']) {
      await vi.advanceTimersByTimeAsync(4_000);
      await outbox.perform(patch(id, 'a', 'phone', id, ''));
    }
    await vi.advanceTimersByTimeAsync(1_000);
    vi.useRealTimers();
    expect(sent).toEqual(['1', '2', '3', '4']);
  });

  it('for want of a connection is no reason to give up at the first other failure', async () => {
    let failure: AppError | null = unreachable();
    const { outbox, sent } = sending(async () => {
      if (failure) throw failure;
    });
    await outbox.perform(patch('1', 'a', 'phone', '1', ''));
    for (let time = 0; time < 10; time++) await outbox.flush();
    failure = broken();
    await outbox.flush();
    expect(outbox.entries.map(({ state }) => state)).toEqual(['waiting']);
    failure = null;
    await outbox.flush();
    expect(sent).toEqual(['1']);
  });

  it('because it takes too long holds up no other record, and is given up in the end', async () => {
    const { outbox, sent } = sending(async ({ id }) => {
      if (id === 'slow') throw tooSlow();
      if (id === 'later' && sent.length === 0) throw unreachable();
    });
    await outbox.perform(patch('later', 'b', 'phone', '1', '')).then(() => sent.push('-'));
    void outbox.perform(patch('slow', 'a', 'phone', '1', ''));
    for (let time = 0; time < 8; time++) await outbox.flush();
    expect(sent).toEqual(['-', 'later']);
    expect(outbox.entries.map(({ state, problem }) => [state, problem])).toEqual([
      ['refused', 'took_too_long'],
    ]);
  });

  it('is waited for by whoever asks, until it is answered or has to wait', async () => {
    let answer = () => undefined as void;
    const { outbox } = sending(
      ({ id }) =>
        new Promise((resolve, reject) => {
          answer = id === '1' ? resolve : () => reject(unreachable());
        }),
    );
    void outbox.perform(patch('1', 'a', 'phone', '1', ''));
    void outbox.perform(patch('2', 'a', 'phase', '1', ''));
    let isIdle = false;
    void outbox.idle().then(() => (isIdle = true));
    const soon = () => new Promise((resolve) => setTimeout(resolve, 5));
    await soon();
    answer();
    await soon();
    expect(isIdle, 'the second one is on its way now').toBe(false);
    answer();
    await soon();
    expect([isIdle, outbox.entries.map(({ edit }) => edit.id)]).toEqual([true, ['2']]);
    outbox.close();
  });
});

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
