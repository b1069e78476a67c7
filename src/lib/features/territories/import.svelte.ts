import type { DataContext } from '$lib/data/context';
import { importTerritories, type ImportLine } from '$lib/data/territories/mutations';
import type { ImportReport } from '$lib/data/territories/schema';
import { errorWords } from '$lib/error-words';
import { m } from '$lib/paraglide/messages';
import { MOST_BYTES, MOST_LINES, readTerritories, type FileProblem, type LineProblem } from './import-file';
import { boundaryWords, lineErrorWords } from './territory-words';

/** What is wrong with a line, in words. */
export interface LineTrouble {
  key: string;
  line: number | null;
  field: string;
  words: string;
}

const fileWords: Record<FileProblem['kind'], (problem: FileProblem) => string> = {
  too_large: () => m.import_too_large(),
  no_lines: () => m.import_no_lines(),
  too_many_lines: () => m.import_too_many_lines({ limit: MOST_LINES }),
  missing_columns: (problem) => m.import_missing_columns({ columns: columnsOf(problem) }),
  unknown_columns: (problem) => m.import_unknown_columns({ columns: columnsOf(problem) }),
};

const columnsOf = (problem: FileProblem): string => ('columns' in problem ? problem.columns.join(', ') : '');

/** A file on its way in: read, tried, and only then imported, all of it or none. */
export class TerritoryImport {
  readonly #data: DataContext;
  #lines: ImportLine[] = [];
  fileName = $state<string | null>(null);
  state = $state<'empty' | 'checking' | 'checked' | 'importing' | 'done'>('empty');
  /** What is wrong with the file as a whole, or with asking the database. */
  problem = $state<string | null>(null);
  troubles = $state.raw<LineTrouble[]>([]);
  /** More than are listed. */
  troubleCount = $state(0);
  report = $state.raw<ImportReport | null>(null);

  constructor(data: DataContext) {
    this.#data = data;
  }

  get isReady(): boolean {
    return this.state === 'checked' && this.troubleCount === 0 && !this.problem && this.changes > 0;
  }

  /** How many territories the import adds or changes. */
  get changes(): number {
    return (this.report?.created ?? 0) + (this.report?.updated ?? 0);
  }

  async open(file: File): Promise<void> {
    this.fileName = file.name;
    this.problem = null;
    this.troubles = [];
    this.troubleCount = 0;
    this.report = null;
    this.state = 'checking';
    try {
      await this.#check(file);
    } catch (cause) {
      this.problem = errorWords(cause);
    }
    this.state = 'checked';
  }

  async run(): Promise<void> {
    if (!this.isReady) return;
    this.state = 'importing';
    try {
      const report = await importTerritories(this.#data, this.#lines, false);
      this.#take(report);
      // Somebody may have changed the tree since the file was tried.
      this.state = report.applied ? 'done' : 'checked';
    } catch (cause) {
      this.problem = errorWords(cause);
      this.state = 'checked';
    }
  }

  async #check(file: File): Promise<void> {
    const read =
      file.size > MOST_BYTES
        ? { problem: { kind: 'too_large' as const } }
        : readTerritories(await file.text());
    if ('problem' in read) {
      this.problem = fileWords[read.problem.kind](read.problem);
      return;
    }
    this.#lines = read.lines;
    if (read.problems.length > 0) {
      this.troubles = read.problems.map(localTrouble);
      this.troubleCount = read.problems.length;
      return;
    }
    this.#take(await importTerritories(this.#data, read.lines, true));
  }

  #take(report: ImportReport): void {
    this.report = report;
    this.troubleCount = report.error_count;
    this.troubles = report.errors.map(({ line, field, code, message }, index) => ({
      key: `${index}`,
      line,
      field: field === 'row' ? '' : field,
      words: lineErrorWords({ code, message }),
    }));
  }
}

function localTrouble(found: LineProblem, index: number): LineTrouble {
  const words =
    found.problem === 'too_many_cells' ? m.territory_line_too_many_cells() : boundaryWords(found.problem);
  return { key: `${index}`, line: found.line, field: found.field === 'row' ? '' : found.field, words };
}
