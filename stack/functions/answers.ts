import type { ServerResponse } from 'node:http';

/** What the platform itself answers instead of a function, in the words of hosted Supabase. */
export const answers = {
  notFound: { status: 404, code: 'NOT_FOUND', message: 'Requested function was not found' },
  methodNotAllowed: { status: 405, code: 'METHOD_NOT_ALLOWED', message: 'Method not allowed' },
  missingToken: { status: 401, code: 'UNAUTHORIZED_NO_AUTH_HEADER', message: 'Missing authorization header' },
  invalidToken: { status: 401, code: 'UNAUTHORIZED_INVALID_JWT_FORMAT', message: 'Invalid JWT' },
  bootError: { status: 503, code: 'BOOT_ERROR', message: 'Function failed to start (please check logs)' },
  workerError: {
    status: 500,
    code: 'WORKER_ERROR',
    message: 'Function exited due to an error (please check logs)',
  },
  workerLimit: {
    status: 546,
    code: 'WORKER_LIMIT',
    message: 'Function failed due to not having enough compute resources (please check logs)',
  },
  idleTimeout: {
    status: 504,
    code: 'IDLE_TIMEOUT',
    message: 'The function did not begin to answer within the time limit',
  },
} as const;

export type Answer = (typeof answers)[keyof typeof answers];

/** Sends one of the platform's answers. `msg` repeats the message under the name the CLI's own server uses. */
export function sendAnswer(response: ServerResponse, { status, code, message }: Answer): void {
  if (response.destroyed) return;
  if (response.headersSent) {
    // Part of the function's answer is out: only a broken connection can tell the caller that the rest is missing.
    response.destroy();
    return;
  }
  const body = JSON.stringify(status === 401 ? { code, message, msg: message } : { code, message });
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'access-control-allow-origin': '*',
    'access-control-expose-headers': 'x-served-by',
    'x-served-by': 'supabase-edge-runtime',
  });
  response.end(body);
}
