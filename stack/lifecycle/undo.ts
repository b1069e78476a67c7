/** Steps that end what was started, in the order in which things were started. */
export type Undo = (() => Promise<void>)[];

/**
 * Ends what was started, the latest first. A step that fails keeps no other from its turn: whatever cannot be closed
 * properly, Postgres still has to be stopped.
 *
 * @throws what the steps threw, once all had their turn: the error itself when it is one.
 */
export async function undoAll(steps: Undo): Promise<void> {
  const errors: unknown[] = [];
  for (const step of steps.splice(0).reverse()) {
    try {
      await step();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateError(errors, errors.map(String).join('; '));
}
