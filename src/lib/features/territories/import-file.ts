import type { ImportLine } from '$lib/data/territories/mutations';
import { parseCsv, unescaped } from '$lib/domain/csv';
import { readBoundaryText, type BoundaryProblem } from '$lib/domain/geo/boundary';
import { COLUMNS } from './export-file';

export const MOST_BYTES = 5 * 1024 * 1024;
export const MOST_LINES = 10_000;

type Column = (typeof COLUMNS)[number];
const REQUIRED: readonly Column[] = ['level', 'code', 'parent_code', 'name'];

/** What is wrong with the file as a whole. */
export type FileProblem =
  | { kind: 'too_large' | 'no_lines' | 'too_many_lines' }
  | { kind: 'missing_columns' | 'unknown_columns'; columns: string[] };

/** What is wrong with one line, seen before anything is sent. */
export type LineProblem =
  | { line: number; field: 'boundary'; problem: BoundaryProblem }
  | { line: number; field: 'row'; problem: 'too_many_cells' };

export type ReadFile = { problem: FileProblem } | { lines: ImportLine[]; problems: LineProblem[] };

/** Reads a file of territories; its first line names the columns, in any order and spelling of capitals. */
export function readTerritories(text: string): ReadFile {
  const [head, ...rows] = parseCsv(text);
  const names = (head?.cells ?? []).map((cell) => cell.trim().toLowerCase());
  const missing = REQUIRED.filter((column) => !names.includes(column));
  if (missing.length > 0) return { problem: { kind: 'missing_columns', columns: missing } };
  const unknown = names.filter((name) => name !== '' && !COLUMNS.some((column) => column === name));
  if (unknown.length > 0) return { problem: { kind: 'unknown_columns', columns: unknown } };
  if (rows.length === 0) return { problem: { kind: 'no_lines' } };
  if (rows.length > MOST_LINES) return { problem: { kind: 'too_many_lines' } };

  const problems: LineProblem[] = [];
  const lines = rows.map(({ line, cells }): ImportLine => {
    const cell = (column: Column) => unescaped(cells[names.indexOf(column)] ?? '').trim();
    if (cells.slice(names.length).some((one) => one.trim() !== ''))
      problems.push({ line, field: 'row', problem: 'too_many_cells' });
    const read = cell('boundary') === '' ? null : readBoundaryText(cell('boundary'));
    if (read && 'problem' in read) problems.push({ line, field: 'boundary', problem: read.problem });
    return {
      line,
      // Capitals in a level are a spreadsheet's, not a person's mistake.
      level: cell('level').toLowerCase(),
      code: cell('code'),
      parent_code: cell('parent_code'),
      name: cell('name'),
      name_ar: cell('name_ar'),
      boundary: read && 'boundary' in read ? read.boundary : null,
    };
  });
  return { lines, problems };
}
