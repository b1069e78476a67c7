import type { Database } from '../database.ts';
import type { Relation } from '../replication/pgoutput.ts';
import { conversionOf, type Conversion, type TypeDescription } from './json-values.ts';
import type { TableCatalog, TableDescription } from './types.ts';

/** A change of rights that no change of a table announces, as a role's membership, is noticed after this time. */
const rightsLastMs = 5_000;

interface Rights {
  readonly columns: Promise<readonly string[]>;
  readonly askedAt: number;
}

interface Entry {
  /** The message that announced the table as it was when it was described. */
  readonly relation: Relation;
  readonly facts: Promise<TableFacts | null>;
  readonly rights: Map<string, Rights>;
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

const describeSql = 'select realtime.describe_table($1, $2) as described';
const rightsSql = `
  select attribute.attname as name
  from pg_catalog.pg_roles as role
  cross join pg_catalog.pg_attribute as attribute
  where role.rolname = $2 and attribute.attrelid = $1 and attribute.attnum > 0 and not attribute.attisdropped
    and has_column_privilege(role.oid, attribute.attrelid, attribute.attnum, 'select')
  order by attribute.attnum`;

/** Tables by the id the stream gives them. Each announcement of the stream makes the next question a new one. */
export class Catalog implements TableCatalog {
  readonly #database: Database;
  readonly #entries = new Map<number, Entry>();
  readonly #facts = new WeakMap<TableDescription, TableFacts>();

  constructor(database: Database) {
    this.#database = database;
  }

  async describe(relation: Relation): Promise<TableDescription | null> {
    return (await this.#entry(relation).facts)?.table ?? null;
  }

  /** How values of a table that was described here become JSON. */
  factsOf(table: TableDescription): TableFacts | null {
    return this.#facts.get(table) ?? null;
  }

  async selectableColumns(table: TableDescription, role: string): Promise<readonly string[]> {
    const rights = this.#entries.get(table.oid)?.rights;
    const known = rights?.get(role);
    if (known && performance.now() - known.askedAt < rightsLastMs) return known.columns;
    const columns = this.#askRights(table, role);
    const asked = { columns, askedAt: performance.now() };
    rights?.set(role, asked);
    columns.catch(() => {
      if (rights?.get(role) === asked) rights.delete(role);
    });
    return columns;
  }

  refresh(): void {
    this.#entries.clear();
  }

  #entry(relation: Relation): Entry {
    const known = this.#entries.get(relation.id);
    if (known?.relation === relation) return known;
    const entry = { relation, facts: this.#ask(relation), rights: new Map<string, Rights>() };
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
      [relation.id, typeIds],
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

  async #askRights(table: TableDescription, role: string): Promise<readonly string[]> {
    const rows = await this.#database.query<{ name: string }>('realtime_selectable_columns', rightsSql, [
      table.oid,
      role,
    ]);
    return rows.map(({ name }) => name);
  }
}
