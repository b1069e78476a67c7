/** Runs work under a name that only one at a time can hold. */
export interface Turns {
  /** Waits for its turn. */
  take<Result>(name: string, work: () => Promise<Result>): Promise<Result>;
  /** Does nothing, and gives null, while another one is at it. */
  takeIfFree<Result>(name: string, work: () => Promise<Result>): Promise<Result | null>;
}

/** Turns among all tabs of this browser; within this one where the browser has no locks (pages without https). */
export function browserTurns(): Turns {
  const within = pageTurns();
  const locks = (): LockManager | undefined => navigator.locks;
  return {
    take: async (name, work) => await (locks()?.request(name, work) ?? within.take(name, work)),
    takeIfFree: async (name, work) =>
      await (locks()?.request(name, { ifAvailable: true }, async (lock) => (lock ? await work() : null)) ??
        within.takeIfFree(name, work)),
  };
}

/** Turns within this page. */
export function pageTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  const take = <Result>(name: string, work: () => Promise<Result>): Promise<Result> => {
    const turn = (last.get(name) ?? Promise.resolve()).then(work, work);
    last.set(name, turn);
    const leave = () => {
      if (last.get(name) === turn) last.delete(name);
    };
    turn.then(leave, leave);
    return turn;
  };
  return { take, takeIfFree: async (name, work) => (last.has(name) ? null : await take(name, work)) };
}
