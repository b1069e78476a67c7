import { fetchAccess } from '$lib/data/access/my-access';
import type { DataContext } from '$lib/data/context';
import { isMember, isNarrower, type Access } from '$lib/domain/permissions';
import { isOfOrganization } from './table-keys';

/** The announcement can overtake the commit by a moment, when the answer is still that of before. */
const AGAIN_MS = [400, 2_000];

/** A question without an answer is asked again after this long. */
const UNANSWERED_MS = 5_000;

interface Parts {
  data: DataContext;
  /** What the page was loaded with. */
  access: () => Access;
  /** Loads the page's own data again. */
  onChanged: () => void;
  /** The organisation is not this person's any more. */
  onRemoved: () => void;
}

/** Keeps on screen only what this person may see: when that becomes less, everything is emptied before it is read anew. */
export class AccessWatch {
  readonly #parts: Parts;
  /** What everything in the cache was read with. */
  #held: Access;
  #checking: Promise<void> | null = null;
  #asking: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#held = parts.access();
  }

  /** What this person may see has been changed: what is shown is read again, and emptied first if it became less. */
  async changed(): Promise<void> {
    const { data, onChanged } = this.#parts;
    data.recentCustomers.forget();
    data.recentInteractions.forget();
    onChanged();
    // What was only kept for later may be something they may not see.
    data.queryClient.removeQueries({ predicate: isOfOrganization(data.orgId), type: 'inactive' });
    const read = data.queryClient.invalidateQueries({ predicate: isOfOrganization(data.orgId) });
    for (const wait of AGAIN_MS) setTimeout(() => void this.check(), wait);
    await Promise.all([read, this.check()]);
  }

  /** Asks what this person may see now; without an answer everything stays as it is, and is asked again. */
  check(): Promise<void> {
    this.#checking ??= this.#compare().finally(() => (this.#checking = null));
    return this.#checking;
  }

  /** Without a network there is a gap, and after it this is asked anyway. */
  #askLater(): void {
    if (!navigator.onLine) return;
    clearTimeout(this.#asking);
    this.#asking = setTimeout(() => void this.check(), UNANSWERED_MS);
  }

  async #compare(): Promise<void> {
    const { data, onChanged, onRemoved } = this.#parts;
    const now = await fetchAccess(data).catch(() => null);
    if (now === null) this.#askLater();
    if (now === null || !differs(now, this.#held)) return;
    const filter = { predicate: isOfOrganization(data.orgId) };
    const isLess = isNarrower(now, this.#held);
    this.#held = now;
    if (isMember(now)) onChanged();
    else onRemoved();
    data.recentCustomers.forget();
    data.recentInteractions.forget();
    await (isLess ? data.queryClient.resetQueries(filter) : data.queryClient.invalidateQueries(filter));
  }
}

function differs(one: Access, other: Access): boolean {
  return isNarrower(one, other) || isNarrower(other, one);
}
