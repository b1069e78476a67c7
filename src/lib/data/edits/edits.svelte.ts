import { createContext } from 'svelte';
import { bothTexts, isFieldValue } from '$lib/domain/patch';
import { isStage } from '$lib/domain/stages';
import type { DataContext } from '../context';
import { inverseOf, type Edit, type EditDraft } from './edit';
import { isUnderWay, type Entry } from './entry';
import { openConflict, type Outbox, type Outcome } from './outbox.svelte';
import { underWay, withItems } from './overlay';
import {
  EMPTY_STACK,
  recorded,
  redone,
  takenAgain,
  takenBack,
  undone,
  type Step,
  type UndoStack,
} from './undo-stack';

export type Choice = 'mine' | 'theirs' | 'both';

/** What was taken back or done again, and what became of it. */
export interface Replayed {
  step: Step;
  outcome: Outcome;
}

interface PerformOptions {
  /** What takes the edit back, where that is more than swapping changes and seen; null: nothing does. */
  inverse?: EditDraft | null;
  /** Whoever asks tells the person about a conflict; it is not kept for later. */
  forgetConflict?: boolean;
}

/** Every change a person makes in an organisation: one way to the database, one way back. */
export class Edits {
  readonly outbox: Outbox;
  readonly #orgId: string;
  #stack = $state.raw<UndoStack>(EMPTY_STACK);
  /** Counts what is done. */
  #order = 0;
  /** Not answered yet: what is taken back next is one of these. */
  readonly #performing = new Set<Promise<Outcome>>();
  /** Steps back and forth go one after the other, however fast the keys. */
  #replaying: Promise<unknown> = Promise.resolve();
  readonly #underWay = $derived.by(() => {
    const entries = this.outbox.entries;
    const byTable = new Map<string, ReturnType<typeof underWay>>();
    for (const table of new Set(entries.map(({ edit }) => edit.table))) {
      byTable.set(table, underWay(entries, table));
    }
    return byTable;
  });

  constructor({ orgId }: Pick<DataContext, 'orgId'>, outbox: Outbox) {
    this.#orgId = orgId;
    this.outbox = outbox;
  }

  get canUndo(): boolean {
    return this.#stack.past.length > 0;
  }

  get canRedo(): boolean {
    return this.#stack.future.length > 0;
  }

  /** Makes an edit: on screen at once, in the database as soon as that can be, and ready to be taken back. */
  perform(draft: EditDraft, options: PerformOptions = {}): Promise<Outcome> {
    const performing = this.#perform(draft, options);
    this.#performing.add(performing);
    const done = () => void this.#performing.delete(performing);
    performing.then(done, done);
    return performing;
  }

  async #perform(draft: EditDraft, options: PerformOptions): Promise<Outcome> {
    const { inverse, forgetConflict = false } = options;
    const order = ++this.#order;
    const outcome = await this.outbox.perform(this.#make(draft), { forgetConflict });
    const back = inverse === undefined ? inverseFor(draft, outcome) : inverse && ofChanged(inverse, outcome);
    const isDone = outcome.kind === 'done' || outcome.kind === 'waiting' || changedSomething(outcome);
    if (back && isDone) this.#stack = recorded(this.#stack, { done: draft, inverse: back, order });
    return outcome;
  }

  /** Takes back the last step, or a certain one; null when there is none. */
  undo(wanted?: EditDraft): Promise<Replayed | null> {
    return this.#inTurn(async () => {
      const { step, stack } = takenBack(this.#stack, wanted);
      if (!step) return null;
      this.#stack = stack;
      const outcome = await this.outbox.perform(this.#make(step.inverse), { forgetConflict: true });
      if (isThrough(outcome)) this.#stack = undone(this.#stack, step);
      return { step, outcome };
    });
  }

  /** Does again what was taken back last; null when there is nothing. */
  redo(): Promise<Replayed | null> {
    return this.#inTurn(async () => {
      const { step, stack } = takenAgain(this.#stack);
      if (!step) return null;
      this.#stack = stack;
      const outcome = await this.outbox.perform(this.#make(step.done), { forgetConflict: true });
      if (isThrough(outcome)) this.#stack = redone(this.#stack, step, ++this.#order);
      return { step, outcome };
    });
  }

  /** After what was done before the key was pressed, and after the step before. */
  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const before = [...this.#performing, this.#replaying];
    const turn = Promise.allSettled(before).then(work);
    this.#replaying = turn;
    return turn;
  }

  /** A record with what is under way on top. */
  over<Row extends { id: string }>(table: string, row: Row): Row {
    const items = this.#underWay.get(table)?.get(row.id);
    return items ? withItems(row, items) : row;
  }

  /** The ids of the records of a table that something is under way for. */
  changing(table: string): readonly string[] {
    return [...(this.#underWay.get(table)?.keys() ?? [])];
  }

  /** Records that are being added, oldest first. */
  adding(table: string): readonly Extract<Edit, { kind: 'create' }>[] {
    return this.outbox.entries.flatMap((entry) =>
      entry.edit.kind === 'create' && entry.edit.table === table && isUnderWay(entry) ? [entry.edit] : [],
    );
  }

  /** Whether a value of this field, or anything of the record, waits for the server to be reached. */
  isWaiting(table: string, recordId: string, field?: string): boolean {
    return this.outbox.entries.some(
      ({ edit, state }) =>
        state === 'waiting' &&
        edit.table === table &&
        edit.recordId === recordId &&
        (field === undefined || (edit.kind === 'patch' && field in edit.changes)),
    );
  }

  /** The choice about a field that is still open. */
  conflictOf(table: string, recordId: string, field: string) {
    return openConflict(this.outbox.entries, table, recordId, field);
  }

  /** Answers a conflict: what this person wrote, what stands there, or one behind the other. */
  async resolve({ edit, conflicts }: Entry, field: string, choice: Choice): Promise<Outcome | null> {
    const conflict = conflicts.find((one) => one.field === field);
    if (!conflict) return null;
    this.outbox.settleField(edit.id, field);
    if (choice === 'theirs') return null;
    const { table, recordId, title } = edit;
    const { yours, theirs } = conflict;
    if (edit.kind === 'move') {
      if (!isStage(theirs)) return null;
      const { to, lostReason } = edit;
      const base = {
        kind: 'move' as const,
        table,
        recordId,
        title,
        neighbours: { afterId: null, beforeId: null },
      };
      return await this.perform(
        { ...base, to, seen: theirs, lostReason },
        { inverse: { ...base, to: theirs, seen: to } },
      );
    }
    const isBoth = choice === 'both' && typeof yours === 'string' && typeof theirs === 'string';
    const value = isBoth ? bothTexts(theirs, yours) : yours;
    if (!isFieldValue(value) || !isFieldValue(theirs)) return null;
    const [changes, seen] = [{ [field]: value }, { [field]: theirs }];
    return await this.perform({ kind: 'patch', table, recordId, title, changes, seen });
  }

  #make(draft: EditDraft): Edit {
    const now = new Date().toISOString();
    return { ...draft, id: crypto.randomUUID(), orgId: this.#orgId, at: now };
  }
}

const isThrough = (outcome: Outcome) =>
  outcome.kind === 'done' || outcome.kind === 'waiting' || changedSomething(outcome);

const changedSomething = (outcome: Outcome): boolean =>
  outcome.kind === 'conflict' && (outcome.applied?.length ?? 0) > 0;

/** Of a bulk edit only what it has changed is taken back. */
function ofChanged(inverse: EditDraft, outcome: Outcome): EditDraft | null {
  const results = outcome.kind === 'done' ? outcome.results : undefined;
  if (inverse.kind !== 'bulk' || !results) return inverse;
  const changed = new Set(
    results.flatMap(({ item, outcome }) => (outcome === 'changed' ? [item.recordId] : [])),
  );
  const items = inverse.items.filter(({ recordId }) => changed.has(recordId));
  return items.length === 0 ? null : { ...inverse, items };
}

/** Only what an edit has changed itself is taken back. */
function inverseFor(draft: EditDraft, outcome: Outcome): EditDraft | null {
  if (draft.kind !== 'bulk') return inverseOf(draft, 'applied' in outcome ? outcome.applied : null);
  const results = outcome.kind === 'done' ? outcome.results : undefined;
  if (!results) return inverseOf(draft);
  const items = results.flatMap(({ item, outcome }) => (outcome === 'changed' ? [item] : []));
  return items.length === 0 ? null : inverseOf({ ...draft, items });
}

/** Set once by the layout of an organisation. */
export const [useEdits, setEdits] = createContext<Edits>();
