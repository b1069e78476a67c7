import { BindingIndex, kindBits } from './binding-index.ts';
import { wildcard, type Binding } from './binding.ts';
import { ChangedRow } from './changed-row.ts';
import { ClaimSets } from './claim-sets.ts';
import type { Condition } from './filter-condition.ts';
import type { FilterDatabase } from './filter-database.ts';
import type { GeneratedValues } from './generated-values.ts';
import { Matching } from './matching.ts';
import type {
  ChangeKind,
  ChangeListener,
  ChangeMatcher,
  MatchedBindings,
  RowChange,
  TableDescription,
} from './types.ts';

/** A binding that the database has accepted. */
export interface CheckedBinding {
  readonly binding: Binding;
  /** Its conditions for each combination of column types that its tables have: one, unless it has a wildcard. */
  readonly variants: readonly (readonly Condition[])[];
}

/** A binding in the index. */
export interface Entry<Listener extends ChangeListener> {
  readonly kinds: number;
  readonly id: number;
  readonly listener: Listener;
  readonly select: readonly string[] | null;
  /** What a match of this binding alone says. */
  readonly alone: MatchedBindings<Listener>;
}

/** What is asked of the database that only some listeners wait for, and who is told when it fails. */
export interface SubscriptionsOptions<Listener extends ChangeListener> {
  readonly database: FilterDatabase;
  /** Computes generated columns, which the log does not have: a row of values for each change. */
  readonly generated: GeneratedValues;
  /** A filter of this listener could not be evaluated; it has been taken out. */
  readonly onFilterFailed: (listener: Listener, reason: string) => void;
}

/** Everybody who listens to changes, found by what changed. */
export class ChangeSubscriptions<Listener extends ChangeListener> implements ChangeMatcher<Listener> {
  readonly claimSets = new ClaimSets();
  readonly #options: SubscriptionsOptions<Listener>;
  /** By schema, then table. */
  readonly #indexes = new Map<string, Map<string, BindingIndex<Entry<Listener>>>>();
  readonly #bindings = new Map<Listener, readonly (CheckedBinding & { readonly entry: Entry<Listener> })[]>();
  /** Equal lists of columns are one list. */
  readonly #selects = new Map<string, readonly string[]>();

  constructor(options: SubscriptionsOptions<Listener>) {
    this.#options = options;
  }

  /** Listeners that are subscribed. */
  get size(): number {
    return this.#bindings.size;
  }

  /** Subscribes a listener, in place of what it had before. */
  set(listener: Listener, bindings: readonly CheckedBinding[]): void {
    this.remove(listener);
    const entered = bindings.map((checked) => ({
      ...checked,
      entry: this.#entry(listener, checked.binding),
    }));
    for (const { entry, binding, variants } of entered)
      for (const conditions of variants) this.#index(binding).add(entry, conditions);
    this.#bindings.set(listener, entered);
  }

  remove(listener: Listener): void {
    for (const { entry, binding, variants } of this.#bindings.get(listener) ?? []) {
      const index = this.#index(binding);
      for (const conditions of variants) index.remove(entry, conditions);
      if (index.isEmpty) this.#forget(binding);
    }
    this.#bindings.delete(listener);
  }

  hasListeners(schema: string, table: string, kind: ChangeKind): boolean {
    return this.#indexesOf(schema, table).some((index) => index.wants(kindBits[kind]));
  }

  async match(
    table: TableDescription,
    changes: readonly RowChange[],
  ): Promise<readonly (readonly MatchedBindings<Listener>[])[]> {
    const indexes = this.#indexesOf(table.schema, table.name);
    const names = [...new Set(indexes.flatMap((index) => [...index.generatedColumns]))];
    const generated = names.length > 0 ? await this.#options.generated(table, changes, names) : [];
    const matchings = changes.map((change, place) => {
      const matching = new Matching<Listener>(new ChangedRow(change, generated[place]));
      for (const index of indexes) if (index.wants(kindBits[change.kind])) matching.search(index);
      return matching;
    });
    const open = matchings.flatMap((matching) => matching.questions());
    if (open.length > 0) {
      const { answers, failures } = await this.#options.database.ask(open);
      for (const matching of matchings)
        for (const [listener, why] of matching.decide(answers, failures)) this.#fail(listener, why);
    }
    return matchings.map((matching) => matching.result());
  }

  #fail(listener: Listener, reason: string): void {
    if (!this.#bindings.has(listener)) return;
    this.remove(listener);
    this.#options.onFilterFailed(listener, reason);
  }

  #entry(listener: Listener, { id, event, select }: Binding): Entry<Listener> {
    const columns = select && this.#intern(select);
    const alone = { listener, ids: [id], select: columns };
    return { kinds: kindBits[event], id, listener, select: columns, alone };
  }

  #intern(select: readonly string[]): readonly string[] {
    const key = JSON.stringify(select);
    const known = this.#selects.get(key) ?? select;
    this.#selects.set(key, known);
    return known;
  }

  #index({ schema, table }: Binding): BindingIndex<Entry<Listener>> {
    const tables = this.#indexes.get(schema) ?? new Map<string, BindingIndex<Entry<Listener>>>();
    this.#indexes.set(schema, tables);
    const index = tables.get(table) ?? new BindingIndex<Entry<Listener>>();
    tables.set(table, index);
    return index;
  }

  #forget({ schema, table }: Binding): void {
    const tables = this.#indexes.get(schema);
    tables?.delete(table);
    if (tables?.size === 0) this.#indexes.delete(schema);
  }

  /** Those of the table by name, and those that took a wildcard for its schema or its name. */
  #indexesOf(schema: string, table: string): BindingIndex<Entry<Listener>>[] {
    return [...new Set([schema, wildcard])].flatMap((schemaName) => {
      const tables = this.#indexes.get(schemaName);
      return [...new Set([table, wildcard])].flatMap((tableName) => tables?.get(tableName) ?? []);
    });
  }
}
