import { describe, expect, it } from 'vitest';
import { changeKind, csvLine, fieldChanges } from './audit';

describe('a change in the trail', () => {
  it('is told field by field, with nothing where there was nothing', () => {
    const entry = {
      action: 'update',
      old_values: { phase: null, name: 'A' },
      new_values: { phase: 'Pilot', name: 'B' },
    };
    expect(fieldChanges(entry)).toEqual([
      { field: 'name', before: 'A', after: 'B' },
      { field: 'phase', before: null, after: 'Pilot' },
    ]);
  });

  it.each([
    ['insert', null, { name: 'A' }, 'added'],
    ['delete', { name: 'A' }, null, 'deleted'],
    ['update', { name: 'A' }, { name: 'B' }, 'changed'],
    ['update', { deleted_at: null }, { deleted_at: '2026-11-21' }, 'trashed'],
    ['update', { deleted_at: '2026-11-21' }, { deleted_at: null }, 'restored'],
    ['foreign_access', null, {}, 'event'],
  ])('%s of %j to %j is called %s', (action, old_values, new_values, kind) => {
    expect(changeKind({ action, old_values, new_values })).toBe(kind);
  });
});

describe('a line of CSV', () => {
  it('runs nothing in a spreadsheet', () => {
    expect(csvLine(['=1+1', '+49 30', '-5', '@a', '\tx', 'plain'])).toBe(
      `'=1+1,'+49 30,'-5,'@a,'\tx,plain\r\n`,
    );
  });

  it('keeps commas, quotes and lines inside their cell', () => {
    expect(csvLine(['a,b', 'say "x"', 'two\nlines', null, { a: 1 }, ['=x']])).toBe(
      '"a,b","say ""x""","two\nlines",,"{""a"":1}","[""=x""]"\r\n',
    );
  });
});
