import type { Database } from '../database.ts';
import type { Relation } from '../replication/pgoutput.ts';
import { conversionOf, type Conversion, type TypeDescription } from './json-values.ts';
import type { TableDescription } from './types.ts';

interface Entry {
  /** The message that announced the table as it was when it was described. */
  readonly relation: Relation;
  readonly facts: Promise<TableFacts | null>;
}

/** A described table, and what it takes to convert its values. */
export interface TableFacts {
  readonly table: TableDescription;
  /** By generated column, the columns it is computed from. */
  readonly inputs: Readonly<Record<string, readonly string[] | null>>;
  readonly types: ReadonlyMap<number, TypeDescription>;
  /** @returns null when the database has to convert values of the type */
  conversion(typeId: number): Conversion | null;
}

interface DescribedTable extends TableDescription {
  readonly inputs: TableFacts['inputs'];
  readonly types: readonly TypeDescription[];
}

const describeSql = 'select realtime.describe_table($1, $2, $3) as described';

/** Tables by the id the stream gives them. Each announcement of the stream makes the next question a new one. */
export class Catalog {
  readonly #database: Database;
  readonly #recentTransactions: () => readonly number[];
  readonly #entries = new Map<number, Entry>();
  readonly #facts = new WeakMap<TableDescription, TableFacts>();

  /** @param recentTransactions those whose changes were received and may not be visible yet */
  constructor(database: Database, recentTransactions: () => readonly number[]) {
    this.#database = database;
    this.#recentTransactions = recentTransactions;
  }

  /**
   * The table of a change, as it is now. Asked of the database again after the stream announced that the table changed.
   * @returns null when the table is gone
   */
  async describe(relation: Relation): Promise<TableDescription | null> {
    return (await this.#entry(relation).facts)?.table ?? null;
  }

  /** How values of a table that was described here become JSON. */
  factsOf(table: TableDescription): TableFacts | null {
    return this.#facts.get(table) ?? null;
  }

  #entry(relation: Relation): Entry {
    const known = this.#entries.get(relation.id);
    if (known?.relation === relation) return known;
    const entry = { relation, facts: this.#ask(relation) };
    this.#entries.set(relation.id, entry);
    // A failed question is asked again.
    entry.facts.catch(() => {
      if (this.#entries.get(relation.id) === entry) this.#entries.delete(relation.id);
    });
    return entry;
  }

  async #ask(relation: Relation): Promise<TableFacts | null> {
    const typeIds = [...new Set(relation.columns.map(({ typeId }) => typeId))];
    const [row] = await this.#database.query<{ described: DescribedTable | null }>(
      'realtime_describe_table',
      describeSql,
      [relation.id, typeIds, this.#recentTransactions()],
    );
    if (!row?.described) return null;
    const { types: list, inputs, ...table } = row.described;
    const types = new Map(list.map((type) => [type.id, type]));
    const conversions = new Map<number, Conversion | null>();
    const conversion = (typeId: number): Conversion | null => {
      let found = conversions.get(typeId);
      if (found === undefined) conversions.set(typeId, (found = conversionOf(typeId, types)));
      return found;
    };
    const facts = { table, inputs, types, conversion };
    this.#facts.set(table, facts);
    return facts;
  }
}
