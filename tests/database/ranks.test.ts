import fc from 'fast-check';
import { generateKeyBetween } from 'fractional-indexing';
import { describe, expect, it } from 'vitest';
import { useDatabase } from './support/database.ts';

const database = useDatabase();

/** Ranks from many pairs of neighbours, in one round trip. */
async function between(pairs: [string | null, string | null][]): Promise<string[]> {
  const rows = await database().owner.rows<{ rank: string }>(
    `select private.rank_between(above, below) as rank
     from unnest($1::text[], $2::text[]) with ordinality as pairs (above, below, place) order by place`,
    [pairs.map(([above]) => above), pairs.map(([, below]) => below)],
  );
  return rows.map((row) => row.rank);
}

/** A column of cards grown by drops at the given places (0 to 1, top to bottom). */
function grow(places: number[]): string[] {
  const ranks: string[] = [];
  for (const place of places) {
    const index = Math.floor(place * (ranks.length + 1));
    ranks.splice(index, 0, generateKeyBetween(ranks[index - 1] ?? null, ranks[index] ?? null));
  }
  return ranks;
}

const column = fc
  .array(fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), { maxLength: 60 })
  .map(grow);

describe('rank_between', () => {
  it('gives the keys of fractional-indexing in every gap of any column', async () => {
    await fc.assert(
      fc.asyncProperty(column, async (ranks) => {
        const gaps = Array.from({ length: ranks.length + 1 }, (_, index): [string | null, string | null] => [
          ranks[index - 1] ?? null,
          ranks[index] ?? null,
        ]);
        expect(await between(gaps)).toEqual(gaps.map(([above, below]) => generateKeyBetween(above, below)));
      }),
      { numRuns: 150 },
    );
  });

  it('gives the same keys where integer parts change their length', async () => {
    const edges = [
      'A00000000000000000000000001',
      'Xzzz',
      'Yzz',
      'Z0',
      'Zz',
      'a0',
      'az',
      'b00',
      'bzz',
      'c000',
      'zzzzzzzzzzzzzzzzzzzzzzzzzzz',
    ];
    const gaps: [string | null, string | null][] = [];
    for (const [index, edge] of edges.entries()) {
      const next = edges[index + 1];
      if (next !== undefined) gaps.push([edge, next]);
      gaps.push([edge, null], [edge, `${edge}V`]);
    }
    gaps.push(
      [null, 'a0'],
      [null, 'Z0'],
      [null, 'Y00'],
      [null, 'b00'],
      [null, 'a0V'],
      [null, 'A00000000000000000000000001'],
    );
    expect(await between(gaps)).toEqual(gaps.map(([above, below]) => generateKeyBetween(above, below)));
  });

  it('gives a key strictly between its neighbours, so drops never tie', async () => {
    await fc.assert(
      fc.asyncProperty(column, fc.nat(), async (ranks, pick) => {
        const index = pick % (ranks.length + 1);
        const above = ranks[index - 1] ?? null;
        const below = ranks[index] ?? null;
        const [rank = ''] = await between([[above, below]]);
        expect(above === null || above < rank).toBe(true);
        expect(below === null || rank < below).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it('stays short: no digit a card at either end, one digit in six cards in one gap', async () => {
    const { top, bottom, gap } = await database().owner.row<{ top: string; bottom: string; gap: string }>(`
      with recursive grown (n, top, bottom, gap) as (
        select 1, 'a0', 'a0', private.rank_between('a0', 'a1')
        union all
        select n + 1, private.rank_between(null, top), private.rank_between(bottom, null), private.rank_between('a0', gap)
        from grown where n < 2000
      ) select top, bottom, gap from grown order by n desc limit 1`);
    expect(top.length).toBeLessThanOrEqual(4);
    expect(bottom.length).toBeLessThanOrEqual(4);
    expect(gap.length).toBeLessThanOrEqual(2 + 2000 / 5);
  });

  it.each([
    ['a1', 'a0'],
    ['a0', 'a0'],
    ['a00', null],
    ['', null],
    ['b0', null],
    ['!x', null],
  ])('refuses neighbours %j and %j', async (above, below) => {
    expect(
      await database().owner.refusal('select private.rank_between($1, $2)', [above, below]),
    ).toMatchObject({
      code: '22023',
    });
  });
});
