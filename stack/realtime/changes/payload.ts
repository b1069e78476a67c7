import type { Database } from '../database.ts';
import { describe, type Logger } from '../logger.ts';
import type { Relation } from '../replication/pgoutput.ts';
import type { Catalog, TableFacts } from './catalog.ts';
import { GeneratedColumns } from './generated-columns.ts';
import { groupBy } from './group-by.ts';
import { encodeData } from './message-data.ts';
import {
  rawChange,
  unchangedIdentity,
  withColumns,
  withValues,
  type RawChange,
  type RawRow,
  type RawValue,
} from './raw-rows.ts';
import type { RowChange, TableDescription } from './types.ts';
import type { ChangeEncoder, CommittedChange } from './window-table.ts';

export interface PayloadOptions {
  readonly database: Database;
  readonly catalog: Catalog;
  readonly logger: Logger;
  /** Size of a row above which only its short values are sent. */
  readonly maxRecordBytes?: number;
}

const defaultMaxRecordBytes = 1024 * 1024;
const convertSql = 'select realtime.values_to_json($1, $2, $3) as json';

/** Turns changes into what the hosted server sends of them. */
export class Payloads implements ChangeEncoder {
  readonly #options: PayloadOptions;
  readonly #generated: GeneratedColumns;

  constructor(options: PayloadOptions) {
    this.#options = options;
    this.#generated = new GeneratedColumns(options.database, options.logger);
  }

  describe(relation: Relation): Promise<TableDescription | null> {
    return this.#options.catalog.describe(relation);
  }

  async complete(
    table: TableDescription,
    changes: readonly CommittedChange[],
  ): Promise<readonly CommittedChange[]> {
    if (!table.columns.some(({ isGenerated }) => isGenerated)) return changes;
    const facts = this.#factsOf(table);
    const completed = new Map<CommittedChange, CommittedChange>();
    // The table may have been altered between two of the changes.
    for (const [relation, group] of groupBy(changes, ({ change }) => change.relation)) {
      const names = missingColumns(relation, table);
      if (names.length === 0) continue;
      const raw = group.map(({ change }) => this.#read(change));
      await this.#generated.addTo(wholeRows(raw), names, facts);
      const extended = withColumns(relation, names, table);
      for (const [index, committed] of group.entries()) {
        const values = raw[index];
        if (values)
          completed.set(committed, { ...committed, change: withValues(committed.change, values, extended) });
      }
    }
    return changes.map((change) => completed.get(change) ?? change);
  }

  async load(
    table: TableDescription,
    changes: readonly CommittedChange[],
  ): Promise<(index: number, columns: ReadonlySet<string>) => string> {
    const facts = this.#factsOf(table);
    const read = changes.map(({ change }) => this.#read(change));
    const raw = read.map((each) => ({ ...each, old: each.old ?? unchangedIdentity(each, table) }));
    await this.#convertInDatabase(raw, facts);
    return (index, columns) => {
      const [change, committed] = [raw[index], changes[index]];
      if (!change || !committed) throw new RangeError(`there is no change ${index}`);
      return encodeData(change, facts, committed.transaction.committedAt, columns);
    };
  }

  #factsOf(table: TableDescription): TableFacts {
    const facts = this.#options.catalog.factsOf(table);
    if (!facts) throw new Error(`the table ${table.name} was not described by this catalogue`);
    return facts;
  }

  #read(change: RowChange): RawChange {
    return rawChange(change, this.#options.maxRecordBytes ?? defaultMaxRecordBytes);
  }

  /** Types that only the database can convert are rare, so most changes do not ask. */
  async #convertInDatabase(changes: readonly RawChange[], facts: TableFacts): Promise<void> {
    const values = changes.flatMap(({ row, old }) => [...(row?.values() ?? []), ...(old?.values() ?? [])]);
    const foreign = values.filter(({ typeId, text }) => text !== null && facts.conversion(typeId) === null);
    const types = groupBy(foreign, ({ typeId }) => typeId);
    await Promise.all([...types].map(([typeId, group]) => this.#convertType(facts, typeId, group)));
  }

  async #convertType(
    { table, types }: TableFacts,
    typeId: number,
    values: readonly RawValue[],
  ): Promise<void> {
    const { database, logger } = this.#options;
    const type = types.get(typeId);
    if (!type) return;
    try {
      const [answer] = await database.query<{ json: (string | null)[] | null }>(
        'realtime_values_to_json',
        convertSql,
        [table.oid, type.name, values.map(({ text }) => text)],
      );
      for (const [index, value] of values.entries()) {
        const json = answer?.json?.[index];
        if (typeof json === 'string') value.json = json;
      }
    } catch (error) {
      logger.warn(`values of ${table.name} are sent as text: ${describe(error)}`);
    }
  }
}

/** Generated columns that the stream leaves out; of a table published in part, that is on purpose. */
function missingColumns({ columns }: Relation, table: TableDescription): readonly string[] {
  const sent = new Set(columns.map(({ name }) => name));
  const missing = table.columns.filter(({ name }) => !sent.has(name));
  return missing.every(({ isGenerated }) => isGenerated) ? missing.map(({ name }) => name) : [];
}

/** Rows that generated columns can be added to. Of an oversize row only short values go out: not worth the question. */
function wholeRows(changes: readonly RawChange[]): readonly RawRow[] {
  return changes.flatMap(({ change, row, old, isOversize }) =>
    isOversize ? [] : [...(row ? [row] : []), ...(old && change.old?.whole ? [old] : [])],
  );
}
