/** One line of a file: where it begins, counted from one, and its cells. */
export interface CsvLine {
  line: number;
  cells: string[];
}

const DELIMITERS = [',', ';', '\t'];

/**
 * Reads text as RFC 4180 has it, as forgiving as people's programs need: any line ends, a byte order mark, semicolons
 * or tabs between cells (whichever the first line has most of). Empty lines are left out. A quote that is never closed
 * takes the rest of the file, as every spreadsheet does.
 */
export function parseCsv(text: string): CsvLine[] {
  const source = text.replace(/^\uFEFF/, '');
  const delimiter = delimiterOf(source);
  const lines: CsvLine[] = [];
  let cells: string[] = [];
  let cell = '';
  let isQuoted = false;
  let line = 1;
  let start = 1;

  const endCell = () => {
    cells.push(cell);
    cell = '';
  };
  const endLine = () => {
    endCell();
    if (cells.some((one) => one.trim() !== '')) lines.push({ line: start, cells });
    cells = [];
  };

  for (let index = 0; index < source.length; index++) {
    const character = source[index] ?? '';
    if (character === '\n' || (character === '\r' && source[index + 1] !== '\n')) line += 1;
    if (isQuoted) {
      if (character !== '"') cell += character;
      else if (source[index + 1] === '"') {
        cell += '"';
        index += 1;
      } else isQuoted = false;
    } else if (character === '"' && cell.trim() === '') {
      cell = '';
      isQuoted = true;
    } else if (character === delimiter) endCell();
    else if (character === '\n' || character === '\r') {
      if (character === '\r' && source[index + 1] === '\n') {
        index += 1;
        line += 1;
      }
      endLine();
      start = line;
    } else cell += character;
  }
  endLine();
  return lines;
}

function delimiterOf(source: string): string {
  const first = source.slice(0, source.search(/[\r\n]|$/));
  const count = (delimiter: string) => first.split(delimiter).length;
  return DELIMITERS.reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best));
}

/** What a spreadsheet would run instead of showing, or has been made harmless already. */
const FORMULA = /^'*[=+\-@\t\r]/;

/** Lines as text to download, with a byte order mark so that spreadsheets read Arabic. Formulas are made harmless. */
export function writeCsv(lines: readonly (readonly (string | null)[])[]): string {
  return `\uFEFF${lines.map((cells) => cells.map(written).join(',')).join('\r\n')}\r\n`;
}

function written(cell: string | null): string {
  const text = cell ?? '';
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",;\t\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A cell without the apostrophe that `writeCsv` puts before formulas. */
export const unescaped = (cell: string): string =>
  cell.startsWith("'") && FORMULA.test(cell.slice(1)) ? cell.slice(1) : cell;
