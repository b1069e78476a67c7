import type { EditDraft } from './edit';

/** Something that was done, and what takes it back. */
export interface Step {
  done: EditDraft;
  inverse: EditDraft;
  /** When it was done, among the others: answers come in another order. */
  order: number;
}

/** What can be taken back and done again in this session. A value: every operation gives a new one. */
export interface UndoStack {
  readonly past: readonly Step[];
  readonly future: readonly Step[];
}

export const EMPTY_STACK: UndoStack = { past: [], future: [] };

/** As far back as anybody remembers what they did. */
const DEPTH = 100;

/** Something new was done: what had been taken back cannot be done again any more. */
export function recorded({ past }: UndoStack, step: Step): UndoStack {
  const before = past.findLastIndex(({ order }) => order < step.order) + 1;
  return { past: past.toSpliced(before, 0, step).slice(-DEPTH), future: [] };
}

/** Takes out the step to take back: the last one, or that of a certain edit. */
export function takenBack(stack: UndoStack, wanted?: EditDraft): { step: Step | null; stack: UndoStack } {
  const step = wanted ? stack.past.find(({ done }) => done === wanted) : stack.past.at(-1);
  if (!step) return { step: null, stack };
  return { step, stack: { ...stack, past: stack.past.filter((one) => one !== step) } };
}

/** Takes out the step to do again. */
export function takenAgain(stack: UndoStack): { step: Step | null; stack: UndoStack } {
  const step = stack.future.at(-1) ?? null;
  return { step, stack: step ? { ...stack, future: stack.future.slice(0, -1) } : stack };
}

/** A step was taken back: it can be done again. */
export const undone = (stack: UndoStack, step: Step): UndoStack => ({
  ...stack,
  future: [...stack.future, step],
});

/** A step was done again, as the last one of all: it can be taken back again. */
export const redone = (stack: UndoStack, step: Step, order: number): UndoStack => ({
  ...stack,
  past: [...stack.past, { ...step, order }],
});
