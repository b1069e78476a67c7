import { inspect } from 'node:util';

/** What Postgres reports about a failed statement. */
interface SqlError {
  code: string;
  message: string;
  detail?: string | null;
  hint?: string | null;
}

/** SQL states that lite already answers as PostgREST does. */
const answeredByLite = /^(?:PT|PGRST|42|22|21|23502|23503|23505|25006)/;

/**
 * The status PostgREST answers to an SQL state. Two are kinder than its 500: a statement that took too long is a 504,
 * a transaction that lost a race a 409, both of which a caller can act on.
 *
 * @see https://docs.postgrest.org/en/stable/references/errors.html
 */
export function statusOf(code: string): number {
  if (code === 'P0001') return 400;
  if (code === '57014') return 504;
  if (code === '40001' || code === '40P01' || code === '55P03') return 409;
  if (/^(?:08|53|57)/.test(code)) return 503;
  if (/^(?:0L|0P|28)/.test(code)) return 403;
  if (/^(?:XX|58|F0|HV)/.test(code)) return 500;
  return 400;
}

function isSqlError(error: unknown): error is SqlError {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    /^[0-9A-Z]{5}$/.test(error.code)
  );
}

/**
 * Gives an SQL error the form in which lite lets a function choose the whole answer (`raise sqlstate 'PGRST'`), so that
 * a state lite does not know is answered with the status PostgREST has for it instead of 500.
 */
export function toAnswer(error: unknown): unknown {
  if (!isSqlError(error)) return ofRequest(error) ?? error;
  if (answeredByLite.test(error.code)) return discreet(error, error.code);
  const answer = Object.assign(
    new Error(
      JSON.stringify({
        code: error.code,
        message: error.message,
        details: error.detail ?? null,
        hint: error.hint ?? null,
      }),
    ),
    { code: 'PGRST', detail: JSON.stringify({ status: statusOf(error.code), headers: {} }) },
  );
  return discreet(answer, error.code);
}

/** Errors that lite takes for its own although the request is to blame, as PostgREST answers them. */
function ofRequest(error: unknown): Error | undefined {
  if (!(error instanceof Error)) return undefined;
  // The driver was given a number or an object for a list. Node stumbles over a `constructor` in it while saying so.
  const isUnfit = error instanceof TypeError && error.message.startsWith("Cannot use 'in' operator");
  if (isUnfit || ('code' in error && error.code === 'ERR_INVALID_ARG_TYPE')) {
    return Object.assign(new Error('invalid input syntax: a value does not fit its type'), { code: '22P02' });
  }
  if (/^Missing closing quote/.test(error.message)) {
    const answer = { code: 'PGRST100', message: error.message, details: null, hint: null };
    return Object.assign(new Error(JSON.stringify(answer)), {
      code: 'PGRST',
      detail: JSON.stringify({ status: 400, headers: {} }),
    });
  }
  return undefined;
}

/** Lite prints every error; messages of constraints hold values of rows, which do not belong in a log. */
function discreet<T extends object>(error: T, code: string): T {
  Object.defineProperty(error, inspect.custom, {
    value: () => `refused by the database: ${code}`,
    enumerable: false,
    // Some errors come by twice.
    configurable: true,
  });
  return error;
}
