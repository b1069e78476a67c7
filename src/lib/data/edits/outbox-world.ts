import { AppError } from '$lib/supabase/errors';
import { pageTurns, type Turns } from './alone';
import type { BulkItem, Edit } from './edit';
import { Outbox } from './outbox.svelte';
import { memoryStore } from './outbox-store';
import type { Answer, ItemResult } from './send';

export const unreachable = () => new AppError({ kind: 'network', code: 'unreachable', retryable: true });
export const fields = ['phone', 'phase'] as const;
export type Field = (typeof fields)[number];

/** A database of two customers, behind a network that loses what it is told to lose. */
export class World {
  readonly rows = new Map<string, Record<Field, string>>();
  /** Every value that a field has taken, in order. */
  readonly history = new Map<string, string[]>();
  network: ('ok' | 'request lost' | 'answer lost')[] = [];
  /** Values that the rules do not allow. */
  readonly forbidden = new Set<string>();
  isCalm = true;

  constructor() {
    for (const id of ['a', 'b']) this.rows.set(id, { phone: 'first', phase: 'first' });
  }

  write(id: string, field: Field, value: string): void {
    const row = this.rows.get(id);
    if (row) row[field] = value;
    const key = `${id}.${field}`;
    this.history.set(key, [...(this.history.get(key) ?? []), value]);
  }

  /** As `patch_record` does, and `bulk_edit` for each of many. */
  readonly send = async (edit: Edit): Promise<Answer> => {
    const fate = this.network.shift() ?? 'ok';
    await Promise.resolve();
    if (fate === 'request lost') throw unreachable();
    const answer = edit.kind === 'bulk' ? this.#each(edit.items) : this.#patch(edit);
    if (fate === 'answer lost') throw unreachable();
    return answer;
  };

  #each(items: readonly BulkItem[]): Answer {
    const results = items.map((item): ItemResult => {
      try {
        const { applied, conflicts } = this.#patch(item);
        return {
          item,
          outcome: conflicts.length > 0 ? 'conflict' : 'changed',
          applied,
          conflicts,
          problem: null,
        };
      } catch {
        return { item, outcome: 'refused', applied: null, conflicts: [], problem: 'invalid_value' };
      }
    });
    return { applied: null, conflicts: [], record: null, results };
  }

  #patch(edit: Edit | BulkItem): Answer {
    const row = this.rows.get(edit.recordId);
    if (edit.kind !== 'patch' || !row) throw new AppError({ kind: 'not_found', code: 'not_found' });
    const answer = { applied: [] as string[], conflicts: [] as Answer['conflicts'][number][], record: null };
    for (const field of fields) {
      const yours = edit.changes[field];
      if (typeof yours !== 'string' || yours === row[field]) continue;
      if (this.forbidden.has(yours)) throw new AppError({ kind: 'invalid', code: 'invalid_value', field });
      if (edit.seen[field] === row[field]) {
        this.write(edit.recordId, field, yours);
        answer.applied.push(field);
      } else {
        answer.conflicts.push({ field, yours, theirs: row[field], by: null, at: null });
      }
    }
    return answer;
  }
}

/** A browser: what it keeps, and the tabs it has open. */
export class Browser {
  readonly #kept = new Map<string, string>();
  readonly #world: World;
  #turns: Turns = pageTurns();
  tabs: Outbox[];

  constructor(world: World) {
    this.#world = world;
    this.tabs = [this.#open(), this.#open()];
  }

  #open(): Outbox {
    const store = memoryStore(this.#kept);
    return new Outbox({ name: 'test', store, turns: this.#turns, send: (edit) => this.#world.send(edit) });
  }

  /** Every page ends where it is, whatever it has under way; nothing of it is heard any more. */
  async reload(): Promise<void> {
    for (const tab of this.tabs) tab.close();
    this.#turns = pageTurns();
    this.tabs = [this.#open(), this.#open()];
    for (const tab of this.tabs) await tab.reload();
  }
}

export const patch = (id: string, recordId: string, field: Field, value: string, seen: string): Edit => ({
  kind: 'patch',
  id,
  orgId: 'org',
  table: 'customers',
  recordId,
  title: recordId,
  at: '2026-11-21T10:00:00Z',
  changes: { [field]: value },
  seen: { [field]: seen },
});

/** An edit of many records at once: they go to the trash, unless it is given other items. */
export const bulk = (id: string, recordIds: string[]): Extract<Edit, { kind: 'bulk' }> => ({
  kind: 'bulk',
  id,
  orgId: 'org',
  table: 'customers',
  recordId: id,
  title: '',
  at: '2026-11-21T10:00:00Z',
  items: recordIds.map((recordId) => ({ kind: 'trash', recordId, title: recordId })),
});
