import { json, type RequestEvent, type RequestHandler } from '@sveltejs/kit';
import { z } from 'zod';
import { toAppError, unwrap } from '$lib/supabase/errors';
import type { Json } from '$lib/supabase/database.types';
import { adminClient } from '../admin-client';
import { clientAddress } from '../client-address';
import { ApiError, failureError } from './api-error';
import { encodeCursor } from './cursor';
import type { Endpoint } from './endpoints';
import { readKey, type PresentedKey } from './key';
import { check, readBody, readQuery } from './read-input';

const failure = z.object({
  code: z.string(),
  message: z.string(),
  details: z.unknown().optional(),
  hint: z.string().nullish(),
  field: z.string().nullish(),
});
const answerSchema = z.object({
  remaining: z.number().optional(),
  limit: z.number().optional(),
  result: z.unknown().optional(),
  failed: failure.optional(),
  refused: failure.optional(),
});
const pageSchema = z.object({ data: z.array(z.unknown()), next: z.unknown() });

/** The handler of an endpoint: key, input, one call of the database, answer. */
export function serve<Params, Query, Body>(endpoint: Endpoint<Params, Query, Body>): RequestHandler {
  return inOneShape(async (event) => {
    const key = readKey(event.request.headers.get('authorization'));
    if (!key) {
      const message = 'Send an API key as "Authorization: Bearer tdm_…".';
      throw new ApiError({ status: 401, code: 'api_key_missing', message });
    }
    const { params, query, body } = endpoint;
    const input = {
      // Parts without a schema are not read by toArguments.
      params: check(params ?? z.any(), event.params),
      query: check(
        query ?? z.strictObject({}).transform(() => undefined as never),
        readQuery(event.url.searchParams, ['status']),
      ),
      body: check(body?.schema ?? z.any(), body ? await readBody(event.request) : undefined),
    };
    return ask(event, key, endpoint, endpoint.toArguments(input));
  });
}

/** Answers whatever an endpoint throws in the one error shape, and puts the request's id on every answer. */
export function inOneShape(handle: (event: RequestEvent) => Promise<Response> | Response): RequestHandler {
  return async (event) => {
    const { requestId } = event.locals;
    let response: Response;
    try {
      response = await handle(event);
    } catch (cause) {
      const error = cause instanceof ApiError ? cause : unexpected(cause);
      if (error.status >= 500) {
        const where = {
          at: new Date().toISOString(),
          requestId,
          route: event.route.id,
          status: error.status,
          code: error.code,
        };
        console.error(JSON.stringify(where), error.cause ?? '');
      }
      response = error.toResponse(requestId);
    }
    response.headers.set('x-request-id', requestId);
    return response;
  };
}

function unexpected(cause: unknown): ApiError {
  const { code, kind } = toAppError(cause);
  return kind === 'network'
    ? new ApiError({
        status: 503,
        code,
        message: 'The service cannot be reached at the moment. Try again.',
        retryAfter: 5,
        cause,
      })
    : new ApiError({ status: 500, code: 'unexpected', message: 'Something went wrong on our side.', cause });
}

async function ask(
  event: RequestEvent,
  key: PresentedKey,
  { operation, result, status = 200, path }: Pick<Endpoint, 'operation' | 'result' | 'status' | 'path'>,
  given: Record<string, unknown>,
): Promise<Response> {
  const admin = adminClient();
  if (!admin) {
    const message = 'This installation runs without a secret key, which the API needs.';
    throw new ApiError({ status: 503, code: 'api_unavailable', message });
  }
  const address = clientAddress(event);
  const call = admin
    .rpc('api_request', {
      key_prefix: key.prefix,
      key_digest: key.digest,
      operation,
      arguments: toJson(given),
      ...(address !== null && { client_address: address }),
    })
    .setHeader('x-request-id', event.locals.requestId);
  if (address !== null) call.setHeader('x-forwarded-for', address);
  const answer = answerSchema.parse(unwrap(await call));
  if (answer.refused) throw failureError(answer.refused);

  const headers = new Headers({ 'cache-control': 'no-store' });
  if (answer.limit !== undefined) headers.set('x-ratelimit-limit', String(answer.limit));
  if (answer.remaining !== undefined) headers.set('x-ratelimit-remaining', String(answer.remaining));
  if (answer.failed) {
    const refusal = failureError(answer.failed);
    if (refusal.status >= 500) throw refusal;
    const response = refusal.toResponse(event.locals.requestId);
    headers.forEach((value, name) => response.headers.set(name, value));
    return response;
  }
  if (result.isPage) {
    const { data, next } = pageSchema.parse(answer.result);
    const rows = data.map((row) => result.schema.parse(row));
    return json({ data: rows, next_cursor: next === null ? null : encodeCursor(next) }, { headers });
  }
  const record = z.looseObject({ id: z.string().optional() }).parse(result.schema.parse(answer.result));
  if (status === 201 && record.id && path === '/customers')
    headers.set('location', `/api/v1/customers/${record.id}`);
  return json(record, { status, headers });
}

/** What was read from JSON is JSON. */
function toJson(value: Record<string, unknown>): Json {
  const copy: Json = JSON.parse(JSON.stringify(value));
  return copy;
}

/** For addresses and methods that are none of the API's. */
export const notFound: RequestHandler = inOneShape(() => {
  throw new ApiError({
    status: 404,
    code: 'endpoint_not_found',
    message: 'There is no such endpoint. See /api/v1/openapi.json.',
  });
});
export const methodNotAllowed: RequestHandler = inOneShape(() => {
  throw new ApiError({
    status: 405,
    code: 'method_not_allowed',
    message: 'This endpoint does not take this method. See /api/v1/openapi.json.',
  });
});
