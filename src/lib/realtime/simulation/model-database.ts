import { compareRanked } from '$lib/domain/board-order';
import type { MissedChange } from '$lib/data/changes/schema';
import type { SummaryLine } from '$lib/data/customers/cache';
import { applyToSummary } from '$lib/data/customers/cache';
import { customer } from '$lib/data/customers/fixtures';
import {
  matchesFilters,
  type AppliedFilters,
  type BoardFilters,
  type Customer,
} from '$lib/data/customers/schema';
import type { Stage } from '$lib/domain/stages';
import type { ChangeEvent } from '../events';

export const ORG = '6f1d2a3e-0000-4000-8000-00000000000f';
/** A part of the map with two of its three bricks. */
export const CITY = '6f1d2a3e-0000-4000-8000-0000000000c0';
export const BRICKS = ['6f1d2a3e-0000-4000-8000-0000000000c1', '6f1d2a3e-0000-4000-8000-0000000000c2'];

export type Write =
  { do: 'save'; id: string; fields: Partial<Customer> } | { do: 'trash' | 'restore' | 'erase'; id: string };

interface Logged {
  id: string;
  version: number;
  op: 'insert' | 'update' | 'delete';
  /** Whether the reader's topics carried it, and whether it left them. */
  isHeard: boolean;
  isLeft: boolean;
}

/** The database as one reader sees it: rows by owner, a log, and announcements, by the same rules as the real one. */
export class ModelDatabase {
  readonly #rows = new Map<string, Customer>();
  readonly #log: Logged[] = [];
  readonly #erased = new Set<string>();
  readonly #visibleOwners: ReadonlySet<string>;

  constructor(visibleOwners: readonly string[]) {
    this.#visibleOwners = new Set(visibleOwners);
  }

  /** @returns what is announced to the reader; nothing when nothing was changed */
  write(write: Write): ChangeEvent[] {
    // An id is never used twice.
    if (this.#erased.has(write.id)) return [];
    const before = this.#rows.get(write.id);
    const after = next(before, write);
    if (after === before) return [];
    if (after) this.#rows.set(write.id, after);
    else this.#rows.delete(write.id);
    if (before && !after) this.#erased.add(write.id);
    return this.#announce(before, after);
  }

  visible(): Customer[] {
    return [...this.#rows.values()].filter((row) => this.#sees(row));
  }

  column(stage: Stage, filters: BoardFilters): Customer[] {
    return this.visible()
      .filter((row) => row.status === stage && matchesFilters(row, onMap(filters)))
      .sort(compareRanked);
  }

  summary(filters: BoardFilters): SummaryLine[] {
    return this.visible()
      .filter((row) => matchesFilters(row, onMap(filters)))
      .reduce<SummaryLine[]>((lines, row) => applyToSummary(lines, null, row), []);
  }

  changesSince(cursor: number): { changes: MissedChange[]; cursor: number } {
    const last = new Map<string, MissedChange>();
    for (const { id, version, op, isHeard, isLeft } of this.#log.slice(cursor)) {
      if (!isHeard && !isLeft) continue;
      const said = op === 'delete' || isHeard ? op : 'gone';
      last.set(id, { table: 'customers', id, version, op: said, actor: null, at: '2026-11-21T12:00:00Z' });
    }
    return { changes: [...last.values()], cursor: this.#log.length };
  }

  #announce(before: Customer | undefined, after: Customer | undefined): ChangeEvent[] {
    const row = after ?? before;
    if (!row) return [];
    const op: Logged['op'] = after ? (before ? 'update' : 'insert') : 'delete';
    const heard = after && this.#sees(after) ? after.owner_id : null;
    const left = before && this.#sees(before) && before.owner_id !== heard;
    this.#log.push({ id: row.id, version: row.version, op, isHeard: heard !== null, isLeft: left === true });
    const said = {
      table: 'customers',
      id: row.id,
      org_id: ORG,
      version: row.version,
      at: '2026-11-21T12:00:00Z',
    };
    return [
      ...(heard === null ? [] : [{ ...said, op, record: { ...row } }]),
      ...(left ? [{ ...said, op: after ? ('gone' as const) : ('delete' as const) }] : []),
    ];
  }

  #sees({ owner_id: owner, deleted_at: deletedAt }: Customer): boolean {
    return deletedAt === null && owner !== null && this.#visibleOwners.has(owner);
  }
}

const onMap = (filters: BoardFilters): AppliedFilters =>
  filters.territories.includes(CITY) ? { ...filters, bricks: new Set(BRICKS) } : filters;

function next(before: Customer | undefined, write: Write): Customer | undefined {
  if (write.do === 'erase') return undefined;
  const version = (before?.version ?? 0) + 1;
  if (write.do === 'save') {
    if (before?.deleted_at) return before;
    return customer({ ...before, ...write.fields, id: write.id, org_id: ORG, version });
  }
  if (!before || (before.deleted_at !== null) === (write.do === 'trash')) return before;
  return { ...before, version, deleted_at: write.do === 'trash' ? '2026-11-21T12:00:00Z' : null };
}
