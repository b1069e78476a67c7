import { z } from 'zod';
import { AuthError } from './auth-error.ts';
import { readJson } from './json-body.ts';

const email = z.email().max(255);
const password = z
  .string()
  .refine((value) => Buffer.byteLength(value) <= 72, 'Password cannot be longer than 72 characters');
const metadata = z.record(z.string(), z.unknown());
const duration = z
  .string()
  .regex(/^(none|(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+)$/, 'invalid format for ban duration');

const userAttributes = z.object({
  email: email.optional(),
  phone: z.string().max(32).optional(),
  password: password.optional(),
  password_hash: z
    .string()
    .regex(/^\$2[aby]\$\d\d\$.{53}$/, 'only bcrypt hashes are accepted')
    .optional(),
  email_confirm: z.boolean().optional(),
  phone_confirm: z.boolean().optional(),
  user_metadata: metadata.nullish(),
  app_metadata: metadata.nullish(),
  role: z
    .string()
    .regex(/^[a-z_][a-z0-9_]*$/)
    .or(z.literal(''))
    .optional(),
  ban_duration: duration.optional(),
});

/** Input of creating a user; the id may be chosen, as when users move from elsewhere. */
export const createUserInput = userAttributes.extend({ id: z.uuid().optional() });
export const updateUserInput = userAttributes;
export const deleteUserInput = z.object({ should_soft_delete: z.boolean().default(false) });
export const inviteInput = z.object({ email, data: metadata.nullish() });
export const generateLinkInput = z.object({
  type: z.enum(['signup', 'magiclink', 'recovery', 'invite']),
  email,
  password: password.optional(),
  data: metadata.nullish(),
  redirect_to: z.string().optional(),
});

export type UserAttributes = z.infer<typeof userAttributes>;

/** Reads a JSON body of the given form. */
export async function readInput<T>(request: Request, schema: z.ZodType<T>): Promise<T> {
  const result = schema.safeParse(await readJson(request));
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = issue?.path.join('.');
  throw new AuthError(
    422,
    'validation_failed',
    `${field ? `${field}: ` : ''}${issue?.message ?? 'invalid input'}`,
  );
}

/** Milliseconds of a duration in Go's notation, such as `1h30m`; null for `none`. */
export function durationMs(value: string): number | null {
  if (value === 'none') return null;
  const factors: Record<string, number> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1e3, m: 6e4, h: 3.6e6 };
  const parts = value.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g);
  return [...parts].reduce((sum, [, amount, unit]) => sum + Number(amount) * (factors[unit ?? ''] ?? 0), 0);
}
