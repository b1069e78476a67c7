import type { Queries } from '../auth-database.ts';
import { type FactorRow, factorColumns } from './factor-row.ts';

/** One way a session proved whose it is. */
interface Proof {
  method: string;
  /** Seconds since 1970. */
  timestamp: number;
}

/** What a token says of its session. */
export interface Standing {
  aal: 'aal1' | 'aal2';
  /** Most recent first. */
  amr: Proof[];
}

/** Notes how a session was begun, unless that is known. */
export async function noteProof(queries: Queries, sessionId: string, method: string): Promise<void> {
  await queries.query(
    `insert into auth.mfa_amr_claims (id, session_id, created_at, updated_at, authentication_method)
     select gen_random_uuid(), id, now(), now(), $2 from auth.sessions where id = $1
     on conflict (session_id, authentication_method) do update set updated_at = now()`,
    [sessionId, method],
  );
}

/** How sure a session is at present; undefined when it has ended. */
export async function standingOf(queries: Queries, sessionId: string): Promise<Standing | undefined> {
  const rows = await queries.query<Standing>(
    `select coalesce(sessions.aal, 'aal1') as aal, coalesce(
       (select jsonb_agg(jsonb_build_object('method', claims.authentication_method,
                 'timestamp', extract(epoch from claims.updated_at)::bigint) order by claims.updated_at desc)
          from auth.mfa_amr_claims as claims where claims.session_id = sessions.id), '[]') as amr
     from auth.sessions where id = $1`,
    [sessionId],
  );
  return rows[0];
}

/** The second factors of a person, in the form of their user object. */
export async function factorsOf(queries: Queries, userId: string): Promise<FactorRow[]> {
  const rows = await queries.query<{ factor: FactorRow }>(
    `select ${factorColumns} as factor from auth.mfa_factors where user_id = $1 order by created_at`,
    [userId],
  );
  return rows.map(({ factor }) => factor);
}

/** Sessions that a factor made sure are ordinary ones again. */
export async function forgetFactor(queries: Queries, factorId: string): Promise<void> {
  await queries.query(
    `with weakened as (update auth.sessions set aal = 'aal1', factor_id = null, updated_at = now() where factor_id = $1 returning id)
     delete from auth.mfa_amr_claims where authentication_method = 'totp' and session_id in (select id from weakened)`,
    [factorId],
  );
  await queries.query('delete from auth.mfa_factors where id = $1', [factorId]);
}
