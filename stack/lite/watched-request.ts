import { AsyncLocalStorage } from 'node:async_hooks';

interface Note {
  headers: Readonly<Record<string, string>> | undefined;
  sqlError?: unknown;
  complaints: unknown[];
}

const notes = new AsyncLocalStorage<Note>();
let listening = false;

/** Remembers the last statement that failed while the current request is being answered. */
export function noteSqlError(error: unknown): void {
  const note = notes.getStore();
  if (note) note.sqlError = error;
}

/** The headers of the request that is being answered, where the database is to know them. */
export function requestHeaders(): Readonly<Record<string, string>> | undefined {
  return notes.getStore()?.headers;
}

/** What happened while a request was answered. */
export interface Answered<T> {
  result: T;
  /** The SQL error behind the answer, if any. */
  sqlError: unknown;
  /** What the server printed meanwhile. */
  complaints: unknown[];
}

/**
 * Answers a request and tells what went wrong meanwhile. The auth and storage servers answer any SQL error with a bare
 * 500; with the error at hand the gateway can say what was wrong with the request. And they print every refusal, with
 * values of rows; a refusal is the caller's business and does not belong in a log.
 */
export async function watched<T>(
  answer: () => Promise<T>,
  headers?: Readonly<Record<string, string>>,
): Promise<Answered<T>> {
  listen();
  const note: Note = { headers, complaints: [] };
  const result = await notes.run(note, answer);
  return { result, sqlError: note.sqlError, complaints: note.complaints };
}

/** The servers know no other way to report than the console: what they print during a request is kept with it. */
function listen(): void {
  if (listening) return;
  listening = true;
  for (const method of ['error', 'warn'] as const) {
    const print = console[method].bind(console);
    console[method] = (...values: unknown[]) => {
      const note = notes.getStore();
      if (note) note.complaints.push(...values);
      else print(...values);
    };
  }
}
