/** An answer of the auth server that refuses a request, in GoTrue's form. */
export class AuthError extends Error {
  override name = 'AuthError';
  readonly status: number;
  /** Machine-readable reason, see GoTrue's list of error codes. */
  readonly code: string;
  /** Milliseconds until it is worth trying again. */
  readonly wait: number | undefined;

  constructor(status: number, code: string, message: string, wait?: number) {
    super(message);
    this.status = status;
    this.code = code;
    this.wait = wait;
  }

  toResponse(): Response {
    const headers = new Headers({ 'x-sb-error-code': this.code });
    if (this.wait !== undefined) headers.set('retry-after', String(Math.ceil(this.wait / 1000)));
    const body = { code: this.status, error_code: this.code, msg: this.message };
    return Response.json(body, { status: this.status, headers });
  }
}

/** SQL errors that the input provoked become 4xx; anything else is passed on as it is. */
export function authErrorOf(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return error;
  const { code } = error;
  if (code === '23505') {
    const about = `${'constraint' in error ? error.constraint : ''} ${'constraint_name' in error ? error.constraint_name : ''}`;
    if (about.includes('phone')) {
      return new AuthError(422, 'phone_exists', 'A user with this phone number has already been registered');
    }
    if (about.includes('email') || about.includes('users')) {
      return new AuthError(422, 'email_exists', 'A user with this email address has already been registered');
    }
    return new AuthError(409, 'conflict', 'Another request changed the same record; try again');
  }
  const ruled = /^PT(4\d\d)$/.exec(code);
  if (ruled) return new AuthError(Number(ruled[1]), 'validation_failed', error.message);
  if (/^(?:22|23|P0001)/.test(code)) return new AuthError(422, 'validation_failed', error.message);
  return error;
}
