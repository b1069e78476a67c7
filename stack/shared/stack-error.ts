/**
 * A failure whose message is meant for the person at the terminal: one line that says what happened and what to do.
 * Everything else that is thrown is a defect and keeps its stack trace.
 */
export class StackError extends Error {
  override name = 'StackError';
}
