import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCsv, unescaped, writeCsv } from './csv';

describe('a file of comma separated values', () => {
  it('comes back as it was written, formulas too', () => {
    const cell = fc.oneof(fc.string(), fc.stringMatching(/^[=+@"',;\n\r\t -]{0,6}$/));
    fc.assert(
      fc.property(fc.array(fc.array(cell, { minLength: 1, maxLength: 5 }), { minLength: 1 }), (lines) => {
        const given = [['level', 'code'], ...lines.map((cells) => ['x', ...cells])];
        expect(parseCsv(writeCsv(given)).map(({ cells }) => cells.map(unescaped))).toEqual(given);
      }),
    );
  });

  it('never gives a spreadsheet something to run', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const [line] = parseCsv(writeCsv([['x', text]]));
        expect(line?.cells[1] ?? '').not.toMatch(/^[=+\-@\t\r]/);
      }),
    );
  });

  it('is read with semicolons, quotes over several lines, every line end and a byte order mark', () => {
    expect(parseCsv('\uFEFFcode;name\r\nA;"two\nlines; ""quoted"""\r\rB;c\n')).toEqual([
      { line: 1, cells: ['code', 'name'] },
      { line: 2, cells: ['A', 'two\nlines; "quoted"'] },
      { line: 5, cells: ['B', 'c'] },
    ]);
  });

  it('reads anything, however broken', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        for (const { line, cells } of parseCsv(text)) {
          expect(line).toBeGreaterThan(0);
          expect(cells.length).toBeGreaterThan(0);
        }
      }),
    );
    expect(parseCsv('a,"never closed\nb')).toEqual([{ line: 1, cells: ['a', 'never closed\nb'] }]);
  });
});
