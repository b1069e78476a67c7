import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { compareRanked } from '$lib/domain/board-order';
import type { SummaryLine } from '$lib/data/customers/cache';
import type { BoardFilters, Customer } from '$lib/data/customers/schema';
import { BRICKS, ModelDatabase, type Write } from './model-database';
import { ModelPage, SEARCH, STAGES_SHOWN, VIEWS } from './model-page';

const ME = '6f1d2a3e-0000-4000-8000-0000000000aa';
const REPORT = '6f1d2a3e-0000-4000-8000-0000000000bb';
const STRANGER = '6f1d2a3e-0000-4000-8000-0000000000cc';
const IDS = [1, 2, 3, 4, 5, 6].map((n) => `6f1d2a3e-0000-4000-8000-00000000000${n}`);

const id = fc.constantFrom(...IDS);
const fields = fc.record(
  {
    status: fc.constantFrom(...STAGES_SHOWN),
    board_rank: fc.constantFrom('a0', 'a1', 'a1V', 'a2', 'a3', 'Zz'),
    owner_id: fc.constantFrom(ME, ME, REPORT, STRANGER),
    expected_value: fc.constantFrom(null, 100.1, 2_000),
    tags: fc.constantFrom<string[]>([], ['vip']),
    territory_id: fc.constantFrom(null, STRANGER, ...BRICKS),
    acquisition_source: fc.constantFrom('fair', 'web'),
    name: fc.constantFrom('Old Mill', 'New Farm'),
    is_archived: fc.constantFrom(false, false, false, true),
  },
  { requiredKeys: ['owner_id'] },
);
const write: fc.Arbitrary<Write> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('save' as const), id, fields }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('trash' as const, 'restore', 'erase'), id }) },
);
/** When an announcement arrives, in milliseconds after the write; more than once when it is doubled. */
const inTime = fc.oneof(
  { weight: 4, arbitrary: fc.array(fc.integer({ min: 0, max: 60 }), { minLength: 1, maxLength: 2 }) },
  { weight: 1, arbitrary: fc.array(fc.integer({ min: 0, max: 1_400 }), { minLength: 1, maxLength: 2 }) },
);
const lost = fc.constant<number[]>([]);

function steps(arrivals: fc.Arbitrary<number[]>, gapWeight: number) {
  const stage = fc.constantFrom(...STAGES_SHOWN);
  const ms = fc.integer({ min: 1, max: 3_000 });
  const kind = <Kind extends string>(...kinds: Kind[]) => fc.constantFrom(...kinds);
  const written = fc.record({
    step: kind('write', 'write', 'own edit'),
    write,
    first: arrivals,
    second: arrivals,
  });
  const step = fc.oneof(
    { weight: 10, arbitrary: written },
    { weight: 3, arbitrary: fc.record({ step: kind('wait'), ms }) },
    { weight: gapWeight, arbitrary: fc.record({ step: kind('gap'), ms }) },
    { weight: 1, arbitrary: fc.record({ step: kind('catch up') }) },
    { weight: 1, arbitrary: fc.record({ step: kind('open'), id }) },
    { weight: 3, arbitrary: fc.record({ step: kind('scroll', 'read again'), stage }) },
  );
  return fc.array(step, { maxLength: 40, size: 'max' });
}
type Step = ReturnType<typeof steps> extends fc.Arbitrary<(infer One)[]> ? One : never;

const beginning = fc.array(write, { maxLength: 12 });
const latencies = fc.array(fc.integer({ min: 0, max: 120 }), { minLength: 1, maxLength: 6 });
const RUNS = { numRuns: 60 };

/** A network that answers after the given times, in turn. */
function network(delays: readonly number[]) {
  let request = 0;
  return {
    isOff: false,
    isDown(): boolean {
      return this.isOff;
    },
    latency() {
      const share = delays[request++ % delays.length] ?? 0;
      return { before: share, after: (share * 7) % 200 };
    },
  };
}

/** Plays a schedule and lets it come to rest, the last gap closed. */
async function play(
  [before, schedule, delays]: [readonly Write[], readonly Step[], readonly number[]],
  views: readonly BoardFilters[],
) {
  const database = new ModelDatabase([ME, REPORT]);
  for (const one of before) database.write(one);
  const wire = network(delays);
  const page = new ModelPage(database, wire, views);
  page.catchUp({ afterGap: false });

  const announce = (events: ReturnType<ModelDatabase['write']>, ...ways: (readonly number[])[]) =>
    events.forEach((event, index) => {
      for (const delay of ways[index] ?? []) setTimeout(() => !wire.isOff && page.hear(event), delay);
    });
  for (const one of schedule) {
    if (one.step === 'write' || one.step === 'own edit') {
      const isOwn = one.step === 'own edit' && !wire.isOff;
      const events = database.write(one.write);
      for (const { record } of isOwn ? events : []) setTimeout(() => page.answer(record), 50);
      announce(events, one.first, one.second);
    } else if (one.step === 'gap') {
      wire.isOff = true;
      setTimeout(() => {
        wire.isOff = false;
        page.catchUp({ afterGap: true });
      }, one.ms);
    } else if (one.step === 'catch up') page.catchUp({ afterGap: false });
    else if (one.step === 'open') page.openRecord(one.id);
    else if (one.step === 'scroll') page.scroll(one.stage);
    else if (one.step === 'read again') page.readAgain(one.stage);
    await vi.advanceTimersByTimeAsync(one.step === 'wait' ? one.ms : 20);
  }
  await vi.advanceTimersByTimeAsync(90_000);
  return { database, page };
}

const sorted = (lines: readonly SummaryLine[]) => [...lines].sort((a, b) => (a.status < b.status ? -1 : 1));
const versions = (rows: readonly Customer[]) => rows.map(({ id: rowId, version }) => `${rowId} ${version}`);

function expectSame({ database, page }: { database: ModelDatabase; page: ModelPage }): void {
  for (const filters of page.views) {
    for (const stage of STAGES_SHOWN) {
      const { cards, cursor } = page.column(stage, filters);
      const isLoaded = (row: Customer) => cursor === null || compareRanked(row, cursor) <= 0;
      const expected = database.column(stage, filters).filter(isLoaded);
      expect(versions(cards), `${stage} ${JSON.stringify(filters)}`).toEqual(versions(expected));
    }
    expect(sorted(page.summary(filters)), JSON.stringify(filters)).toEqual(sorted(database.summary(filters)));
  }
  const visible = new Map(database.visible().map((row) => [row.id, row]));
  for (const [recordId, shown] of page.records()) {
    expect(shown?.version ?? null, recordId).toBe(visible.get(recordId)?.version ?? null);
  }
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('changes heard in any order, doubled, beside own edits and requests on their way end as they are in the database', async () => {
  await fc.assert(
    fc.asyncProperty(beginning, steps(inTime, 0), latencies, async (...drawn) => {
      const played = await play(drawn, VIEWS);
      expectSame(played);
      played.page.close();
    }),
    RUNS,
  );
}, 30_000);

it('whatever was lost, catching up ends as it is in the database', async () => {
  const arrivals = fc.oneof({ weight: 3, arbitrary: inTime }, { weight: 1, arbitrary: lost });
  await fc.assert(
    fc.asyncProperty(beginning, steps(arrivals, 2), latencies, async (...drawn) => {
      const played = await play(drawn, [...VIEWS, SEARCH]);
      played.page.catchUp({ afterGap: true });
      await vi.advanceTimersByTimeAsync(90_000);
      expectSame(played);
      played.page.close();
    }),
    RUNS,
  );
}, 30_000);
