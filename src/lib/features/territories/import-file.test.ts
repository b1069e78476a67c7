import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sampleFile } from './export-file';
import { MOST_LINES, readTerritories } from './import-file';

describe('a file of territories', () => {
  it('is read as the sample has it', () => {
    const read = readTerritories(sampleFile());
    if ('problem' in read) throw new Error(read.problem.kind);
    expect(read.problems).toEqual([]);
    expect(read.lines).toHaveLength(6);
    expect(read.lines[0]).toEqual({
      line: 2,
      level: 'country',
      code: 'EG',
      parent_code: '',
      name: 'Egypt',
      name_ar: 'مصر',
      boundary: null,
    });
    expect(read.lines[5]?.boundary).toMatchObject({ type: 'Polygon' });
  });

  it('may have its columns in any order, without those that need not be there', () => {
    expect(readTerritories('Name;CODE;level;Parent_Code\nTanta;TANTA;City;EG-GH')).toEqual({
      problems: [],
      lines: [
        {
          line: 2,
          level: 'city',
          code: 'TANTA',
          parent_code: 'EG-GH',
          name: 'Tanta',
          name_ar: '',
          boundary: null,
        },
      ],
    });
  });

  it('says which columns are missing or unknown, and that it is empty or too long', () => {
    expect(readTerritories('code,name')).toEqual({
      problem: { kind: 'missing_columns', columns: ['level', 'parent_code'] },
    });
    const head = 'level,code,parent_code,name';
    expect(readTerritories(`${head},colour\n`)).toEqual({
      problem: { kind: 'unknown_columns', columns: ['colour'] },
    });
    expect(readTerritories(head)).toEqual({ problem: { kind: 'no_lines' } });
    const long = `${head}\n${'brick,a,b,c\n'.repeat(MOST_LINES + 1)}`;
    expect(readTerritories(long)).toEqual({ problem: { kind: 'too_many_lines' } });
  });

  it('names the line of an outline that cannot be used, and of cells beyond the columns', () => {
    const read = readTerritories(
      'level,code,parent_code,name,boundary\nbrick,a,b,c,"{\n}"\nbrick,d,b,e,Polygon,more\n',
    );
    expect(read).toMatchObject({
      problems: [
        { line: 2, field: 'boundary', problem: 'not_geometry' },
        { line: 4, field: 'row', problem: 'too_many_cells' },
        { line: 4, field: 'boundary', problem: 'not_json' },
      ],
    });
  });

  it('never throws, whatever the file holds', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const read = readTerritories(`level,code,parent_code,name,boundary\n${text}`);
        expect('lines' in read || 'problem' in read).toBe(true);
      }),
    );
  });
});
