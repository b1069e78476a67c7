/** What a person can do about an error depends on its kind; which words they read depends on its code. */
export type AppErrorKind =
  'auth' | 'forbidden' | 'not_found' | 'conflict' | 'invalid' | 'rate' | 'network' | 'bug';

interface AppErrorFields {
  kind: AppErrorKind;
  /** Machine code, lower snake case. Words for it are in `messages/` as `error_<code>`. */
  code: string;
  /** The column or form field the error is about. */
  field?: string | undefined;
  /** Parsed JSON detail of a database rule, such as `{limit, active}`; undefined when there is none. */
  detail?: unknown;
  /** True when the same request may succeed later without any change. */
  retryable?: boolean;
  cause?: unknown;
}

/** The one error that leaves the data layer. */
export class AppError extends Error {
  readonly kind: AppErrorKind;
  readonly code: string;
  readonly field: string | undefined;
  readonly detail: unknown;
  readonly retryable: boolean;

  constructor({ kind, code, field, detail, retryable = false, cause }: AppErrorFields) {
    super(code, { cause });
    this.name = 'AppError';
    this.kind = kind;
    this.code = code;
    this.field = field;
    this.detail = detail;
    this.retryable = retryable;
  }
}

type Classified = Omit<AppErrorFields, 'cause' | 'detail'>;

/** What PostgREST, Auth and `fetch` put on an error; every part may be missing. */
interface ErrorShape {
  name: string;
  message: string;
  code: string;
  status: number | undefined;
  details: string;
}

/** Postgres and PostgREST codes that are no rule of ours (those come as `PT4xx`). */
const databaseCodes: Record<string, Classified> = {
  '22001': { kind: 'invalid', code: 'value_too_long' },
  '22003': { kind: 'invalid', code: 'number_out_of_range' },
  '22007': { kind: 'invalid', code: 'invalid_date' },
  '22008': { kind: 'invalid', code: 'invalid_date' },
  '22P02': { kind: 'invalid', code: 'invalid_value' },
  '23502': { kind: 'invalid', code: 'value_required' },
  '23503': { kind: 'conflict', code: 'reference_missing' },
  '23505': { kind: 'conflict', code: 'already_exists' },
  '23514': { kind: 'invalid', code: 'invalid_value' },
  '40001': { kind: 'conflict', code: 'changed_meanwhile', retryable: true },
  '40P01': { kind: 'conflict', code: 'changed_meanwhile', retryable: true },
  '42501': { kind: 'forbidden', code: 'not_allowed' },
  '42703': { kind: 'bug', code: 'unknown_field' },
  '55P03': { kind: 'conflict', code: 'changed_meanwhile', retryable: true },
  '57014': { kind: 'network', code: 'took_too_long', retryable: true },
  PGRST116: { kind: 'not_found', code: 'not_found' },
  PGRST204: { kind: 'bug', code: 'unknown_field' },
  PGRST301: { kind: 'auth', code: 'session_expired' },
  PGRST302: { kind: 'auth', code: 'session_expired' },
  PGRST303: { kind: 'auth', code: 'session_expired' },
};

/** Codes of Supabase Auth (`AuthError.code`). */
const authCodes: Record<string, Classified> = {
  bad_jwt: { kind: 'auth', code: 'session_expired' },
  email_address_invalid: { kind: 'invalid', code: 'email_invalid', field: 'email' },
  email_exists: { kind: 'conflict', code: 'email_taken', field: 'email' },
  email_not_confirmed: { kind: 'auth', code: 'email_not_confirmed' },
  insufficient_aal: { kind: 'forbidden', code: 'second_factor_needed' },
  invalid_credentials: { kind: 'auth', code: 'invalid_credentials' },
  mfa_challenge_expired: { kind: 'conflict', code: 'changed_meanwhile', retryable: true },
  mfa_factor_name_conflict: { kind: 'conflict', code: 'factor_name_taken', field: 'name' },
  mfa_factor_not_found: { kind: 'not_found', code: 'factor_not_found' },
  mfa_ip_address_mismatch: { kind: 'conflict', code: 'changed_meanwhile', retryable: true },
  mfa_totp_enroll_not_enabled: { kind: 'forbidden', code: 'second_factor_not_offered' },
  mfa_totp_verify_not_enabled: { kind: 'forbidden', code: 'second_factor_not_offered' },
  mfa_verification_failed: { kind: 'invalid', code: 'wrong_code', field: 'code' },
  otp_expired: { kind: 'auth', code: 'link_expired' },
  over_email_send_rate_limit: { kind: 'rate', code: 'too_many_emails', retryable: true },
  over_request_rate_limit: { kind: 'rate', code: 'too_many_requests', retryable: true },
  refresh_token_already_used: { kind: 'auth', code: 'session_expired' },
  refresh_token_not_found: { kind: 'auth', code: 'session_expired' },
  same_password: { kind: 'invalid', code: 'same_password', field: 'password' },
  session_expired: { kind: 'auth', code: 'session_expired' },
  session_not_found: { kind: 'auth', code: 'session_expired' },
  signup_disabled: { kind: 'forbidden', code: 'sign_up_closed' },
  too_many_enrolled_mfa_factors: { kind: 'conflict', code: 'too_many_factors' },
  user_already_exists: { kind: 'conflict', code: 'email_taken', field: 'email' },
  user_banned: { kind: 'auth', code: 'account_disabled' },
  user_not_found: { kind: 'auth', code: 'invalid_credentials' },
  validation_failed: { kind: 'invalid', code: 'invalid_value' },
  weak_password: { kind: 'invalid', code: 'weak_password', field: 'password' },
};

const kindByStatus: Record<number, AppErrorKind> = {
  400: 'invalid',
  401: 'auth',
  403: 'forbidden',
  404: 'not_found',
  406: 'not_found',
  409: 'conflict',
  412: 'conflict',
  413: 'invalid',
  422: 'invalid',
  429: 'rate',
};

const codeByKind: Record<AppErrorKind, string> = {
  auth: 'session_expired',
  forbidden: 'not_allowed',
  not_found: 'not_found',
  conflict: 'changed_meanwhile',
  invalid: 'invalid_value',
  rate: 'too_many_requests',
  network: 'unreachable',
  bug: 'unexpected',
};

/**
 * Classifies anything thrown or returned as `error` by PostgREST, Auth, Realtime or `fetch`.
 *
 * @param cause an `AppError` is returned unchanged
 * @param status HTTP status of the answer when the error itself does not carry it (PostgREST errors do not)
 */
export function toAppError(cause: unknown, status?: number): AppError {
  if (cause instanceof AppError) return cause;
  const shape = readShape(cause, status);
  const detail = parseDetail(shape.details);
  return new AppError({ ...classify(shape, detail), detail, cause });
}

/**
 * Returns the data of a PostgREST answer or throws its error as `AppError`.
 *
 * @throws AppError
 */
export function unwrap<Data>(answer: { data: Data; error: unknown; status?: number }): NonNullable<Data> {
  if (answer.error) throw toAppError(answer.error, answer.status);
  if (answer.data == null) throw new AppError({ kind: 'not_found', code: 'not_found' });
  return answer.data;
}

function classify(shape: ErrorShape, detail: unknown): Classified {
  const rule = /^PT(\d{3})$/.exec(shape.code);
  if (rule) return fromRule(shape, Number(rule[1]), detail);
  const known = databaseCodes[shape.code] ?? authCodes[shape.code];
  if (known) return { ...known, field: known.field ?? fieldOf(shape, detail) };
  if (isUnreachable(shape)) return { kind: 'network', code: 'unreachable', retryable: true };
  return fromStatus(shape.status);
}

function fromRule(shape: ErrorShape, status: number, detail: unknown): Classified {
  const kind = kindByStatus[status] ?? 'bug';
  const code = /^[a-z][a-z0-9_]*$/.test(shape.message) ? shape.message : codeByKind[kind];
  return { kind, code, field: fieldOf(shape, detail), retryable: kind === 'rate' };
}

function fromStatus(status: number | undefined): Classified {
  if (status === undefined) return { kind: 'bug', code: 'unexpected' };
  const kind = kindByStatus[status];
  if (kind) return { kind, code: codeByKind[kind], retryable: kind === 'rate' };
  if (status >= 502) return { kind: 'network', code: 'unreachable', retryable: true };
  return { kind: 'bug', code: 'unexpected', retryable: status >= 500 };
}

function isUnreachable({ name, message, status }: ErrorShape): boolean {
  if (status === 0 || name === 'AuthRetryableFetchError') return true;
  if (name === 'AbortError' || name === 'TimeoutError') return true;
  return status === undefined && /fetch failed|failed to fetch|networkerror|load failed/i.test(message);
}

/** `{"field": "…"}` of our rules first, then the column Postgres names in a not-null or unique violation. */
function fieldOf({ message, details }: ErrorShape, detail: unknown): string | undefined {
  if (isRecord(detail) && typeof detail.field === 'string') return detail.field;
  return /column "(\w+)"/.exec(message)?.[1] ?? /^Key \((\w+)\)/.exec(details)?.[1];
}

function parseDetail(details: string): unknown {
  if (!/^\s*[[{]/.test(details)) return undefined;
  try {
    return JSON.parse(details);
  } catch {
    return undefined;
  }
}

function readShape(cause: unknown, status: number | undefined): ErrorShape {
  const fields = isRecord(cause) ? cause : {};
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  return {
    name: text(fields.name),
    message: text(fields.message),
    code: text(fields.code),
    status: typeof fields.status === 'number' ? fields.status : status,
    details: text(fields.details),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
