import { statusOf } from '../lite/sql-errors.ts';

/** A refusal in the form of the storage server: always a 400 that holds the status proper. */
export class StorageRefusal extends Error {
  override name = 'StorageRefusal';
  readonly #status: number;
  readonly #error: string;

  constructor(status: number, error: string, message: string) {
    super(message);
    this.#status = status;
    this.#error = error;
  }

  toResponse(): Response {
    return Response.json(
      { statusCode: String(this.#status), error: this.#error, message: this.message },
      { status: 400 },
    );
  }
}

/** What an SQL error behind an internal error means to the caller; undefined when it was not the caller's fault. */
export function refusalOf(sqlError: unknown): StorageRefusal | undefined {
  if (!(sqlError instanceof Error) || !('code' in sqlError)) return undefined;
  const code = String(sqlError.code);
  const ruled = /^PT(4\d\d)$/.exec(code);
  const status = code === '23505' ? 409 : ruled ? Number(ruled[1]) : statusOf(code);
  return status < 500 ? new StorageRefusal(status, 'InvalidRequest', sqlError.message) : undefined;
}
