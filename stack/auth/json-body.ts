import { AuthError } from './auth-error.ts';

/**
 * Reads the JSON of a request. An absent body counts as an empty object.
 *
 * @throws AuthError when it is no JSON, or holds a NUL character, which Postgres cannot store.
 */
export async function readJson(request: Request): Promise<unknown> {
  let body: unknown;
  try {
    const text = await request.text();
    body = text === '' ? {} : JSON.parse(text);
  } catch {
    throw new AuthError(400, 'bad_json', 'Could not parse request body as JSON');
  }
  if (JSON.stringify(body).includes('\\u0000')) {
    throw new AuthError(422, 'validation_failed', 'The request contains a NUL character');
  }
  return body;
}
