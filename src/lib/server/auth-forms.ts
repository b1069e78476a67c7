import { z } from 'zod';
import { m } from '$lib/paraglide/messages';
import { organizationName, personName, required, tooLong } from './form-fields';
import { passwordMaximum, passwordMinimum, passwordWeakness } from './password-rule';

const email = z
  .string()
  .trim()
  .min(1, required)
  .max(254, tooLong)
  .pipe(z.email({ error: () => m.error_email_invalid() }))
  .transform((address) => address.toLowerCase());

const newPassword = z
  .string()
  .min(passwordMinimum, { error: () => m.error_password_short() })
  .refine((password) => new TextEncoder().encode(password).length <= passwordMaximum, tooLong);

const weaknessWords = {
  common: () => m.error_password_common(),
  repeats: () => m.error_password_repeats(),
  has_email: () => m.error_password_has_email(),
};

/** Says beside the field what is wrong with a new password of the account with this address. */
function refuseWeakPassword(
  { value, issues }: z.core.ParsePayload<{ password: string }>,
  accountEmail: string,
): void {
  const weakness = passwordWeakness(value.password, accountEmail);
  if (!weakness) return;
  issues.push({
    code: 'custom',
    path: ['password'],
    input: value.password,
    message: weaknessWords[weakness](),
  });
}

const next = z.string().max(2000).default('');

export const signInForm = z.object({ email, password: z.string().min(1, required).max(1000, tooLong), next });

export const signUpForm = z
  .object({
    first_name: personName,
    last_name: personName,
    email,
    password: newPassword,
    organization: organizationName,
  })
  .check((form) => refuseWeakPassword(form, form.value.email));

/** An account for an invitation; the address is the invited one wherever the server knows it. */
export const invitedSignUpForm = z
  .object({ first_name: personName, last_name: personName, email, password: newPassword })
  .check((form) => refuseWeakPassword(form, form.value.email));

/** What an account that an invitation made still lacks. */
export const completeAccountForm = (email: string) =>
  z
    .object({ first_name: personName, last_name: personName, password: newPassword })
    .check((form) => refuseWeakPassword(form, email));

export const forgotPasswordForm = z.object({ email });

/** A new address for the account; both addresses have to confirm it. */
export const emailChangeForm = z.object({ email });

/** A new password for who is signed in, and knows the present one. */
export const passwordChangeForm = (email: string) =>
  z
    .object({ current: z.string().min(1, required).max(1000, tooLong), password: newPassword })
    .check((form) => refuseWeakPassword(form, email));

/** `email` is that of the session; it is only there to be compared with the password. */
export const resetPasswordForm = (email: string) =>
  z.object({ password: newPassword }).check((form) => refuseWeakPassword(form, email));
