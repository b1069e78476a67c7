import { randomBytes } from 'node:crypto';

/** One member's entry under a presence key. */
export interface PresenceMeta {
  readonly phx_ref: string;
  readonly phx_ref_prev?: string;
  readonly [field: string]: unknown;
}

/** Entries by presence key, in the form the wire has them. */
export type PresenceState = Record<string, { metas: PresenceMeta[] }>;

export interface PresenceDiff {
  readonly joins: PresenceState;
  readonly leaves: PresenceState;
}

const refPrefix = randomBytes(6).toString('base64url');
let refCount = 0;
const nextRef = () => `${refPrefix}${(++refCount).toString(36)}`;

/**
 * Who is present on one bus. Members are channels, each with at most one entry. A change is published at
 * once when the last diff is old enough, else together with others; the state handed to newcomers is the
 * published one, so that state and following diffs always add up.
 */
export class PresenceTracker<Member extends object> {
  readonly #published = new Map<string, Map<Member, PresenceMeta>>();
  readonly #pending = new Map<Member, { key: string; meta: PresenceMeta | null }>();
  readonly #publish: (diff: PresenceDiff) => void;
  readonly #coalesceMs: number;
  #lastPublished = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | null = null;

  constructor(publish: (diff: PresenceDiff) => void, coalesceMs: number) {
    this.#publish = publish;
    this.#coalesceMs = coalesceMs;
  }

  /** Enters a member, or replaces its entry. */
  track(member: Member, key: string, payload: Record<string, unknown>): void {
    this.#change(member, key, { ...payload, phx_ref: nextRef() });
  }

  /** Takes a member's entry out. */
  untrack(member: Member, key: string): void {
    this.#change(member, key, null);
  }

  /** The published state. */
  state(): PresenceState {
    return toState(
      [...this.#published].flatMap(([key, metas]) =>
        [...metas.values()].map((meta): [string, PresenceMeta] => [key, meta]),
      ),
    );
  }

  /** Stops the timer; nothing is published any more. */
  dispose(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    this.#pending.clear();
  }

  #change(member: Member, key: string, meta: PresenceMeta | null): void {
    this.#pending.set(member, { key, meta });
    if (this.#timer) return;
    const wait = this.#lastPublished + this.#coalesceMs - performance.now();
    if (wait <= 0) this.#flush();
    else this.#timer = setTimeout(() => this.#flush(), wait);
  }

  #flush(): void {
    this.#timer = null;
    this.#lastPublished = performance.now();
    const joins: [string, PresenceMeta][] = [];
    const leaves: [string, PresenceMeta][] = [];
    for (const [member, { key, meta }] of this.#pending) {
      const before = this.#published.get(key)?.get(member);
      if (before) leaves.push([key, before]);
      if (meta === null) this.#remove(member, key);
      else
        joins.push([
          key,
          this.#enter(member, key, before ? { ...meta, phx_ref_prev: before.phx_ref } : meta),
        ]);
    }
    this.#pending.clear();
    if (joins.length > 0 || leaves.length > 0)
      this.#publish({ joins: toState(joins), leaves: toState(leaves) });
  }

  #enter(member: Member, key: string, meta: PresenceMeta): PresenceMeta {
    const metas = this.#published.get(key) ?? new Map<Member, PresenceMeta>();
    metas.set(member, meta);
    this.#published.set(key, metas);
    return meta;
  }

  #remove(member: Member, key: string): void {
    const metas = this.#published.get(key);
    metas?.delete(member);
    if (metas?.size === 0) this.#published.delete(key);
  }
}

/** Keys come from clients: `fromEntries` defines even `__proto__` as a plain property. */
function toState(entries: [string, PresenceMeta][]): PresenceState {
  const metas = new Map<string, PresenceMeta[]>();
  for (const [key, meta] of entries) {
    const known = metas.get(key);
    if (known) known.push(meta);
    else metas.set(key, [meta]);
  }
  return Object.fromEntries([...metas].map(([key, list]) => [key, { metas: list }]));
}
