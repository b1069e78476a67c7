import { randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import { z } from 'zod';
import { TokenBuckets } from '../../gateway/token-buckets.ts';
import { readInput } from '../admin-input.ts';
import type { AuthDatabase, Queries } from '../auth-database.ts';
import { AuthError } from '../auth-error.ts';
import { patienceSeconds } from './enroll-factor.ts';
import type { FactorCaller } from './factor-caller.ts';
import { noteProof } from './session-standing.ts';
import { stepOfCode } from './totp.ts';

export interface Factor {
  id: string;
  user_id: string;
  status: 'verified' | 'unverified';
  factor_type: string;
  secret: string;
}

/** Six digits can be tried out; from many addresses too, so that those tries are counted for the factor as well. */
const triesOfFactor = { capacity: 5, windowMs: 15 * 60_000 };
const tries = new TokenBuckets();

/** `POST /factors/:id/challenge`: begins to ask for a code. */
export async function challengeFactor(
  database: AuthDatabase,
  factor: Factor,
  address: string,
): Promise<Response> {
  const id = randomUUID();
  await database.query(
    `delete from auth.mfa_challenges where factor_id = $1 and created_at < now() - make_interval(secs => $2)`,
    [factor.id, patienceSeconds],
  );
  const [begun] = await database.query<{ expires_at: number }>(
    `with begun as (
       insert into auth.mfa_challenges (id, factor_id, created_at, ip_address) values ($1, $2, now(), $3) returning created_at
     ), noted as (update auth.mfa_factors set last_challenged_at = clock_timestamp() where id = $2)
     select extract(epoch from created_at)::integer + $4::integer as expires_at from begun`,
    [id, factor.id, storable(address), patienceSeconds],
  );
  return Response.json({ id, type: factor.factor_type, expires_at: begun?.expires_at });
}

const input = z.object({ challenge_id: z.string(), code: z.string().max(64).default('') });

/**
 * `POST /factors/:id/verify`: a right code makes the factor count, and the session sure; sessions of the person that lack
 * it end.
 *
 * @returns the refresh token by which the session is handed out anew
 */
export async function verifyFactor(
  database: AuthDatabase,
  factor: Factor,
  caller: FactorCaller,
  request: Request,
  address: string,
): Promise<string> {
  const { challenge_id: challengeId, code } = await readInput(request, input);
  if (code === '') throw new AuthError(400, 'validation_failed', 'Code needs to be non-empty');
  const wait = tries.take(factor.id, triesOfFactor);
  if (wait > 0) throw new AuthError(429, 'over_request_rate_limit', 'Request rate limit reached', wait);
  const token = await database.transaction(async (queries) => {
    // Whoever sends the same code at the same moment waits here, and then finds it used.
    await queries.query('select from auth.mfa_factors where id = $1 for update', [factor.id]);
    await checkChallenge(queries, factor.id, challengeId, storable(address));
    await useCode(queries, factor, code);
    return settle(queries, factor, caller, challengeId);
  });
  for (let given = 0; given < triesOfFactor.capacity; given++) tries.giveBack(factor.id);
  return token;
}

async function checkChallenge(
  queries: Queries,
  factorId: string,
  challengeId: string,
  address: string,
): Promise<void> {
  const isId = z.uuid().safeParse(challengeId).success;
  const found = isId
    ? await queries.query<{ usable: boolean; expired: boolean }>(
        `select verified_at is null and ip_address = $3::inet as usable,
                created_at < now() - make_interval(secs => $4) as expired
           from auth.mfa_challenges where id = $1 and factor_id = $2`,
        [challengeId, factorId, address, patienceSeconds],
      )
    : [];
  const [challenge] = found;
  if (!challenge) {
    throw new AuthError(422, 'mfa_factor_not_found', 'MFA factor with the provided challenge ID not found');
  }
  if (!challenge.usable) {
    throw new AuthError(422, 'mfa_ip_address_mismatch', 'Challenge and verify IP addresses mismatch.');
  }
  if (challenge.expired) {
    const text = `MFA challenge ${challengeId} has expired, verify against another challenge or create a new challenge.`;
    throw new AuthError(422, 'mfa_challenge_expired', text);
  }
}

/** A code is good once, and one older than it not at all (RFC 6238, 5.2). */
async function useCode(queries: Queries, factor: Factor, code: string): Promise<void> {
  const step = stepOfCode(factor.secret, code);
  const used =
    step === null
      ? []
      : await queries.query(
          `insert into auth.mfa_used_codes as used (factor_id, step) values ($1, $2)
           on conflict (factor_id) do update set step = excluded.step where used.step < excluded.step returning step`,
          [factor.id, step],
        );
  if (used.length === 0) throw new AuthError(422, 'mfa_verification_failed', 'Invalid TOTP code entered');
}

async function settle(
  queries: Queries,
  factor: Factor,
  caller: FactorCaller,
  challengeId: string,
): Promise<string> {
  await queries.query('update auth.mfa_challenges set verified_at = now() where id = $1', [challengeId]);
  await queries.query(`update auth.mfa_factors set status = 'verified', updated_at = now() where id = $1`, [
    factor.id,
  ]);
  await queries.query(
    `update auth.sessions set aal = 'aal2', factor_id = $2, updated_at = now() where id = $1`,
    [caller.sessionId, factor.id],
  );
  await noteProof(queries, caller.sessionId, 'totp');
  await queries.query(`delete from auth.sessions where user_id = $1 and coalesce(aal, 'aal1') < 'aal2'`, [
    caller.userId,
  ]);
  await queries.query(
    `delete from auth.mfa_factors where user_id = $1 and status = 'unverified' and factor_type = 'totp'`,
    [caller.userId],
  );
  const [active] = await queries.query<{ token: string }>(
    `select token from auth.refresh_tokens where session_id = $1 and not revoked order by created_at desc, id desc limit 1`,
    [caller.sessionId],
  );
  if (!active) throw new AuthError(403, 'session_not_found', 'The session has no refresh token');
  return active.token;
}

function storable(address: string): string {
  return isIP(address) === 0 ? '::' : address;
}
