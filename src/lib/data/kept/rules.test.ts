import { describe, expect, it } from 'vitest';
import { customerKeys } from '../customers/keys';
import { NO_FILTERS } from '../customers/schema';
import { interactionKeys } from '../interactions/keys';
import { memberKeys } from '../members/keys';
import { productKeys } from '../products/keys';
import { searchKeys } from '../search/keys';
import { assetCacheName, outdatedCaches } from './asset-caches';
import { isFresh, mayKeep, MAX_AGE_MS, recordOf, toEvict } from './rules';
import { shorten } from './shorten';

const org = 'org-1';
const now = Date.UTC(2026, 5, 1);
const entry = (hash: string, more: { at?: number; build?: string; size?: number } = {}) => ({
  hash,
  at: now,
  build: 'b',
  size: 10,
  ...more,
});

describe('what may be kept', () => {
  it('is what daily work needs', () => {
    const wanted = [
      customerKeys.column(org, 'lead', NO_FILTERS),
      customerKeys.summary(org, NO_FILTERS),
      customerKeys.detail(org, 'c'),
      interactionKeys.timeline(org, 'c'),
      productKeys.list(org),
      memberKeys.list(org),
    ];
    expect(wanted.filter((key) => !mayKeep(key, org))).toEqual([]);
  });

  it('is nothing of another organisation, of searches, of administration', () => {
    const unwanted: (readonly unknown[])[] = [
      customerKeys.detail('org-2', 'c'),
      customerKeys.column(org, 'lead', { ...NO_FILTERS, text: 'nile' }),
      searchKeys.customers(org, 'nile'),
      memberKeys.invitations(org),
      memberKeys.roles(org),
      ['audit', org, 'trail', {}],
      ['access', org, 'customers', 'c'],
      ['api-keys', org, 'list'],
      ['customers'],
      ['constructor', org, 'name'],
    ];
    expect(unwanted.filter((key) => mayKeep(key, org))).toEqual([]);
  });

  it('is of this build, and a week old at most', () => {
    expect(isFresh(entry('a', { at: now - MAX_AGE_MS }), 'b', now)).toBe(true);
    expect(isFresh(entry('a', { at: now - MAX_AGE_MS - 1 }), 'b', now)).toBe(false);
    expect(isFresh(entry('a', { build: 'a' }), 'b', now)).toBe(false);
    expect(isFresh(entry('a', { at: now + 60_000 }), 'b', now), 'a clock set back').toBe(false);
  });
});

describe('making room', () => {
  it('takes what is too old, of another build, and the oldest of what is too much', () => {
    const entries = [
      entry('stale', { at: now - MAX_AGE_MS - 1 }),
      entry('foreign', { build: 'a' }),
      entry('older', { at: now - 2, size: 4_000_000 }),
      entry('newer', { at: now - 1, size: 8_000_000 }),
      entry('newest'),
    ];
    expect(
      toEvict(entries, 'b', now)
        .map(({ hash }) => hash)
        .sort(),
    ).toEqual(['foreign', 'older', 'stale']);
    const many = Array.from({ length: 520 }, (_, index) => entry(`${index}`, { at: now - index }));
    expect(toEvict(many, 'b', now)).toHaveLength(20);
  });

  it('keeps the files of this build and of the one before', () => {
    const names = ['9', '10', '11', '12'].map(assetCacheName);
    expect(outdatedCaches([...names, 'tandem-sign-out'], '12')).toEqual(['10', '9'].map(assetCacheName));
  });
});

describe('shorten', () => {
  const cards = Array.from({ length: 250 }, (_, index) => ({ id: `c${index}`, board_rank: `r${index}` }));

  it('keeps the first cards of a long column, with more to come behind them', () => {
    const key = customerKeys.column(org, 'lead', NO_FILTERS);
    const kept = shorten(key, { cards, cursor: null });
    expect(kept).toEqual({ cards: cards.slice(0, 100), cursor: cards[99] });
    const short = { cards: cards.slice(0, 3), cursor: null };
    expect(shorten(key, short)).toBe(short);
  });
});

describe('recordOf', () => {
  it('names the customer of a page, and nobody for lists', () => {
    expect(recordOf(customerKeys.detail(org, 'c'))).toBe('c');
    expect(recordOf(interactionKeys.timeline(org, 'c'))).toBe('c');
    expect(recordOf(customerKeys.summary(org, NO_FILTERS))).toBeNull();
  });
});
