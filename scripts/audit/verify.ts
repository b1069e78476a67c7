import type { z } from 'zod';
import {
  endLine,
  rowHash,
  type RowLine,
  rowLine,
  sealHash,
  type SealLine,
  sealLine,
  startLine,
  valuesHash,
} from './canonical.ts';

/** Why an export is not what was written, the same names as `verify_audit` of the database uses. */
export type Reason =
  | 'changed'
  | 'values_changed'
  | 'removed'
  | 'inserted'
  | 'reordered'
  | 'seal_changed'
  | 'seal_removed'
  | 'head_missing';

export interface Broken {
  reason: Reason;
  /** Row of the trail, when it is about a row. */
  id?: number;
  seal?: number;
  table_name?: string;
  record_id?: string | null;
  at?: string;
}

export interface Verified {
  ok: boolean;
  broken: Broken | null;
  rows: number;
  seals: number;
  unsealed: number;
  head: { number: number; hash: string } | null;
}

/** The file is no export of the trail, or not a whole one: nothing can be said about the trail itself. */
export class UnreadableExport extends Error {
  readonly line: number;
  constructor(line: number, message: string) {
    super(line > 0 ? `Line ${line}: ${message}` : message);
    this.name = 'UnreadableExport';
    this.line = line;
  }
}

const parsers = { start: startLine, seal: sealLine, row: rowLine, end: endLine };
type Line = { [Type in keyof typeof parsers]: z.infer<(typeof parsers)[Type]> }[keyof typeof parsers];

/**
 * Verifies an export line by line, holding one seal at a time; stops at the first thing that is broken.
 *
 * @param lines of a file made by the export of the audit page or by `export_audit`
 * @param expectedHead hash of a seal that was noted earlier and has to be in the chain
 * @throws UnreadableExport when the file is no export, or ends early
 */
export async function verifyExport(
  lines: AsyncIterable<string> | Iterable<string>,
  expectedHead?: string,
): Promise<Verified> {
  const check = new Verification(expectedHead);
  for await (const line of lines) {
    if (check.isDone) break;
    check.take(line);
  }
  return check.end();
}

class Verification {
  readonly #expectedHead: string | undefined;
  #line = 0;
  #orgId: string | undefined;
  #ended = false;
  #broken: Broken | null = null;
  #previous: SealLine | null = null;
  /** The seal whose rows are coming, and those that have come. */
  #open: { seal: SealLine; rows: RowLine[] } | null = null;
  #rows = 0;
  #seals = 0;
  #unsealed = 0;
  #lastId = 0;
  #headFound = false;

  constructor(expectedHead: string | undefined) {
    this.#expectedHead = expectedHead;
  }

  get isDone(): boolean {
    return this.#broken !== null;
  }

  take(text: string): void {
    this.#line += 1;
    if (this.#ended) {
      if (text.trim() === '') return;
      throw new UnreadableExport(this.#line, 'there is more after the line that ends the export.');
    }
    const line = this.#parse(text);
    if (line.type === 'start') {
      if (this.#line > 1) throw new UnreadableExport(this.#line, 'a second export begins in the same file.');
      this.#orgId = line.org_id;
    } else if (line.type === 'end') {
      this.#finish(line);
    } else if (line.org_id !== this.#orgId) {
      throw new UnreadableExport(this.#line, `a ${line.type} of another organisation, ${line.org_id}.`);
    } else if (line.type === 'seal') {
      this.#takeSeal(line);
    } else {
      this.#takeRow(line);
    }
  }

  end(): Verified {
    if (this.#line === 0) throw new UnreadableExport(0, 'The file is empty.');
    if (!this.#broken && !this.#ended) {
      throw new UnreadableExport(
        0,
        `The export breaks off after line ${this.#line}: its last line is missing. Download it again.`,
      );
    }
    const head = this.#previous && { number: this.#previous.number, hash: this.#previous.hash };
    return {
      ok: this.#broken === null,
      broken: this.#broken,
      rows: this.#rows,
      seals: this.#seals,
      unsealed: this.#unsealed,
      head,
    };
  }

  #parse(text: string): Line {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw new UnreadableExport(this.#line, `no JSON: ${excerpt(text)}`);
    }
    const type = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined;
    if (this.#line === 1 && type !== 'start') {
      throw new UnreadableExport(1, 'this is no export of an audit trail; its first line would say so.');
    }
    if (type !== 'start' && type !== 'seal' && type !== 'row' && type !== 'end') {
      throw new UnreadableExport(this.#line, `neither a row nor a seal: ${excerpt(text)}`);
    }
    const parsed = parsers[type].safeParse(value);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    throw new UnreadableExport(this.#line, `${issue?.path.join('.')} of this ${type}: ${issue?.message}`);
  }

  #takeSeal(seal: SealLine): void {
    this.#close();
    if (this.#broken) return;
    const expected = (this.#previous?.number ?? 0) + 1;
    if (seal.number !== expected) {
      this.#broken = { reason: 'seal_removed', seal: expected };
    } else if (
      seal.previous_hash !== (this.#previous?.hash ?? null) ||
      seal.from_id !== (this.#previous?.to_id ?? 0) + 1 ||
      sealHash(seal) !== seal.hash
    ) {
      this.#broken = { reason: 'seal_changed', seal: seal.number };
    } else {
      this.#open = { seal, rows: [] };
      if (seal.hash === this.#expectedHead) this.#headFound = true;
    }
  }

  #takeRow(row: RowLine): void {
    const isOfSeal = this.#open && row.id >= this.#open.seal.from_id && row.id <= this.#open.seal.to_id;
    if (isOfSeal) {
      this.#open?.rows.push(row);
      return;
    }
    this.#close();
    if (this.#broken) return;
    // Sealed stretches are behind us: what lies in one of them has no business here.
    if (row.id <= this.#lastId) return this.#breakAt(row, 'reordered');
    this.#lastId = row.id;
    if (isChanged(row)) return this.#breakAt(row, 'changed');
    this.#unsealed += 1;
  }

  /** All rows of a seal have come: compares what it says with what is there. */
  #close(): void {
    if (!this.#open) return;
    const { seal, rows } = this.#open;
    this.#open = null;
    this.#broken = firstBroken(seal, rows);
    if (this.#broken) return;
    this.#previous = seal;
    this.#rows += rows.length;
    this.#seals += 1;
    this.#lastId = seal.to_id;
  }

  #finish(end: z.infer<typeof endLine>): void {
    this.#close();
    if (this.#broken) return;
    this.#ended = true;
    if (this.#expectedHead && !this.#headFound) {
      this.#broken = { reason: 'head_missing' };
    } else if (this.#seals < end.seals) {
      this.#broken = { reason: 'seal_removed', seal: this.#seals + 1 };
    } else if (this.#rows + this.#unsealed < end.rows) {
      // Rows that no seal names yet can only be counted.
      this.#broken = { reason: 'removed' };
    }
  }

  #breakAt(row: RowLine, reason: Reason): void {
    this.#broken = brokenRow(row, reason);
  }
}

/** The first row that is not as its seal says. */
function firstBroken(seal: SealLine, rows: readonly RowLine[]): Broken | null {
  const sealed = new Map(seal.rows);
  const sums = new Set(sealed.values());
  const found = rows
    .map((row): Broken | null => {
      const sum = sealed.get(row.id);
      if (sum === undefined) return brokenRow(row, 'inserted', seal);
      if (row.hash !== sum) return brokenRow(row, sums.has(row.hash) ? 'reordered' : 'changed', seal);
      if (rowHash(row) !== sum) return brokenRow(row, 'changed', seal);
      return valuesHash(row) === row.values_hash ? null : brokenRow(row, 'values_changed', seal);
    })
    .filter((broken) => broken !== null);
  const present = new Set(rows.map(({ id }) => id));
  for (const [id] of seal.rows) {
    if (!present.has(id)) found.push({ reason: 'removed', id, seal: seal.number });
  }
  const [first] = found.sort((a, b) => (a.id ?? 0) - (b.id ?? 0));
  if (first) return first;
  // All are there and unchanged; what is left is their order, and a row that came twice.
  const misplaced = rows.find(({ id }, index) => id !== seal.rows[index]?.[0]);
  return misplaced ? brokenRow(misplaced, 'reordered', seal) : null;
}

function brokenRow({ id, table_name, record_id, at }: RowLine, reason: Reason, seal?: SealLine): Broken {
  return { reason, id, table_name, record_id, at, ...(seal && { seal: seal.number }) };
}

const isChanged = (row: RowLine): boolean => rowHash(row) !== row.hash || valuesHash(row) !== row.values_hash;

function excerpt(text: string): string {
  const line = text.slice(0, 60).replaceAll(/[^\x20-\x7e]/g, '·');
  return `"${line}${text.length > 60 ? '…' : ''}"`;
}
