import type { ChangedRow } from './changed-row.ts';
import type { Condition } from './filter-condition.ts';

/** Bits of the kinds of change. */
export const kindBits = { INSERT: 1, UPDATE: 2, DELETE: 4, '*': 7 } as const;

/** What the index holds: something that wants kinds of change. */
export interface Indexed {
  readonly kinds: number;
}

/** Called for entries under conditions that hold, or would hold if the database agrees to those listed. */
export type OnCandidates<Entry> = (entries: ReadonlySet<Entry>, undecided: readonly Condition[]) => void;

/** Entries under one set of conditions. */
interface Group<Entry> {
  readonly conditions: readonly Condition[];
  readonly entries: Set<Entry>;
}

/** Groups that are found by what a column equals. */
interface Lookup<Entry> {
  readonly column: string;
  readonly typeId: number;
  readonly keyOf: (text: string) => string;
  readonly groups: Map<string, Map<string, Group<Entry>>>;
}

/**
 * The bindings of one table. Whoever asks for a column to equal something is found by the changed row's value, so that
 * their number does not matter; other conditions are tested once per change for everyone who has the same.
 */
export class BindingIndex<Entry extends Indexed> {
  readonly #lookups = new Map<string, Lookup<Entry>>();
  readonly #groups = new Map<string, Group<Entry>>();
  readonly #counts = new Map<number, number>();
  /** Generated columns that conditions are about, and how many are. */
  readonly #generated = new Map<string, number>();
  #kinds = 0;

  get isEmpty(): boolean {
    return this.#kinds === 0;
  }

  /** Whether anybody wants one of these kinds. */
  wants(kinds: number): boolean {
    return (this.#kinds & kinds) !== 0;
  }

  /** Names of generated columns whose values it takes to find everybody. */
  get generatedColumns(): Iterable<string> {
    return this.#generated.keys();
  }

  add(entry: Entry, conditions: readonly Condition[]): void {
    this.#count(entry.kinds, 1);
    this.#countGenerated(conditions, 1);
    const { indexed, rest } = split(conditions);
    const key = rest.map((condition) => condition.key).join();
    for (const groups of indexed ? this.#lookupGroups(indexed) : [this.#groups]) {
      const group = groups.get(key) ?? { conditions: rest, entries: new Set<Entry>() };
      group.entries.add(entry);
      groups.set(key, group);
    }
  }

  remove(entry: Entry, conditions: readonly Condition[]): void {
    this.#count(entry.kinds, -1);
    this.#countGenerated(conditions, -1);
    const { indexed, rest } = split(conditions);
    const key = rest.map((condition) => condition.key).join();
    for (const groups of indexed ? this.#lookupGroups(indexed) : [this.#groups]) {
      const group = groups.get(key);
      group?.entries.delete(entry);
      if (group?.entries.size === 0) groups.delete(key);
    }
    if (indexed) this.#forgetEmpty(indexed);
  }

  /** Finds the entries whose conditions a row satisfies. */
  find(row: ChangedRow, onCandidates: OnCandidates<Entry>): void {
    for (const group of this.#groups.values()) visit(group, row, onCandidates);
    for (const { column, typeId, keyOf, groups } of this.#lookups.values()) {
      const value = row.value(column, typeId);
      if (typeof value !== 'string') continue;
      for (const group of groups.get(keyOf(value))?.values() ?? []) visit(group, row, onCandidates);
    }
  }

  #lookupGroups({ column, typeId, lookup, rules }: Condition): Map<string, Group<Entry>>[] {
    const name = lookupName(column, typeId);
    const index = this.#lookups.get(name) ?? {
      column,
      typeId,
      keyOf: rules?.key ?? String,
      groups: new Map(),
    };
    this.#lookups.set(name, index);
    return (lookup ?? []).map((key) => {
      const groups = index.groups.get(key) ?? new Map<string, Group<Entry>>();
      index.groups.set(key, groups);
      return groups;
    });
  }

  #forgetEmpty({ column, typeId, lookup }: Condition): void {
    const name = lookupName(column, typeId);
    const index = this.#lookups.get(name);
    for (const key of lookup ?? []) if (index?.groups.get(key)?.size === 0) index.groups.delete(key);
    if (index?.groups.size === 0) this.#lookups.delete(name);
  }

  #countGenerated(conditions: readonly Condition[], difference: number): void {
    for (const { column, isGenerated } of conditions) {
      if (!isGenerated) continue;
      const count = (this.#generated.get(column) ?? 0) + difference;
      if (count === 0) this.#generated.delete(column);
      else this.#generated.set(column, count);
    }
  }

  #count(kinds: number, difference: number): void {
    this.#counts.set(kinds, (this.#counts.get(kinds) ?? 0) + difference);
    this.#kinds = 0;
    for (const [wanted, count] of this.#counts) if (count > 0) this.#kinds |= wanted;
  }
}

const lookupName = (column: string, typeId: number) => `${typeId} ${column}`;

/** The condition to look entries up by: the one with the fewest values. */
function split(conditions: readonly Condition[]): { indexed: Condition | null; rest: readonly Condition[] } {
  let indexed: Condition | null = null;
  for (const condition of conditions)
    if (condition.lookup && (indexed?.lookup?.length ?? Infinity) > condition.lookup.length)
      indexed = condition;
  return { indexed, rest: indexed ? conditions.filter((condition) => condition !== indexed) : conditions };
}

/** A column that the log does not have satisfies nothing. */
function visit<Entry>(
  { conditions, entries }: Group<Entry>,
  row: ChangedRow,
  onCandidates: OnCandidates<Entry>,
): void {
  const undecided: Condition[] = [];
  for (const condition of conditions) {
    const value = row.value(condition.column, condition.typeId);
    if (value === undefined) return;
    if (condition.test === null) undecided.push(condition);
    else if (!condition.test(value)) return;
  }
  onCandidates(entries, undecided);
}
