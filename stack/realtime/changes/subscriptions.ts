import { BindingIndex, kindBits } from './binding-index.ts';
import { wildcard, type Binding } from './binding.ts';
import { ChangedRow } from './changed-row.ts';
import { ClaimSets } from './claim-sets.ts';
import type { Condition } from './filter-condition.ts';
import { Findings } from './findings.ts';
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

/** Filters that may run into the time limit within one window, before no more is asked for it. */
const mostCuts = 4;

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
    await this.#askDatabase(matchings);
    return matchings.map((matching) => matching.result());
  }

  /** Asks until everything is answered; a filter that fails, or takes too long, leaves with its listener. */
  async #askDatabase(matchings: readonly Matching<Listener>[]): Promise<void> {
    const findings = new Findings<Listener>();
    for (;;) {
      const questions = matchings.flatMap((matching) => matching.questions(findings));
      if (questions.length === 0) break;
      await this.#options.database.ask(questions, findings);
      for (const matching of matchings) matching.noteFailures(findings);
      if (findings.cuts < mostCuts) continue;
      for (const matching of matchings) matching.giveUp(findings, 'the comparison was not made in time');
    }
    for (const [listener, complaint] of findings.failed) this.#fail(listener, complaint);
    for (const matching of matchings) matching.decide(findings);
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
