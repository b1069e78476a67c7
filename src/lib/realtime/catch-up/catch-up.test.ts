import { QueryClient } from '@tanstack/svelte-query';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ChangesPage, MissedChange } from '$lib/data/changes/schema';
import { createDataContext } from '$lib/data/context';
import { customerKeys } from '$lib/data/customers/keys';
import { KnownChanges } from '../known-changes';
import { CatchUp } from './catch-up';

const org = '6f1d2a3e-0000-4000-8000-00000000000f';
const id = (number: number) => `6f1d2a3e-0000-4000-8000-${`${number}`.padStart(12, '0')}`;
const at = '2026-11-21T12:00:00Z';
const changed = (table: string, number: number): MissedChange => ({
  table,
  op: 'update',
  id: id(number),
  version: 2,
  at,
});
const page = (fields: Partial<ChangesPage>): ChangesPage => ({
  changes: [],
  cursor: 'next',
  more: false,
  reset: false,
  ...fields,
});

/** Answers of the log, in turn, and what is asked for besides. */
function stage(answers: (ChangesPage | { error: { code: string; message: string }; status: number })[]) {
  const cursors: unknown[] = [];
  const fetched: string[] = [];
  const rpc = async (_name: string, args: { cursor?: string }) => {
    cursors.push(args.cursor ?? null);
    const answer = answers.shift() ?? page({});
    return 'error' in answer ? { data: null, ...answer } : { data: answer, error: null, status: 200 };
  };
  const rows = {
    select: () => rows,
    eq: () => rows,
    in: async (_column: string, ids: string[]) => {
      fetched.push(...ids);
      return { data: [], error: null, status: 200 };
    },
  };
  const queryClient = new QueryClient();
  const client = { rpc, from: () => rows } as never;
  const data = createDataContext({ client, queryClient, orgId: org, userId: 'me' });
  const feed = { known: new KnownChanges(), applyRead: vi.fn(), readAgain: vi.fn() };
  const onRefused = vi.fn();
  const catchUp = new CatchUp({ data, feed, pageReadAt: () => Date.parse(at) + 60_000, onRefused });
  return { catchUp, cursors, fetched, feed, queryClient, onRefused };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('asking for what was missed', () => {
  it('happens once for all channels that join together, and goes on from the last cursor', async () => {
    const { catchUp, cursors } = stage([page({ cursor: 'one' })]);
    const asked = [catchUp.ask(), catchUp.ask(), catchUp.ask({ afterGap: true })];
    await vi.advanceTimersByTimeAsync(100);
    await Promise.all(asked);
    expect(cursors).toEqual([null]);
    void catchUp.ask();
    await vi.advanceTimersByTimeAsync(100);
    expect(cursors).toEqual([null, 'one']);
  });

  it('is repeated from the same place until it has worked; who waits for it waits that long', async () => {
    const failed = { error: { code: '', message: 'Failed to fetch' }, status: 0 };
    const { catchUp, cursors } = stage([page({ cursor: 'one' }), failed, failed, page({ cursor: 'two' })]);
    void catchUp.ask();
    await vi.advanceTimersByTimeAsync(100);
    const done = vi.fn();
    void catchUp.ask({ afterGap: true }).then(done);
    await vi.advanceTimersByTimeAsync(100);
    expect(done).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(done).toHaveBeenCalledOnce();
    expect(cursors).toEqual([null, 'one', 'one', 'one']);
  });

  it('reads page after page, the unknown rows of each, and tables that are read as a whole once', async () => {
    const { catchUp, cursors, fetched, feed } = stage([
      page({ cursor: 'one', more: true, changes: [changed('customers', 1), changed('products', 8)] }),
      page({
        cursor: 'two',
        changes: [changed('customers', 2), changed('products', 8), changed('products', 9)],
      }),
    ]);
    void catchUp.ask();
    await vi.advanceTimersByTimeAsync(1_000);
    expect([cursors, fetched]).toEqual([
      [null, 'one'],
      [id(1), id(2)],
    ]);
    expect(feed.readAgain.mock.calls).toEqual([['products'], ['products']]);
    // Rows that did not come back are no more.
    expect(feed.applyRead.mock.calls.flat(2)).toMatchObject([{ op: 'delete' }, { op: 'delete' }]);
  });

  it('leaves alone what was read with the page: its members a minute later', async () => {
    const { catchUp, feed } = stage([page({ changes: [changed('memberships', 1)] })]);
    void catchUp.ask();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(feed.readAgain).not.toHaveBeenCalled();
  });
});

describe('reading everything on screen again', () => {
  const isOld = (queryClient: QueryClient) =>
    queryClient.getQueryState(customerKeys.facets(org))?.isInvalidated;

  it('is what remains when the log does not reach back, or when too much is unknown', async () => {
    const many = Array.from({ length: 501 }, (_, index) => changed('customers', index));
    for (const answers of [
      [page({ reset: true, cursor: 'one' })],
      [page({ changes: many, more: true }), page({ cursor: 'one' })],
    ]) {
      const { catchUp, cursors, fetched, queryClient } = stage(answers);
      queryClient.setQueryData(customerKeys.facets(org), []);
      void catchUp.ask();
      await vi.advanceTimersByTimeAsync(1_000);
      expect([isOld(queryClient), fetched]).toEqual([true, []]);
      void catchUp.ask();
      await vi.advanceTimersByTimeAsync(1_000);
      expect(cursors.at(-1)).toBe('one');
    }
  });

  it('is limited to what was read before the log could tell, when all is well', async () => {
    const { catchUp, queryClient } = stage([page({})]);
    queryClient.setQueryData(customerKeys.facets(org), [], { updatedAt: Date.now() - 3_600_000 });
    queryClient.setQueryData(customerKeys.details(org), []);
    void catchUp.ask();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(isOld(queryClient)).toBe(true);
    expect(queryClient.getQueryState(customerKeys.details(org))?.isInvalidated).toBe(false);
  });

  it('is not tried where the organisation is not this person’s any more', async () => {
    const gone = { error: { code: 'PT404', message: 'organization_not_found' }, status: 404 };
    const { catchUp, onRefused, cursors } = stage([gone]);
    void catchUp.ask();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([onRefused.mock.calls.length, cursors.length]).toEqual([1, 1]);
  });
});
