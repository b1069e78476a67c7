import type { Database } from '../database.ts';
import { describe, type Logger } from '../logger.ts';
import type { TableFacts } from './catalog.ts';
import type { RawRow } from './raw-rows.ts';

const computeSql = 'select realtime.generated_values($1, $2, $3, $4, $5, $6) as texts';
const fetchSql = 'select realtime.stored_values($1, $2, $3, $4, $5, $6) as rows';

/**
 * Generated columns, which the stream of this version of Postgres leaves out. They are computed from the row as it was
 * written; where a value for that is missing, they are read from the table.
 */
export class GeneratedColumns {
  readonly #database: Database;
  readonly #logger: Logger;

  constructor(database: Database, logger: Logger) {
    this.#database = database;
    this.#logger = logger;
  }

  /** Adds the columns to the rows. A column that cannot be had stays missing. */
  async addTo(rows: readonly RawRow[], names: readonly string[], facts: TableFacts): Promise<void> {
    const inputs = [...new Set(names.flatMap((name) => facts.inputs[name] ?? []))];
    const isComplete = (row: RawRow) => inputs.every((name) => row.has(name));
    const complete = rows.filter(isComplete);
    const computed = await this.#compute(complete, inputs, names, facts);
    const rest = computed ? rows.filter((row) => !isComplete(row)) : rows;
    await this.#fetch(rest, names, facts);
  }

  async #compute(
    rows: readonly RawRow[],
    inputs: readonly string[],
    names: readonly string[],
    facts: TableFacts,
  ): Promise<boolean> {
    const [first] = rows;
    if (!first) return true;
    const types = inputs.map((name) => typeName(first, name, facts));
    const values = rows.flatMap((row) => inputs.map((name) => row.get(name)?.text ?? null));
    try {
      const [answer] = await this.#database.query<{ texts: (string | null)[] }>(
        'realtime_generated_values',
        computeSql,
        [facts.table.oid, rows.length, inputs, types, values, names],
      );
      for (const [index, row] of rows.entries())
        add(row, names, answer?.texts.slice(index * names.length, (index + 1) * names.length) ?? [], facts);
      return true;
    } catch (error) {
      this.#logger.debug(`generated columns of ${facts.table.name} were not computed: ${describe(error)}`);
      return false;
    }
  }

  async #fetch(rows: readonly RawRow[], names: readonly string[], facts: TableFacts): Promise<void> {
    const { oid, name, primaryKey } = facts.table;
    const found = rows.filter(
      (row) => primaryKey.length > 0 && primaryKey.every((column) => row.has(column)),
    );
    const [first] = found;
    if (!first) return;
    const types = primaryKey.map((column) => typeName(first, column, facts));
    const keys = found.flatMap((row) => primaryKey.map((column) => row.get(column)?.text ?? null));
    try {
      const [answer] = await this.#database.query<{ rows: ((string | null)[] | null)[] }>(
        'realtime_stored_values',
        fetchSql,
        [oid, found.length, primaryKey, types, keys, names],
      );
      for (const [index, row] of found.entries()) add(row, names, answer?.rows[index] ?? [], facts);
    } catch (error) {
      this.#logger.warn(`generated columns of ${name} are missing from its changes: ${describe(error)}`);
    }
  }
}

function typeName(row: RawRow, column: string, { types }: TableFacts): string {
  return types.get(row.get(column)?.typeId ?? 0)?.name ?? 'pg_catalog.text';
}

function add(
  row: RawRow,
  names: readonly string[],
  texts: readonly (string | null)[],
  facts: TableFacts,
): void {
  for (const [index, name] of names.entries()) {
    const text = texts[index];
    const typeId = facts.table.columns.find((column) => column.name === name)?.typeId;
    if (text !== undefined && typeId !== undefined) row.set(name, { typeId, text });
  }
}
