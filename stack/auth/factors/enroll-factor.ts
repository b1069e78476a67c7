import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { ProjectConfig } from '../../project-config.ts';
import { readInput } from '../admin-input.ts';
import type { AuthDatabase, Queries } from '../auth-database.ts';
import { AuthError } from '../auth-error.ts';
import type { FactorCaller } from './factor-caller.ts';
import { newTotp } from './totp.ts';

/** How long a factor may wait for its first code, and a challenge for its answer. */
export const patienceSeconds = 300;

const input = z.object({
  factor_type: z.string().optional(),
  friendly_name: z.string().max(255).nullish(),
  issuer: z.string().max(255).nullish(),
});

interface Enrollment {
  database: AuthDatabase;
  mfa: ProjectConfig['auth']['mfa'];
  siteUrl: string;
}

/** `POST /factors`: a new second factor, which counts once it has been verified. */
export async function enrollFactor(
  { database, mfa, siteUrl }: Enrollment,
  caller: FactorCaller,
  request: Request,
): Promise<Response> {
  const { factor_type: type, friendly_name: name, issuer } = await readInput(request, input);
  refuseType(type, mfa);
  const totp = newTotp(issuer || new URL(siteUrl).host, caller.email);
  const id = randomUUID();
  await database.transaction(async (queries) => {
    // One after the other for a person, so that the limit holds.
    await queries.query('select from auth.users where id = $1 for update', [caller.userId]);
    await forgetAbandoned(queries, caller.userId);
    await checkRoom(queries, mfa, caller, name ?? '');
    await queries.query(
      `insert into auth.mfa_factors (id, user_id, friendly_name, factor_type, status, secret, created_at, updated_at)
       values ($1, $2, $3, 'totp', 'unverified', $4, now(), now())`,
      [id, caller.userId, name ?? '', totp.secret],
    );
  });
  return Response.json({ id, type: 'totp', friendly_name: name ?? '', totp });
}

function refuseType(type: string | undefined, mfa: Enrollment['mfa']): void {
  const isOther = type === 'phone' || type === 'webauthn';
  if (!isOther && type !== 'totp') {
    throw new AuthError(400, 'validation_failed', 'factor_type needs to be totp, phone, or webauthn');
  }
  const label = { phone: 'Phone', webauthn: 'WebAuthn', totp: 'TOTP' }[type];
  if (isOther || !mfa.totp.enroll_enabled) {
    const code = `mfa_${type === 'webauthn' ? 'web_authn' : type}_enroll_not_enabled`;
    throw new AuthError(422, code, `MFA enroll is disabled for ${label}`);
  }
}

async function forgetAbandoned(queries: Queries, userId: string): Promise<void> {
  await queries.query(
    `delete from auth.mfa_factors as factor
      where user_id = $1 and status = 'unverified' and created_at < now() - make_interval(secs => $2)
        and not exists (select from auth.mfa_challenges as challenge
          where challenge.factor_id = factor.id and challenge.created_at > now() - make_interval(secs => $2))`,
    [userId, patienceSeconds],
  );
}

async function checkRoom(
  queries: Queries,
  mfa: Enrollment['mfa'],
  caller: FactorCaller,
  name: string,
): Promise<void> {
  const present = await queries.query<{ name: string; verified: boolean }>(
    `select coalesce(friendly_name, '') as name, status = 'verified' as verified from auth.mfa_factors where user_id = $1`,
    [caller.userId],
  );
  if (present.some((factor) => factor.name === name)) {
    const text = `A factor with the friendly name "${name}" for this user already exists`;
    throw new AuthError(422, 'mfa_factor_name_conflict', text);
  }
  if (present.length >= mfa.max_enrolled_factors) {
    const text = 'Maximum number of verified factors reached, unenroll to continue';
    throw new AuthError(422, 'too_many_enrolled_mfa_factors', text);
  }
  if (present.some(({ verified }) => verified) && caller.aal !== 'aal2') {
    throw new AuthError(403, 'insufficient_aal', 'AAL2 required to enroll a new factor');
  }
}
