/** The session an access token belongs to. Read, not verified: for a token that comes from Auth itself. */
export function sessionIdOf(accessToken: string): string | undefined {
  try {
    const payload = (accessToken.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const claims: unknown = JSON.parse(atob(payload));
    const id = typeof claims === 'object' && claims && 'session_id' in claims ? claims.session_id : undefined;
    return typeof id === 'string' && /^[\w-]{1,64}$/.test(id) ? id : undefined;
  } catch {
    return undefined;
  }
}
