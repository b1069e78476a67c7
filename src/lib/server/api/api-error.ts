import { json } from '@sveltejs/kit';
import { toAppError, type AppErrorKind } from '$lib/supabase/errors';

/** What is wrong with a field: a sentence, or both versions of a value that somebody else changed. */
export type FieldProblem = string | { yours: unknown; theirs: unknown };

interface ApiErrorFields {
  status: number;
  /** Machine code, lower snake case. */
  code: string;
  /** What happened and what to do, in English. */
  message: string;
  fields?: Record<string, FieldProblem> | undefined;
  /** Seconds. */
  retryAfter?: number | undefined;
  cause?: unknown;
}

/** A refusal of the API for other systems. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly fields: Record<string, FieldProblem> | undefined;
  readonly retryAfter: number | undefined;

  constructor({ status, code, message, fields, retryAfter, cause }: ApiErrorFields) {
    super(message, { cause });
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.fields = fields;
    this.retryAfter = retryAfter;
  }

  /** The one error shape: `{error: {code, message, fields?, request_id}}`. */
  toResponse(requestId: string): Response {
    const { status, code, message, fields, retryAfter } = this;
    const headers = new Headers({ 'cache-control': 'no-store' });
    if (retryAfter !== undefined) headers.set('retry-after', String(retryAfter));
    if (status === 401) headers.set('www-authenticate', 'Bearer');
    return json(
      { error: { code, message, ...(fields && { fields }), request_id: requestId } },
      { status, headers },
    );
  }
}

/** What the database answered instead of a result. */
export interface Failure {
  /** SQLSTATE; `PT` and the HTTP status for rules of ours. */
  code: string;
  message: string;
  details?: unknown;
  hint?: string | null | undefined;
  field?: string | null | undefined;
}

const statusOfKind: Record<AppErrorKind, number> = {
  auth: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  invalid: 422,
  rate: 429,
  network: 503,
  bug: 500,
};

/** Sentences for what is no rule of ours, which bring their own. */
const sentences: Record<string, string> = {
  already_exists: 'There is such a record already.',
  reference_missing: 'This refers to a record that does not exist.',
  value_required: 'This field cannot be empty.',
  value_too_long: 'A text is too long.',
  number_out_of_range: 'A number is out of range.',
  invalid_date: 'A date does not exist.',
  invalid_value: 'A value is not allowed.',
  not_allowed: 'The person this key acts for may not do this.',
  changed_meanwhile: 'Somebody changed the same record at this moment. Try again.',
  took_too_long: 'The request took too long. Narrow it down and try again.',
  unreachable: 'The service cannot be reached at the moment. Try again.',
  unexpected: 'Something went wrong on our side.',
};

/** Words the database's refusal of an operation. */
export function failureError(failure: Failure): ApiError {
  // A refusal that came as an answer has its detail as JSON, an error as text.
  const details = typeof failure.details === 'object' ? JSON.stringify(failure.details) : failure.details;
  const { kind, code, detail } = toAppError({ ...failure, details });
  const isRule = /^PT\d{3}$/.test(failure.code);
  const status = isRule
    ? Number(failure.code.slice(2))
    : code === 'reference_missing'
      ? 422
      : statusOfKind[kind];
  const message = (isRule && failure.hint) || sentences[code] || sentences['unexpected'] || '';
  const given = typeof detail === 'object' && detail !== null ? { ...detail } : {};
  return new ApiError({
    status,
    code,
    message,
    fields: fieldsOf(given, failure.field, message),
    retryAfter:
      'retry_after' in given && typeof given.retry_after === 'number' ? given.retry_after : undefined,
    cause: status >= 500 ? failure : undefined,
  });
}

/** The fields an error is about: the one it names, or both versions of those that were changed meanwhile. */
function fieldsOf(
  detail: Record<string, unknown>,
  field: string | null | undefined,
  message: string,
): Record<string, FieldProblem> | undefined {
  const { yours, theirs } = detail;
  if (isRecord(yours) && isRecord(theirs)) {
    const names = Array.isArray(detail['fields']) ? detail['fields'].map(String) : Object.keys(yours);
    return Object.fromEntries(names.map((name) => [name, { yours: yours[name], theirs: theirs[name] }]));
  }
  const named = typeof detail['field'] === 'string' ? detail['field'] : field;
  return named ? { [named]: message } : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
