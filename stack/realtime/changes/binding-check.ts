/** Asks the database, in one round trip, whether the bindings of a join can be subscribed. */
import type { Database } from '../database.ts';
import { isDatabaseRefusal } from '../database.ts';
import { BindingError } from './binding-error.ts';
import { describeBinding, type Binding } from './binding.ts';
import { compileCondition, type ColumnValue, type Condition } from './filter-condition.ts';
import type { FilterCondition } from './filter-grammar.ts';
import { groupBy } from './group-by.ts';
import { postgresException } from './postgres-exception.ts';
import type { CheckedBinding } from './subscriptions.ts';

export const publication = 'supabase_realtime';

const checkSql = 'select realtime.check_bindings($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) as found';

/** What `realtime.check_bindings` answers. Sources count from 1. */
interface Found {
  readonly missing: readonly number[];
  readonly unreadable: readonly (readonly [source: number, column: string])[];
  /** Each combination of types that the columns have in the tables of a source: type and whether it is generated. */
  readonly shapes: readonly {
    readonly source: number;
    readonly types: Readonly<Record<string, readonly [typeId: number, isGenerated: boolean]>>;
  }[];
  readonly types: Readonly<Record<string, readonly [baseTypeId: number, isEnum: boolean]>>;
  readonly comparisons: readonly {
    readonly type: number;
    readonly operator: string;
    readonly operands: readonly string[];
    readonly values: readonly (readonly ColumnValue[])[] | null;
    readonly problem: { readonly operand: string; readonly code: string; readonly message: string } | null;
  }[];
}

const mostListed = 100;

/**
 * Checks bindings against the publication, the role's rights and the columns' types.
 * @throws BindingError for the first that cannot be subscribed; RealtimeError when the database cannot be asked
 */
export async function checkBindings(
  database: Database,
  role: string,
  bindings: readonly Binding[],
): Promise<CheckedBinding[]> {
  const [first] = bindings;
  if (!first) return [];
  const sources = new Sources(bindings);
  try {
    const [row] = await database.query<{ found: Found }>('realtime_check_bindings', checkSql, [
      publication,
      role,
      ...sources.parameters(bindings),
    ]);
    if (!row) return [];
    const findings = new Findings(row.found, role);
    return bindings.map((binding) => findings.judge(binding, sources.numberOf(binding)));
  } catch (error) {
    if (error instanceof BindingError || (isDatabaseRefusal(error) && error.code !== 'QueryCanceled'))
      throw error;
    throw exception(first, postgresException(error));
  }
}

/** The distinct schemas and tables that bindings name, counted from 1. */
class Sources {
  readonly #numbers = new Map<string, number>();
  readonly #schemas: string[] = [];
  readonly #tables: string[] = [];

  constructor(bindings: readonly Binding[]) {
    for (const { schema, table } of bindings) {
      const key = JSON.stringify([schema, table]);
      if (this.#numbers.has(key)) continue;
      this.#schemas.push(schema);
      this.#tables.push(table);
      this.#numbers.set(key, this.#schemas.length);
    }
  }

  numberOf({ schema, table }: Binding): number {
    return this.#numbers.get(JSON.stringify([schema, table])) ?? 0;
  }

  parameters(bindings: readonly Binding[]): unknown[] {
    const conditions = bindings.flatMap((binding) =>
      binding.conditions.map((condition) => ({ source: this.numberOf(binding), ...condition })),
    );
    const selects = bindings.flatMap((binding) =>
      (binding.select ?? []).map((column) => ({ source: this.numberOf(binding), column })),
    );
    return [
      this.#schemas,
      this.#tables,
      conditions.map(({ source }) => source),
      conditions.map(({ column }) => column),
      conditions.map(({ operator }) => operator),
      conditions.map(({ operand }) => operand),
      selects.map(({ source }) => source),
      selects.map(({ column }) => column),
    ];
  }
}

/** The database's findings, to be applied to one binding after the other. */
class Findings {
  readonly #found: Found;
  readonly #role: string;
  readonly #missing: ReadonlySet<number>;
  readonly #unreadable: ReadonlySet<string>;
  readonly #shapes: ReadonlyMap<number, Found['shapes']>;
  readonly #values = new Map<string, readonly ColumnValue[]>();
  readonly #problems = new Map<string, string>();

  constructor(found: Found, role: string) {
    this.#found = found;
    this.#role = role;
    this.#missing = new Set(found.missing);
    this.#unreadable = new Set(found.unreadable.map(([source, column]) => `${source} ${column}`));
    this.#shapes = groupBy(found.shapes, ({ source }) => source);
    for (const { type, operator, operands, values, problem } of found.comparisons) {
      for (const [index, operand] of operands.entries()) {
        const list = values?.[index];
        if (list) this.#values.set(operandKey(type, operator, operand), list);
      }
      if (problem)
        this.#problems.set(
          operandKey(type, operator, problem.operand),
          postgresException({ code: problem.code, message: problem.message }),
        );
    }
  }

  /** @throws BindingError */
  judge(binding: Binding, source: number): CheckedBinding {
    if (this.#missing.has(source)) throw notPublished(binding);
    for (const { column } of binding.conditions)
      if (this.#unreadable.has(`${source} ${column}`))
        throw raised(binding, `invalid column for filter ${column}`);
    const variants =
      binding.conditions.length === 0
        ? [[]]
        : (this.#shapes.get(source) ?? []).map(({ types }) =>
            binding.conditions.map((condition) => this.#compile(binding, condition, types)),
          );
    for (const column of binding.select ?? [])
      if (this.#unreadable.has(`${source} ${column}`))
        throw raised(binding, `invalid column for select ${column}`);
    return { binding, variants: distinct(variants) };
  }

  #compile(
    binding: Binding,
    { column, operator, operand, isNegated }: FilterCondition,
    types: Found['shapes'][number]['types'],
  ): Condition {
    const [typeId, isGenerated] = types[column] ?? [0, false];
    const [baseTypeId, isEnum] = this.#found.types[typeId] ?? [0, false];
    if (operator === 'is' && !['null', 'true', 'false', 'unknown'].includes(operand))
      throw raised(binding, 'invalid value for is filter: must be null, true, false, or unknown');
    const key = operandKey(typeId, operator, operand);
    const problem = this.#problems.get(key);
    if (problem !== undefined) throw exception(binding, problem);
    const values = this.#values.get(key) ?? null;
    if (operator === 'in' && values && values.length > mostListed)
      throw raised(binding, `too many values for \`in\` filter. Maximum ${mostListed}`);
    const role = this.#role;
    return compileCondition({
      column,
      typeId,
      baseTypeId,
      isEnum,
      isGenerated,
      operator,
      isNegated,
      operand,
      values,
      role,
    });
  }
}

/** Tables that differ in other columns only need the conditions once. */
function distinct(variants: readonly (readonly Condition[])[]): (readonly Condition[])[] {
  return [...new Map(variants.map((variant) => [variant.map(({ key }) => key).join(), variant])).values()];
}

const operandKey = (typeId: number, operator: string, operand: string) => `${typeId} ${operator} ${operand}`;

const unable = 'Unable to subscribe to changes with given parameters.';

const notPublished = (binding: Binding) =>
  new BindingError(
    `${unable} Please check Realtime is enabled for the given connect parameters: ${describeBinding(binding)}`,
  );

const raised = (binding: Binding, message: string) =>
  exception(binding, postgresException({ code: 'P0001', message }));

/** A database's complaint about a binding, in the hosted server's words. */
export const exception = (binding: Binding, complaint: string) =>
  new BindingError(
    `${unable} An exception happened so please check your connect parameters: ${describeBinding(binding)}. Exception: ${complaint}`,
  );
