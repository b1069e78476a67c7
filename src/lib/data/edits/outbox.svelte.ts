import { toAppError, type AppError } from '$lib/supabase/errors';
import type { FieldConflict } from './answers';
import type { Turns } from './alone';
import { queuesOf, type Edit } from './edit';
import { isUnderWay, newEntry, type Entry } from './entry';
import type { OutboxStore } from './outbox-store';
import type { Answer, ItemResult } from './send';

/** What became of an edit. */
export type Outcome =
  | ({ kind: 'done' } & Answer)
  /** The server could not be reached: it is sent once that can be. */
  | { kind: 'waiting' }
  /** Where nobody else was, it is done; for the rest the person chooses. */
  | ({ kind: 'conflict' } & Answer)
  | { kind: 'refused'; error: AppError };

interface Parts {
  store: OutboxStore;
  /** Carries an edit out. A repeat may have arrived already. */
  send: (edit: Edit, isRepeat: boolean) => Promise<Answer>;
  turns: Turns;
  /** Names the turns: one for each person. */
  name: string;
  /** Which of the person's edits this outbox sends; each takes its own turn at that. */
  scope?: string;
  /** Something waits for its turn or for an answer, or no longer does: other tabs want to know. */
  onNews?: () => void;
}

const RETRY_MS = 5_000;
/** Errors that are no fault of the network come to an end, however often it could not be reached in between. */
const MOST_ATTEMPTS = 5;
const MOST_DELIVERED = 50;

/**
 * Edits on their way. Each is kept until the database has answered, so that none is lost with the page. Those of one
 * record are sent in their order, by one tab at a time.
 */
export class Outbox {
  readonly #parts: Parts;
  #entries = $state.raw<readonly Entry[]>([]);
  #delivered = $state.raw<readonly Edit[]>([]);
  /** What the page knows better than the store: still to be written, or impossible to write. */
  readonly #unwritten = new Map<string, number>();
  /** Done with on this page: nothing that was read before may bring it back. */
  readonly #gone = new Set<string>();
  /** What the store is told goes there in order. */
  #writing: Promise<unknown> = Promise.resolve();
  /** Those of this page that have their turn, or wait for it. */
  readonly #turns = new Map<string, Promise<unknown>>();
  /** The last request was answered, whatever the answer: there may be hope for others. */
  #isReachable = true;
  #flushing: Promise<void> | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** In the order in which they were made. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** What had to wait and has been sent since, latest first, until it has been shown. */
  get delivered(): readonly Edit[] {
    return this.#delivered;
  }

  forgetDelivered(): void {
    this.#delivered = [];
  }

  /**
   * Makes an edit: sends it, or keeps it until that is possible. One that is refused is handed back and forgotten, as is
   * a conflict with `forgetConflict`: whoever asked tells the person.
   */
  async perform(edit: Edit, { forgetConflict = false } = {}): Promise<Outcome> {
    const entry = newEntry(edit);
    this.#entries = [...this.#entries, entry];
    this.#keep(entry);
    const outcome = await this.#inTurn(entry);
    if (outcome.kind === 'refused' || (outcome.kind === 'conflict' && forgetConflict)) this.discard(edit.id);
    // One that got through: there may be hope for others.
    if (outcome.kind !== 'waiting') void this.flush();
    return outcome;
  }

  /** Sends what waits, in order. Call it whenever there is hope. */
  flush(): Promise<void> {
    if (!this.#entries.some(isWaiting)) return Promise.resolve();
    if (!this.#flushing) {
      const { turns, name, scope = '' } = this.#parts;
      this.#flushing = turns
        .takeIfFree(`${name}:${scope}:flush`, () => this.#sendWaiting())
        .then(() => undefined)
        .finally(() => {
          this.#flushing = null;
          this.#retryLater();
        });
    }
    return this.#flushing;
  }

  /** Brings in what is kept: from before a reload, and from other tabs. */
  async reload(): Promise<void> {
    await this.#writing;
    const kept = (await this.#parts.store.all()).filter(({ edit }) => !this.#gone.has(edit.id));
    const present = new Map(this.#entries.map((entry) => [entry.edit.id, entry]));
    const merged = kept.map((entry) => {
      const known = present.get(entry.edit.id);
      return known && (known.state === 'sending' || this.#unwritten.has(entry.edit.id)) ? known : entry;
    });
    const keptIds = new Set(kept.map(({ edit }) => edit.id));
    // What is kept no more was done with by another tab.
    const own = this.#entries.filter(({ edit }) => this.#unwritten.has(edit.id) && !keptIds.has(edit.id));
    this.#entries = [...merged, ...own];
  }

  /** Forgets an edit, or what is left of it. */
  discard(id: string): void {
    const isNews = this.#find(id)?.state !== 'sending';
    this.#forget(id);
    this.#write(() => this.#parts.store.drop(id), isNews);
  }

  /** The choice about one field has been made. */
  settleField(id: string, field: string): void {
    const entry = this.#find(id);
    if (!entry) return;
    const conflicts = entry.conflicts.filter((one) => one.field !== field);
    if (conflicts.length === 0) this.discard(id);
    else this.#update(entry, { conflicts });
  }

  /** Sends a refused one again. */
  retry(id: string): void {
    const entry = this.#find(id);
    if (entry?.state === 'refused') this.#update(entry, { state: 'waiting', attempts: 0, problem: null });
    void this.flush();
  }

  /** All that was made so far is kept, as far as this browser keeps anything. */
  async kept(): Promise<void> {
    await this.#writing;
  }

  /** Everything asked of the store so far has been done. */
  async settled(): Promise<void> {
    await this.#flushing;
    await this.kept();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#retry);
  }

  /** Nothing is on its way from this page any more: answered, or kept until the server can be reached. */
  async idle(): Promise<void> {
    while (this.#turns.size > 0) await Promise.allSettled(this.#turns.values());
  }

  /** After all that this page did to the same records before, and while no other tab does anything to them. */
  #inTurn(entry: Entry): Promise<Outcome> {
    const { id } = entry.edit;
    const before = this.#earlier(entry).flatMap(({ edit }) => this.#turns.get(edit.id) ?? []);
    const turn = Promise.allSettled(before).then(() => this.#alone(entry));
    this.#turns.set(id, turn);
    const leave = () => {
      if (this.#turns.get(id) === turn) this.#turns.delete(id);
    };
    turn.then(leave, leave);
    return turn;
  }

  #alone(entry: Entry): Promise<Outcome> {
    const { turns, name } = this.#parts;
    const names = [...queuesOf(entry.edit)].map((queue) => `${name}:${queue}`);
    return turns.take(names, async () => {
      const present = this.#find(entry.edit.id);
      if (!present || (present.isRepeat && !(await this.#isKept(present)))) {
        // Another tab has done it, or the person has taken it back.
        this.#forget(entry.edit.id);
        return { kind: 'waiting' };
      }
      if (this.#earlier(present).some(isWaiting)) return this.#wait(present, present.attempts);
      return await this.#attempt(present);
    });
  }

  async #isKept({ edit }: Entry): Promise<boolean> {
    await this.#writing;
    if (this.#unwritten.has(edit.id)) return true;
    return await this.#parts.store.has(edit.id).catch(() => true);
  }

  #forget(id: string): void {
    this.#gone.add(id);
    this.#entries = this.#entries.filter(({ edit }) => edit.id !== id);
  }

  async #attempt(given: Entry): Promise<Outcome> {
    const entry = this.#update(given, { state: 'sending' }, false);
    try {
      const answer = await this.#parts.send(entry.edit, entry.isRepeat);
      this.#isReachable = true;
      if (answer.conflicts.length > 0) return this.#conflicted(entry, answer);
      this.discard(entry.edit.id);
      if (entry.isRepeat) this.#delivered = [entry.edit, ...this.#delivered].slice(0, MOST_DELIVERED);
      return { kind: 'done', ...answer };
    } catch (cause) {
      const error = toAppError(cause);
      this.#isReachable = !isOutOfReach(error);
      if (!this.#isReachable) return this.#wait(entry, entry.attempts);
      if (error.retryable && entry.attempts < MOST_ATTEMPTS) return this.#wait(entry, entry.attempts + 1);
      this.#update(entry, { state: 'refused', problem: error.code });
      return { kind: 'refused', error };
    }
  }

  #conflicted(entry: Entry, answer: Answer): Outcome {
    // A later edit of the same field asks again: one question is enough.
    const index = this.#entries.findIndex(({ edit }) => edit.id === entry.edit.id);
    const later = this.#entries.slice(index + 1).filter(isUnderWay);
    const conflicts = answer.conflicts.filter(
      ({ field }) => !later.some(({ edit }) => changesField(edit, entry.edit.recordId, field)),
    );
    if (conflicts.length === 0) this.discard(entry.edit.id);
    else this.#update(entry, { state: 'conflict', conflicts });
    return { kind: 'conflict', ...answer };
  }

  #wait(entry: Entry, attempts: number): Outcome {
    this.#update(entry, { state: 'waiting', attempts, isRepeat: true });
    this.#retryLater();
    return { kind: 'waiting' };
  }

  /** Those made before it of the same records. */
  #earlier({ edit }: Entry): readonly Entry[] {
    const queues = queuesOf(edit);
    const index = this.#entries.findIndex((other) => other.edit.id === edit.id);
    const before = index === -1 ? this.#entries : this.#entries.slice(0, index);
    return before.filter((other) => [...queuesOf(other.edit)].some((queue) => queues.has(queue)));
  }

  async #sendWaiting(): Promise<void> {
    // Where the store can no longer be read (another tab has brought a newer one), what this page knows of is sent.
    await this.reload().catch(() => undefined);
    this.#isReachable = true;
    const tried = new Set<string>();
    for (;;) {
      const next = this.#entries.find(({ edit, state }) => state === 'waiting' && !tried.has(edit.id));
      if (!next || this.#isClosed) return;
      tried.add(next.edit.id);
      const outcome = await this.#inTurn(next);
      if (!this.#isReachable) return;
      if (outcome.kind === 'done') this.#keepLeftovers(next.edit, outcome.results ?? []);
    }
  }

  /** Nobody waited for what became of each record of a bulk edit: what did not go through is shown one by one. */
  #keepLeftovers({ orgId, table, at }: Edit, results: readonly ItemResult[]): void {
    const left = results
      .filter(({ outcome }) => outcome === 'conflict' || outcome === 'refused')
      .map(({ item, outcome, conflicts, problem }): Entry => {
        const edit: Edit = { ...item, id: crypto.randomUUID(), orgId, table, at };
        return {
          ...newEntry(edit),
          state: outcome === 'conflict' ? 'conflict' : 'refused',
          conflicts,
          problem,
        };
      });
    this.#entries = [...this.#entries, ...left];
    for (const entry of left) this.#keep(entry);
  }

  #retryLater(): void {
    // One that runs is not begun again, or whoever goes on working would put it off for ever.
    if (this.#isClosed || this.#retry !== undefined || !this.#entries.some(isWaiting)) return;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      void this.flush();
    }, RETRY_MS);
  }

  #find(id: string): Entry | undefined {
    return this.#entries.find(({ edit }) => edit.id === id);
  }

  #update(entry: Entry, changes: Partial<Entry>, isKept = true): Entry {
    const next = { ...entry, ...changes };
    this.#entries = this.#entries.map((one) => (one.edit.id === entry.edit.id ? next : one));
    if (isKept) this.#keep(next);
    return next;
  }

  #keep(entry: Entry): void {
    const { id } = entry.edit;
    this.#unwritten.set(id, (this.#unwritten.get(id) ?? 0) + 1);
    this.#write(async () => {
      // Done with in the meantime: it must not come back.
      if (this.#find(id)) await this.#parts.store.save(entry);
      const left = (this.#unwritten.get(id) ?? 1) - 1;
      if (left > 0) this.#unwritten.set(id, left);
      else this.#unwritten.delete(id);
    }, entry.state !== 'sending');
  }

  #write(work: () => Promise<void>, isNews: boolean): void {
    // A store that fails costs only what a reload would bring back.
    this.#writing = this.#writing.then(work).catch(() => undefined);
    if (isNews) this.#writing = this.#writing.then(() => this.#parts.onNews?.());
  }
}

const isWaiting = ({ state }: Entry): boolean => state === 'waiting';

/** Nothing gets through at present; what takes the database too long is another matter. */
function isOutOfReach({ kind, code }: AppError): boolean {
  return kind === 'auth' || kind === 'rate' || (kind === 'network' && code !== 'took_too_long');
}

function changesField(edit: Edit, recordId: string, field: string): boolean {
  if (edit.recordId !== recordId) return false;
  return edit.kind === 'move' ? field === 'status' : edit.kind === 'patch' && field in edit.changes;
}

/** The open choice about a field of a record, with the edit it is about. */
export function openConflict(
  entries: readonly Entry[],
  table: string,
  recordId: string,
  field: string,
): { entry: Entry; conflict: FieldConflict } | null {
  for (const entry of entries) {
    const { edit, state, conflicts } = entry;
    if (state !== 'conflict' || edit.table !== table || edit.recordId !== recordId) continue;
    const conflict = conflicts.find((one) => one.field === field);
    if (conflict) return { entry, conflict };
  }
  return null;
}
