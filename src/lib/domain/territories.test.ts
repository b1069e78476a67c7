import { describe, expect, it } from 'vitest';
import {
  dayBefore,
  idsOfPath,
  inCharge,
  levelAbove,
  levelBelow,
  termState,
  territoryName,
} from './territories';

describe('the levels', () => {
  it('follow each other and end at both ends', () => {
    expect([levelAbove('country'), levelBelow('country'), levelAbove('brick'), levelBelow('brick')]).toEqual([
      null,
      'region',
      'area',
      null,
    ]);
  });

  it('give a path back as ids, and nothing for what is none', () => {
    expect(idsOfPath('3122f73d411988d9ad505fa383dc3d8a.2cfa4c3c09e7886aa4a7f8c7b65ebef8')).toEqual([
      '3122f73d-4119-88d9-ad50-5fa383dc3d8a',
      '2cfa4c3c-09e7-886a-a4a7-f8c7b65ebef8',
    ]);
    expect(idsOfPath('unplaced')).toEqual([]);
  });
});

describe('a name', () => {
  it('is the Arabic one on an Arabic page, if there is one', () => {
    expect(territoryName({ name: 'Cairo', name_ar: 'القاهرة' }, 'ar')).toBe('القاهرة');
    expect(territoryName({ name: 'Cairo', name_ar: null }, 'ar')).toBe('Cairo');
    expect(territoryName({ name: 'Cairo', name_ar: 'القاهرة' }, 'en')).toBe('Cairo');
  });
});

describe('an assignment', () => {
  it.each([
    ['2026-11-21', null, 'now'],
    ['2026-11-22', null, 'future'],
    ['2026-01-01', '2026-11-21', 'now'],
    ['2026-01-01', '2026-11-20', 'past'],
  ] as const)('from %s to %s is %s', (starts_on, ends_on, state) => {
    expect(termState({ starts_on, ends_on }, '2026-11-21')).toBe(state);
  });

  it('ends on the day before, over the turn of a year', () => {
    expect(dayBefore('2026-01-01')).toBe('2025-12-31');
    expect(dayBefore('2024-03-01')).toBe('2024-02-29');
  });
});

describe('who is in charge', () => {
  const city = { territory_id: 'city', path: 'country.region.city' };
  const region = { territory_id: 'region', path: 'country.region' };
  const country = { territory_id: 'country', path: 'country' };

  it('is who is assigned here, else nearest above, else below', () => {
    const ask = (assignments: (typeof city)[], id: string, path: string) => {
      const found = inCharge(assignments, { id, path });
      return found && [found.how, ...found.assignments.map(({ territory_id: at }) => at)];
    };
    expect(ask([country, region, city], 'region', 'country.region')).toEqual(['here', 'region']);
    expect(ask([country, region], 'city', 'country.region.city')).toEqual(['above', 'region']);
    expect(ask([city], 'region', 'country.region')).toEqual(['below', 'city']);
    // One path being the beginning of another's text is not enough.
    expect(ask([city], 'other', 'country.region.cityside')).toBeNull();
  });
});
