import type { z } from 'zod';
import { ApiError } from './api-error';

const largestBody = 64 * 1024;
const deepestBody = 16;

/** Checks one part of a request; every problem is named by its field. */
export function check<Value>(schema: z.ZodType<Value>, given: unknown): Value {
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const fields: Record<string, string> = {};
  for (const issue of result.error.issues) {
    if (issue.code === 'unrecognized_keys') {
      for (const name of issue.keys.slice(0, 20)) {
        fields[[...issue.path, name.slice(0, 80)].join('.')] = 'There is no such field.';
      }
    } else fields[issue.path.join('.') || 'body'] ??= issue.message;
  }
  throw new ApiError({ status: 422, code: 'invalid_value', message: 'Some fields cannot be used.', fields });
}

/** Parameters of the address; only those the schema takes as a list may be repeated. */
export function readQuery(
  search: URLSearchParams,
  lists: readonly string[],
): Record<string, string | string[]> {
  const names = [...new Set(search.keys())];
  return Object.fromEntries(
    names.map((name) => {
      const values = search.getAll(name);
      if (lists.includes(name)) return [name, values];
      if (values.length > 1) {
        const message = 'Given more than once.';
        throw new ApiError({
          status: 422,
          code: 'invalid_value',
          message,
          fields: { [name.slice(0, 80)]: message },
        });
      }
      return [name, values[0] ?? ''];
    }),
  );
}

/** The JSON body of a request. */
export async function readBody(request: Request): Promise<unknown> {
  if (!/^application\/json\b/i.test(request.headers.get('content-type') ?? '')) {
    throw new ApiError({
      status: 415,
      code: 'unsupported_media_type',
      message: 'Send JSON with content-type application/json.',
    });
  }
  const tooLarge = new ApiError({
    status: 413,
    code: 'body_too_large',
    message: 'The body may have 64 kB at most.',
  });
  if (Number(request.headers.get('content-length') ?? 0) > largestBody) throw tooLarge;
  let text: string;
  try {
    text = await request.text();
  } catch (cause) {
    // The server's own limit broke it off, or the client did.
    throw new ApiError({ status: 413, code: 'body_too_large', message: tooLarge.message, cause });
  }
  if (Buffer.byteLength(text) > largestBody) throw tooLarge;
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (cause) {
    throw new ApiError({ status: 400, code: 'bad_json', message: 'The body is not JSON.', cause });
  }
  if (!isStorable(body, deepestBody)) {
    const message = 'The body is nested too deeply or holds characters that cannot be stored.';
    throw new ApiError({ status: 422, code: 'invalid_value', message });
  }
  return body;
}

/** Whether Postgres can keep a value as JSON: no NUL, no halves of characters, no endless nesting. */
export function isStorable(value: unknown, depth: number): boolean {
  if (typeof value === 'string') return !value.includes('\0') && value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  if (depth === 0) return false;
  return Object.entries(value).every(
    ([name, entry]) => isStorable(name, depth) && isStorable(entry, depth - 1),
  );
}
