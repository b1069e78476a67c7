import { describe, expect, it } from 'vitest';
import { AppError, toAppError, unwrap } from './errors';

const postgrest = (code: string, message = '', details: string | null = null) => ({
  code,
  message,
  details,
  hint: null,
});

describe('toAppError', () => {
  it('reads the machine code, kind and detail of a rule of the database', () => {
    const error = toAppError(
      postgrest('PT409', 'active_product_limit', '{"limit": 3, "active": [{"id": "1", "name": "Basic"}]}'),
    );
    expect(error).toMatchObject({
      kind: 'conflict',
      code: 'active_product_limit',
      detail: { limit: 3, active: [{ id: '1', name: 'Basic' }] },
      retryable: false,
    });
  });

  it('reads the field a rule is about', () => {
    expect(toAppError(postgrest('PT422', 'invalid_value', '{"field": "email"}'))).toMatchObject({
      kind: 'invalid',
      field: 'email',
    });
  });

  it('does not take a sentence for a machine code', () => {
    expect(toAppError(postgrest('PT403', 'You may not.')).code).toBe('not_allowed');
  });

  it.each([
    ['42501', 'forbidden', 'not_allowed'],
    ['23505', 'conflict', 'already_exists'],
    ['23514', 'invalid', 'invalid_value'],
    ['22P02', 'invalid', 'invalid_value'],
    ['40001', 'conflict', 'changed_meanwhile'],
    ['57014', 'network', 'took_too_long'],
    ['PGRST116', 'not_found', 'not_found'],
    ['PGRST301', 'auth', 'session_expired'],
  ])('knows %s', (code, kind, expected) =>
    expect(toAppError(postgrest(code))).toMatchObject({ kind, code: expected }),
  );

  it('names the column of a not-null and of a unique violation', () => {
    expect(toAppError(postgrest('23502', 'null value in column "name" of relation "customers"')).field).toBe(
      'name',
    );
    expect(toAppError(postgrest('23505', 'duplicate key', 'Key (sku)=(A1) already exists.')).field).toBe(
      'sku',
    );
  });

  it.each([
    [
      { name: 'AuthApiError', status: 400, code: 'invalid_credentials', message: 'x' },
      'auth',
      'invalid_credentials',
    ],
    [
      { name: 'AuthApiError', status: 429, code: 'over_request_rate_limit', message: 'x' },
      'rate',
      'too_many_requests',
    ],
    [{ name: 'AuthApiError', status: 429, message: 'x' }, 'rate', 'too_many_requests'],
    [{ name: 'AuthRetryableFetchError', status: 0, message: 'fetch failed' }, 'network', 'unreachable'],
  ])('classifies an error of Auth', (cause, kind, code) =>
    expect(toAppError(cause)).toMatchObject({ kind, code }),
  );

  it.each([
    [new TypeError('Failed to fetch')],
    [new TypeError('fetch failed')],
    [new TypeError('NetworkError when attempting to fetch resource.')],
    [new DOMException('aborted', 'AbortError')],
  ])('takes %s for the network', (cause) => {
    expect(toAppError(cause)).toMatchObject({ kind: 'network', retryable: true });
  });

  it('uses the status when there is no code', () => {
    expect(toAppError({ message: 'upstream' }, 502).kind).toBe('network');
    expect(toAppError({ message: 'oops' }, 500)).toMatchObject({ kind: 'bug', retryable: true });
    expect(toAppError({ message: '' }, 404).kind).toBe('not_found');
  });

  it.each([[new Error('x is undefined')], ['text'], [null], [undefined], [42], [{}]])(
    'calls anything else a bug: %s',
    (cause) => expect(toAppError(cause)).toMatchObject({ kind: 'bug', code: 'unexpected' }),
  );

  it('keeps an error that is classified already', () => {
    const error = new AppError({ kind: 'rate', code: 'too_many_requests' });
    expect(toAppError(error)).toBe(error);
  });
});

describe('unwrap', () => {
  it('returns the data', () => expect(unwrap({ data: [1], error: null })).toEqual([1]));

  it('throws the classified error', () => {
    expect(() => unwrap({ data: null, error: postgrest('42501'), status: 403 })).toThrow(AppError);
  });

  it('takes missing data for something not found', () => {
    expect(() => unwrap({ data: null, error: null })).toThrow('not_found');
  });
});
