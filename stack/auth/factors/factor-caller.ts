import { decodeJwt } from 'jose';
import { z } from 'zod';
import { bearerToken } from '../../gateway/credentials.ts';
import { AuthError } from '../auth-error.ts';
import type { Queries } from '../auth-database.ts';

/** Whose session a request of Auth comes from. */
export interface FactorCaller {
  userId: string;
  email: string;
  sessionId: string;
  aal: 'aal1' | 'aal2';
}

const claims = z.object({ sub: z.uuid(), session_id: z.uuid() });

/**
 * Who asks, once the auth server has found the token good.
 *
 * @throws AuthError for a token without a session, such as a server's own.
 */
export async function factorCaller(queries: Queries, request: Request): Promise<FactorCaller> {
  const token = claims.safeParse(decodeJwt(bearerToken(request) ?? ''));
  if (!token.success) throw new AuthError(403, 'session_not_found', 'A session is required');
  const { sub: userId, session_id: sessionId } = token.data;
  const rows = await queries.query<Pick<FactorCaller, 'email' | 'aal'>>(
    `select coalesce(users.email, '') as email, coalesce(sessions.aal, 'aal1') as aal
       from auth.sessions join auth.users on users.id = sessions.user_id where sessions.id = $1 and users.id = $2`,
    [sessionId, userId],
  );
  const [known] = rows;
  if (!known)
    throw new AuthError(403, 'session_not_found', 'Session from session_id claim in JWT does not exist');
  return { userId, sessionId, ...known };
}
