/** Runs work under names that only one at a time can hold. */
export interface Turns {
  /** Waits until it is its turn under all of the names. */
  take<Result>(names: Iterable<string>, work: () => Promise<Result>): Promise<Result>;
  /** Does nothing, and gives null, while another one is at it. */
  takeIfFree<Result>(name: string, work: () => Promise<Result>): Promise<Result | null>;
}

/** Turns among all tabs of this browser; within this one where the browser has no locks (pages without https). */
export function browserTurns(): Turns {
  const within = pageTurns();
  const locks = (): LockManager | undefined => navigator.locks;
  return {
    async take(names, work) {
      const manager = locks();
      if (!manager) return await within.take(names, work);
      // In one order for all tabs, or two could wait for each other.
      return await [...names]
        .sort()
        .reduceRight<typeof work>((inner, name) => async () => await manager.request(name, inner), work)();
    },
    takeIfFree: async (name, work) =>
      await (locks()?.request(name, { ifAvailable: true }, async (lock) => (lock ? await work() : null)) ??
        within.takeIfFree(name, work)),
  };
}

/** Turns within this page. */
export function pageTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  const take = <Result>(given: Iterable<string>, work: () => Promise<Result>): Promise<Result> => {
    const names = [...given];
    const turn = Promise.allSettled(names.map((name) => last.get(name))).then(work);
    for (const name of names) last.set(name, turn);
    const leave = () => {
      for (const name of names) if (last.get(name) === turn) last.delete(name);
    };
    turn.then(leave, leave);
    return turn;
  };
  return { take, takeIfFree: async (name, work) => (last.has(name) ? null : await take([name], work)) };
}
