import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ApiError, failureError } from './api-error';
import { decodeCursor, encodeCursor } from './cursor';
import { endpoints } from './endpoints';
import { readKey } from './key';
import { openApi } from './openapi';
import { check, readBody, readQuery } from './read-input';
import * as schemas from './schemas';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const body = 'A1b2C3d4'.repeat(5);
const key = `tdm_${body}${sha256(body).slice(0, 6)}`;

function refusal(run: () => unknown): ApiError {
  try {
    run();
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error('Nothing was refused.');
}

describe('readKey', () => {
  it('gives the public prefix and the digest, never the key', () => {
    expect(readKey(`Bearer ${key}`)).toEqual({ prefix: 'A1b2C3d4', digest: sha256(key) });
    expect(readKey(`bearer  ${key} `)).not.toBeNull();
  });

  it.each([
    null,
    '',
    key,
    `Basic ${key}`,
    `Bearer ${key.slice(0, -1)}`,
    `Bearer ${key}0`,
    'Bearer tdm_',
    'Bearer a.b.c',
  ])('takes %s for none', (header) => expect(readKey(header)).toBeNull());

  it('notices any mistyped character', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: key.length - 1 }), fc.constantFrom(...'0aZ9f'), (at, letter) => {
        fc.pre(key[at] !== letter);
        expect(readKey(`Bearer ${key.slice(0, at)}${letter}${key.slice(at + 1)}`)).toBeNull();
      }),
    );
  });
});

describe('cursors', () => {
  const position = {
    created_at: '2026-11-21T09:31:22.845611+00:00',
    id: '0b7c1d3e-1111-4000-8000-000000000001',
  };

  it('come back as they were, to the microsecond', () => {
    expect(decodeCursor(encodeCursor(position), schemas.positions.created)).toEqual(position);
  });

  it('of another list, or made up, are refused', () => {
    expect(refusal(() => decodeCursor(encodeCursor(position), schemas.positions.named))).toMatchObject({
      status: 422,
    });
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(refusal(() => decodeCursor(text, schemas.positions.created))).toMatchObject({ status: 422 });
      }),
    );
  });
});

describe('input', () => {
  const post = (content: BodyInit, type = 'application/json') =>
    readBody(new Request('http://x', { method: 'POST', body: content, headers: { 'content-type': type } }));

  it('names every field that cannot be used, unknown ones too', () => {
    const { status, fields } = refusal(() =>
      check(schemas.newCustomer, { name: ' ', email: 'no', tags: ['a', ''], emial: 1, latitude: 91 }),
    );
    expect(status).toBe(422);
    expect(Object.keys(fields ?? {}).toSorted()).toEqual(['email', 'emial', 'latitude', 'name', 'tags.1']);
  });

  it('for a change needs either the values seen or the version', () => {
    const problem = (given: unknown) =>
      Object.keys(refusal(() => check(schemas.customerPatch, given)).fields ?? {});
    expect(problem({ changes: { name: 'A' } })).toEqual(['seen']);
    expect(problem({ changes: { name: 'A' }, seen: { name: 'B' }, version: 1 })).toEqual(['seen']);
    expect(problem({ changes: { name: 'A', phone: null }, seen: { name: 'B' } })).toEqual(['seen']);
    expect(problem({ changes: {}, version: 1 })).toEqual(['changes']);
    expect(check(schemas.customerPatch, { changes: { name: 'A' }, version: 1 })).toBeDefined();
  });

  it.each([
    ['no JSON', '{', 400],
    ['a NUL', '{"a":"\\u0000"}', 422],
    ['half a character', '{"a":"\\ud800"}', 422],
    ['endless nesting', `${'['.repeat(50)}${']'.repeat(50)}`, 422],
    ['too much', JSON.stringify('x'.repeat(70_000)), 413],
  ])('with %s is refused', async (_, content, status) => {
    await expect(post(content)).rejects.toMatchObject({ status });
  });

  it('of another kind is refused', async () => {
    await expect(post('name=x', 'application/x-www-form-urlencoded')).rejects.toMatchObject({ status: 415 });
  });

  it('in the address may only be repeated where a list is meant', () => {
    expect(readQuery(new URLSearchParams('status=lead&status=proposal&limit=5'), ['status'])).toEqual({
      status: ['lead', 'proposal'],
      limit: '5',
    });
    expect(refusal(() => readQuery(new URLSearchParams('limit=1&limit=2'), ['status']))).toMatchObject({
      status: 422,
    });
  });

  it.each(['0', '101', '-1', '1e1', '', '٣', ' 5'])('does not take %s for a number of rows', (limit) => {
    expect(schemas.pageQuery.safeParse({ limit }).success).toBe(false);
  });
});

describe('failureError', () => {
  it('words a rule of the database with its status, sentence and field', () => {
    expect(
      failureError({
        code: 'PT422',
        message: 'lost_reason_required',
        hint: 'Say why.',
        details: '{"field": "closed_lost_reason"}',
      }),
    ).toMatchObject({
      status: 422,
      code: 'lost_reason_required',
      message: 'Say why.',
      fields: { closed_lost_reason: 'Say why.' },
    });
  });

  it('gives both versions of what was changed meanwhile', () => {
    const details = {
      fields: ['name'],
      yours: { name: 'B' },
      theirs: { name: 'C', phone: null, version: 3 },
    };
    expect(
      failureError({
        code: 'PT409',
        message: 'changed_meanwhile',
        hint: 'x',
        details: JSON.stringify(details),
      }),
    ).toMatchObject({
      status: 409,
      fields: { name: { yours: 'B', theirs: 'C' } },
    });
  });

  it.each([
    ['23505', 409],
    ['23503', 422],
    ['23514', 422],
    ['22P02', 422],
    ['42501', 403],
    ['40001', 409],
    ['57014', 503],
    ['XX000', 500],
  ])('answers %s with %i and says nothing of the database', (code, status) => {
    const error = failureError({ code, message: 'relation "private.x" violates', field: 'email' });
    expect(error.status).toBe(status);
    expect(error.message).not.toContain('private');
  });

  it('is answered in the one shape', async () => {
    const response = failureError({
      code: 'PT429',
      message: 'too_many_requests',
      hint: 'Wait.',
      details: { retry_after: 3 },
    }).toResponse('id-1');
    expect(response.headers.get('retry-after')).toBe('3');
    expect(await response.json()).toEqual({
      error: { code: 'too_many_requests', message: 'Wait.', request_id: 'id-1' },
    });
  });
});

describe('the description', () => {
  const description = openApi('https://crm.example');

  it('describes every endpoint, with what it needs and every schema it names', () => {
    const operations = Object.values(description.paths).flatMap((path) => Object.values(path));
    expect(operations).toHaveLength(Object.keys(endpoints).length);
    const named = JSON.stringify(description).match(/#\/components\/schemas\/\w+/g) ?? [];
    for (const name of named)
      expect(description.components.schemas).toHaveProperty(name.split('/').at(-1) ?? '');
    expect(description.paths['/customers']).toMatchObject({
      get: {
        description: 'Needs customers:read.',
        responses: { 200: {}, 401: {}, 403: {}, 422: {}, 429: {} },
      },
    });
  });
});
