/** The session an access token belongs to. Read, not verified: for a token that comes from Auth itself. */
export const sessionIdOf = (accessToken: string): string | undefined => claimOf(accessToken, 'session_id');

/** The person an access token was made for. Read, not verified: what it decides harms nobody but its bearer. */
export const personIdOf = (accessToken: string): string | undefined => claimOf(accessToken, 'sub');

function claimOf(accessToken: string, name: string): string | undefined {
  try {
    const payload = (accessToken.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const claims: unknown = JSON.parse(atob(payload));
    const found = Object.entries(claims ?? {}).find(([claim]) => claim === name);
    const id: unknown = found?.[1];
    return typeof id === 'string' && /^[\w-]{1,64}$/.test(id) ? id : undefined;
  } catch {
    return undefined;
  }
}
