import { AuthError } from './auth-error.ts';
import type { Mailer } from './mailer.ts';
import { oneTimeToken } from './one-time-token.ts';
import { userResponse } from './user-response.ts';
import type { UserStore } from './user-store.ts';

const addressShape = /^[^@\s]+@[^@\s.]+(\.[^@\s.]+)+$/;

/**
 * Asks for the confirmation of a new address, of the present one too where the project wants both. Nothing changes
 * before; a later request replaces an earlier one.
 *
 * @throws AuthError when the address is malformed or somebody else's.
 */
export async function requestEmailChange(
  store: UserStore,
  mailer: Mailer,
  userId: string,
  newEmail: string,
): Promise<Response> {
  const address = newEmail.toLowerCase();
  if (!addressShape.test(address)) {
    throw new AuthError(400, 'validation_failed', 'Unable to validate email address: invalid format');
  }
  const user = await store.find(userId);
  if (!user) throw new AuthError(403, 'user_not_found', 'User from sub claim in JWT does not exist');
  if (user.email === address) return Response.json(userResponse(user));
  if (await store.findByEmail(address)) {
    throw new AuthError(422, 'email_exists', 'A user with this email address has already been registered');
  }
  const { otp_length: digits, double_confirm_changes: both } = mailer.config.auth.email;
  const present =
    both && user.email ? { address: user.email, token: oneTimeToken(user.email, digits) } : null;
  const next = { address, token: oneTimeToken(address, digits) };
  const changed = await store.update(userId, {
    email_change: address,
    email_change_token_current: present?.token.hash ?? '',
    email_change_token_new: next.token.hash,
    email_change_confirm_status: 0,
    email_change_sent_at: new Date(),
  });
  for (const recipient of present ? [present, next] : [next]) {
    await mailer.send('email_change', 'email_change', recipient.address, recipient.token, {
      Email: user.email ?? '',
      NewEmail: address,
    });
  }
  return Response.json(userResponse(changed));
}

/**
 * One confirmation of a change. The first of two is acknowledged; the last one leaves the account as the auth server
 * expects it before it makes the change and begins a session.
 *
 * @returns the answer to the first of two, undefined when the auth server is to finish
 * @throws AuthError when nobody has such a token, or it is too old.
 */
export async function confirmEmailChange(
  store: UserStore,
  mailer: Mailer,
  hash: string,
): Promise<Response | undefined> {
  const user = hash === '' ? undefined : await store.findEmailChange(hash);
  const age = Date.now() - (user?.email_change_sent_at?.getTime() ?? 0);
  if (!user || age > mailer.config.auth.email.otp_expiry * 1000) {
    throw new AuthError(403, 'otp_expired', 'Email link is invalid or has expired');
  }
  const { double_confirm_changes: both } = mailer.config.auth.email;
  const waiting = both && user.email_change_confirm_status === 0 && user.email_change_token_current !== '';
  if (waiting) {
    const isPresent = user.email_change_token_current === hash;
    await store.update(user.id, {
      ...(isPresent ? { email_change_token_current: '' } : { email_change_token_new: '' }),
      email_change_confirm_status: 1,
    });
    return Response.json({
      code: 200,
      msg: 'Confirmation link accepted. Please proceed to confirm link sent to the other email',
    });
  }
  // The auth server looks in one column, whichever address confirmed last.
  await store.update(user.id, {
    ...(both
      ? { email_change_token_current: hash, email_change_token_new: '' }
      : { email_change_token_current: '', email_change_token_new: hash }),
    email_change_confirm_status: 0,
  });
  return undefined;
}
