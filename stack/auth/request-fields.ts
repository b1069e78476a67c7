import { AuthError } from './auth-error.ts';
import { readJson } from './json-body.ts';

const textFields = [
  'email',
  'phone',
  'password',
  'token',
  'token_hash',
  'type',
  'refresh_token',
  'auth_code',
];

/**
 * Reads the body of a request to the auth server, which takes some values of a wrong type for a defect of its own.
 *
 * @throws AuthError when a field is of the wrong type.
 */
export async function readFields(request: Request): Promise<Record<string, unknown>> {
  const body = await readJson(request);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new AuthError(400, 'bad_json', 'The request body must be a JSON object');
  }
  // An absent field and one that is null mean the same.
  const fields = Object.fromEntries(
    Object.entries(body).filter(([name, value]) => value !== null || !textFields.includes(name)),
  );
  for (const name of textFields) {
    const value = fields[name];
    if (value !== undefined && typeof value !== 'string') {
      throw new AuthError(400, 'validation_failed', `${name} must be a string`);
    } else if (name === 'email' && (value?.length ?? 0) > 255) {
      throw new AuthError(400, 'validation_failed', 'Unable to validate email address: invalid format');
    }
  }
  const data = fields['data'];
  if (data !== undefined && data !== null && (typeof data !== 'object' || Array.isArray(data))) {
    throw new AuthError(400, 'validation_failed', 'data must be an object');
  }
  return fields;
}
