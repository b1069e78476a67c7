import { randomUUID } from 'node:crypto';
import { generateLinkInput, inviteInput, readInput } from './admin-input.ts';
import { AuthError } from './auth-error.ts';
import { allowedRedirect, redirectOf } from './mail-redirect.ts';
import { type Mailer, verificationUrl } from './mailer.ts';
import { oneTimeToken } from './one-time-token.ts';
import { userResponse } from './user-response.ts';
import type { UserChanges, UserRow, UserStore } from './user-store.ts';

/** `POST /invite`: makes an account without a password and sends its owner a link. */
export async function inviteUser(store: UserStore, mailer: Mailer, request: Request): Promise<Response> {
  const input = await readInput(request, inviteInput);
  const address = input.email.toLowerCase();
  const existing = await store.findByEmail(address);
  if (existing?.confirmed_at) {
    throw new AuthError(422, 'email_exists', 'A user with this email address has already been registered');
  }
  const token = oneTimeToken(address, mailer.config.auth.email.otp_length);
  const user = await writeToken(store, existing, address, {
    confirmation_token: token.hash,
    confirmation_sent_at: new Date(),
    invited_at: new Date(),
    ...(input.data && { raw_user_meta_data: input.data }),
  });
  await mailer.send('invite', 'invite', address, token);
  return Response.json(userResponse(user));
}

/** `POST /admin/generate_link`: the link that a mail would carry, for a server that sends its own. */
export async function generateLink(store: UserStore, mailer: Mailer, request: Request): Promise<Response> {
  const input = await readInput(request, generateLinkInput);
  const address = input.email.toLowerCase();
  const existing = await store.findByEmail(address);
  const makesUser = input.type === 'signup' || input.type === 'invite';
  if (makesUser && existing?.confirmed_at) {
    throw new AuthError(422, 'email_exists', 'A user with this email address has already been registered');
  }
  if (!makesUser && !existing) throw new AuthError(404, 'user_not_found', 'User with this email not found');
  if (input.type === 'signup' && !input.password) {
    throw new AuthError(400, 'validation_failed', 'Signup requires a valid password');
  }
  const token = oneTimeToken(address, mailer.config.auth.email.otp_length);
  const user = await writeToken(store, existing, address, {
    ...(makesUser
      ? { confirmation_token: token.hash, confirmation_sent_at: new Date() }
      : { recovery_token: token.hash, recovery_sent_at: new Date() }),
    ...(input.type === 'invite' && { invited_at: new Date() }),
    ...(makesUser && input.password && { password: input.password }),
    ...(makesUser && input.data && { raw_user_meta_data: input.data }),
  });
  const redirectTo = input.redirect_to
    ? allowedRedirect(mailer.config, mailer.siteUrl, input.redirect_to)
    : redirectOf(mailer.siteUrl);
  return Response.json({
    ...userResponse(user),
    action_link: verificationUrl(mailer.siteUrl, token, input.type, redirectTo),
    email_otp: token.code,
    hashed_token: token.hash,
    redirect_to: redirectTo,
    verification_type: input.type,
  });
}

async function writeToken(
  store: UserStore,
  existing: UserRow | undefined,
  email: string,
  changes: UserChanges,
): Promise<UserRow> {
  if (existing) return store.update(existing.id, changes);
  return store.create(randomUUID(), {
    email,
    raw_app_meta_data: { provider: 'email', providers: ['email'] },
    raw_user_meta_data: {},
    ...changes,
  });
}
