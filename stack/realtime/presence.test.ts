import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { PresenceTracker, type PresenceDiff, type PresenceMeta, type PresenceState } from './presence.ts';

beforeEach(() => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => vi.useRealTimers());

/** Applies a diff as the client library does: joins first, then leaves, by phx_ref. */
function apply(state: PresenceState, { joins, leaves }: PresenceDiff): PresenceState {
  const metas = new Map(Object.entries(state).map(([key, entry]) => [key, [...entry.metas]]));
  for (const [key, joined] of Object.entries(joins)) {
    const refs = new Set(joined.metas.map(({ phx_ref }) => phx_ref));
    const kept = (metas.get(key) ?? []).filter(({ phx_ref }) => !refs.has(phx_ref));
    metas.set(key, [...kept, ...joined.metas]);
  }
  for (const [key, left] of Object.entries(leaves)) {
    const refs = new Set(left.metas.map(({ phx_ref }) => phx_ref));
    const kept = (metas.get(key) ?? []).filter(({ phx_ref }) => !refs.has(phx_ref));
    if (kept.length > 0) metas.set(key, kept);
    else metas.delete(key);
  }
  return Object.fromEntries([...metas].map(([key, list]) => [key, { metas: list }]));
}

const sorted = (state: PresenceState) =>
  Object.entries(state)
    .map(([key, { metas }]): [string, PresenceMeta[]] => [
      key,
      metas.toSorted((a, b) => a.phx_ref.localeCompare(b.phx_ref)),
    ])
    .sort(([a], [b]) => a.localeCompare(b));

function tracker(coalesceMs = 50) {
  const diffs: PresenceDiff[] = [];
  return { diffs, presence: new PresenceTracker<object>((diff) => diffs.push(diff), coalesceMs) };
}

describe('presence', () => {
  it('is the same for whoever got the state at any moment and the diffs since', () => {
    const members = ['a', 'b', 'c', 'd'].map((name) => ({ name }));
    const step = fc.oneof(
      fc.record({ kind: fc.constant('track' as const), who: fc.nat(3), n: fc.nat(5) }),
      fc.record({ kind: fc.constant('untrack' as const), who: fc.nat(3) }),
      fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(80) }),
      fc.record({ kind: fc.constant('newcomer' as const) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const listeners: { state: PresenceState }[] = [];
        const presence = new PresenceTracker<object>((diff) => {
          for (const listener of listeners) listener.state = apply(listener.state, diff);
        }, 50);
        for (const move of steps) {
          if (move.kind === 'wait') vi.advanceTimersByTime(move.ms);
          else if (move.kind === 'newcomer') listeners.push({ state: presence.state() });
          else {
            const member = members[move.who] ?? {};
            const key = move.who < 2 ? 'shared' : `own ${move.who}`;
            if (move.kind === 'track') presence.track(member, key, { n: move.n });
            else presence.untrack(member, key);
          }
        }
        vi.advanceTimersByTime(1_000);
        for (const { state } of listeners) expect(sorted(state)).toEqual(sorted(presence.state()));
      }),
    );
  });

  it('publishes a change on its own at once, and a burst as one diff', () => {
    const { presence, diffs } = tracker();
    presence.track({}, 'a', {});
    expect(diffs).toHaveLength(1);
    for (let n = 0; n < 100; n++) presence.track({}, `k${n}`, {});
    expect(diffs).toHaveLength(1);
    vi.advanceTimersByTime(50);
    expect(diffs).toHaveLength(2);
    expect(Object.keys(diffs[1]?.joins ?? {})).toHaveLength(100);
  });

  it('replaces an entry in one diff that names the one before', () => {
    const { presence, diffs } = tracker(0);
    const member = {};
    presence.track(member, 'k', { n: 1 });
    presence.track(member, 'k', { n: 2 });
    const first = diffs[0]?.joins['k']?.metas[0];
    expect(diffs[1]).toEqual({
      leaves: { k: { metas: [first] } },
      joins: { k: { metas: [{ n: 2, phx_ref: expect.any(String), phx_ref_prev: first?.phx_ref }] } },
    });
  });

  it('says nothing of who came and went between two diffs', () => {
    const { presence, diffs } = tracker();
    presence.track({}, 'first', {});
    const member = {};
    presence.track(member, 'brief', {});
    presence.untrack(member, 'brief');
    vi.advanceTimersByTime(100);
    expect(diffs).toHaveLength(1);
  });

  it('keeps a key named __proto__ as a key', () => {
    const { presence } = tracker();
    presence.track({}, '__proto__', { a: 1 });
    expect(JSON.stringify(presence.state())).toMatch(/^\{"__proto__":\{"metas":\[\{"a":1,"phx_ref":/);
  });
});
