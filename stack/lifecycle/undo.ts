/** How a part that was started is ended. */
export interface Ending {
  /** What it is called in a message about it. */
  part: string;
  end: () => Promise<void>;
  /** It ends parts of its own, each with its time; together they may need longer than one of them. */
  isWhole?: true;
}

/** What was started, in the order in which it was. */
export type Undo = Ending[];

/**
 * Ends what was started, the latest first. A step that fails or hangs keeps no other from its turn: whatever cannot be
 * closed properly, Postgres still has to be stopped.
 *
 * @param patienceMs how long one step may take before the next has its turn.
 * @throws what the steps threw, once all had their turn: the error itself when it is one.
 */
export async function undoAll(steps: Undo, patienceMs = 10_000): Promise<void> {
  const errors: unknown[] = [];
  for (const { part, end, isWhole } of steps.splice(0).reverse()) {
    try {
      await (isWhole ? end() : within(patienceMs, part, end()));
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateError(errors, errors.map(String).join('; '));
}

async function within(milliseconds: number, part: string, step: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`While stopping: ${part} did not end within ${milliseconds} ms.`)),
      milliseconds,
    );
  });
  try {
    await Promise.race([step, late]);
  } finally {
    clearTimeout(timer);
  }
}
