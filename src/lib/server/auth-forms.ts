import { z } from 'zod';
import { m } from '$lib/paraglide/messages';
import { organizationName, personName, required, tooLong } from './form-fields';
import { isGuessable, passwordMaximum, passwordMinimum } from './password-rule';

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
  .refine(({ password, email }) => !isGuessable(password, email), {
    path: ['password'],
    error: () => m.error_weak_password(),
  });

export const forgotPasswordForm = z.object({ email });

/** `email` is that of the session; it is only there to be compared with the password. */
export const resetPasswordForm = (email: string) =>
  z.object({ password: newPassword }).refine(({ password }) => !isGuessable(password, email), {
    path: ['password'],
    error: () => m.error_weak_password(),
  });
