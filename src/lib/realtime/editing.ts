import type { EditingEvent } from './events';

/** Where in the text of a field somebody's caret is; two places when they have selected something. */
export type Caret = NonNullable<EditingEvent['caret']>;

/** A colleague in a field. */
export interface Editor {
  userId: string;
  field: string;
  caret: Caret | null;
  /** When the last news arrived, by this browser's clock. */
  heardAt: number;
}

/** Who is in which field: one entry for each window, as leaving one is not leaving the other. */
export type Editors = ReadonlyMap<string, Editor>;

/** A caret on its way is told at most this often, and told again after this long when nothing moves. */
const CARET_INTERVAL_MS = 120;
export const EDITING_REPEAT_MS = 1_500;
/** A field without news for this long is left: a network that was cut cannot say so. */
export const EDITING_TIMEOUT_MS = 4_000;
/** Windows of one person that are remembered. */
const MOST_WINDOWS = 4;

/** @param isColleague who may be shown: a member, and not oneself */
export function receiveEditing(
  editors: Editors,
  event: EditingEvent,
  now: number,
  isColleague: (userId: string) => boolean,
): Editors {
  const { user_id: userId, tab, field, caret = null } = event;
  const key = `${userId} ${tab ?? ''}`;
  if (!isColleague(userId) || (field === null && !editors.has(key))) return editors;
  const next = new Map(editors);
  next.delete(key);
  if (field === null) return next;
  next.set(key, { userId, field, caret, heardAt: now });
  const windows = [...next].filter(([, editor]) => editor.userId === userId);
  for (const [oldest] of windows.slice(0, -MOST_WINDOWS)) next.delete(oldest);
  return next;
}

/** Those who have been heard of lately; the same object when all have. */
export function expireEditing(editors: Editors, now: number): Editors {
  return keep(editors, ({ heardAt }) => now - heardAt < EDITING_TIMEOUT_MS);
}

/** Without those who have closed the page, all windows of it; the same object when nobody has. */
export function withoutGone(editors: Editors, gone: ReadonlySet<string>): Editors {
  return keep(editors, ({ userId }) => !gone.has(userId));
}

function keep(editors: Editors, isKept: (editor: Editor) => boolean): Editors {
  const kept = [...editors].filter(([, editor]) => isKept(editor));
  return kept.length === editors.size ? editors : new Map(kept);
}

type Send = (event: 'editing', payload: Record<string, unknown>) => void;

/** Tells the others which field this window's person is in, and where in it, for as long as that lasts. */
export class EditingSender {
  readonly #send: Send;
  readonly #userId: string;
  readonly #tab = crypto.randomUUID();
  #field: string | null = null;
  #caret: Caret | null = null;
  #sentAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(send: Send, userId: string) {
    this.#send = send;
    this.#userId = userId;
  }

  /** Null when the person has left the field. */
  tell(field: string | null): void {
    if (field === null && this.#field === null) return;
    // Said again, of the same field, where the caret is still holds.
    if (field !== this.#field) this.#caret = null;
    this.#field = field;
    this.#flush();
  }

  tellCaret(field: string, caret: Caret | null): void {
    if (field !== this.#field || isSame(caret, this.#caret)) return;
    this.#caret = caret;
    this.#schedule(Math.max(0, CARET_INTERVAL_MS - (Date.now() - this.#sentAt)));
  }

  /** The channel is left: the others hear so, and this window remembers for the one it joins next. */
  pause(): void {
    clearTimeout(this.#timer);
    if (this.#field !== null) this.#say(null);
  }

  /** The channel is joined anew: the others have not heard. */
  repeat(): void {
    if (this.#field !== null) this.#flush();
  }

  #flush = (): void => {
    clearTimeout(this.#timer);
    this.#sentAt = Date.now();
    this.#say(this.#field);
    if (this.#field !== null) this.#schedule(EDITING_REPEAT_MS);
  };

  #say(field: string | null): void {
    const said = { user_id: this.#userId, tab: this.#tab, field };
    this.#send('editing', field !== null && this.#caret ? { ...said, caret: this.#caret } : said);
  }

  #schedule(wait: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#flush, wait);
  }
}

function isSame(one: Caret | null, other: Caret | null): boolean {
  return one?.start === other?.start && one?.end === other?.end;
}
