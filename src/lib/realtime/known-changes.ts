import { isLater, type RowChange } from '$lib/data/row-change';

/** A change as far as it matters for knowing it again; `bulk` stands for many records of a table. */
export interface Announced {
  table: string;
  op: 'insert' | 'update' | 'delete' | 'gone' | 'bulk';
  id?: string | null | undefined;
  version?: number | null | undefined;
  at: string;
}

/** More than is announced between two looks at the log; what was forgotten is merely brought in again. */
const KEPT = 5_000;

/**
 * What has been brought to the screen of each record, whichever way it came, so that nothing is done twice: changes
 * arrive on several topics, and the log names again what was heard live.
 */
export class KnownChanges {
  readonly #latest = new Map<string, Pick<RowChange<unknown>, 'kind' | 'version'>>();

  /** Remembers a change; false when it is not news. */
  accept(change: Announced): boolean {
    if (this.has(change)) return false;
    const key = keyOf(change);
    // Deleting first moves it to the end, which keeps the oldest first.
    this.#latest.delete(key);
    this.#latest.set(key, kindOf(change));
    if (this.#latest.size > KEPT) this.#latest.delete(this.#latest.keys().next().value ?? '');
    return true;
  }

  has(change: Announced): boolean {
    const known = this.#latest.get(keyOf(change));
    return known !== undefined && !isLater(kindOf(change), known);
  }
}

/** What an announcement says became of its row. */
export function kindOf({ op, version }: Announced): Pick<RowChange<unknown>, 'kind' | 'version'> {
  return { kind: op === 'gone' || op === 'delete' ? op : 'upsert', version: version ?? 0 };
}

/** All that one transaction did to many records of a table is one change, told apart by its time. */
function keyOf({ table, op, id, at }: Announced): string {
  return op === 'bulk' || !id ? `${table} ${Date.parse(at)}` : `${table} ${id}`;
}
