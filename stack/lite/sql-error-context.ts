import { AsyncLocalStorage } from 'node:async_hooks';

interface Note {
  error?: unknown;
}

const notes = new AsyncLocalStorage<Note>();

/** Remembers the last statement that failed while the current request is being answered. */
export function noteSqlError(error: unknown): void {
  const note = notes.getStore();
  if (note) note.error = error;
}

/**
 * Answers a request and tells which SQL error occurred meanwhile. The auth and storage servers answer any such error
 * with a bare 500; with the error at hand the gateway can say what was wrong with the request.
 */
export async function withSqlError<T>(answer: () => Promise<T>): Promise<{ result: T; sqlError: unknown }> {
  const note: Note = {};
  const result = await notes.run(note, answer);
  return { result, sqlError: note.error };
}
