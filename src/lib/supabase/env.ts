import { z } from 'zod';

const httpUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http(s) address' })
  .transform((url) => url.replace(/\/+$/, ''));

const schema = z.object({
  PUBLIC_SUPABASE_URL: httpUrl,
  PUBLIC_SUPABASE_PUBLISHABLE_KEY: z.string({ error: 'is missing' }).min(1, 'is empty'),
  PUBLIC_SUPABASE_BROWSER_URL: z.union([z.literal('same-origin'), httpUrl]).optional(),
  SUPABASE_SECRET_KEY: z.string().min(1).optional(),
  TANDEM_DEMO_FILE: z.string().min(1).optional(),
  TANDEM_MAIL_URL: httpUrl.optional(),
});

/** Everything the app reads from the environment. */
export interface AppEnv {
  /** Where the server reaches the API. */
  supabaseUrl: string;
  publishableKey: string;
  /** Where the browser reaches the API: an address, or the origin the page came from. */
  browserUrl: string;
  /**
   * Lets the server ask the database what no client may: limits of signing in, API keys. Without it those limits are kept
   * by each process alone, and there are no API keys.
   */
  secretKey: string | undefined;
  /** File with the demo people; absent on every installation but a local one with demo data. */
  demoFile: string | undefined;
  /** Where caught mail can be read; absent on every installation whose mail leaves it. */
  mailUrl: string | undefined;
}

/**
 * Reads and checks the environment.
 *
 * @throws Error naming every variable that is missing or malformed, in one message
 */
export function parseEnv(variables: Record<string, string | undefined>): AppEnv {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ''));
  const result = schema.safeParse(given);
  if (!result.success) {
    const problems = result.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`);
    throw new Error(`The environment is not complete: ${problems.join('; ')}. docs/operations.md lists it.`);
  }
  const env = result.data;
  return {
    supabaseUrl: env.PUBLIC_SUPABASE_URL,
    publishableKey: env.PUBLIC_SUPABASE_PUBLISHABLE_KEY,
    browserUrl: env.PUBLIC_SUPABASE_BROWSER_URL ?? env.PUBLIC_SUPABASE_URL,
    secretKey: env.SUPABASE_SECRET_KEY,
    demoFile: env.TANDEM_DEMO_FILE,
    mailUrl: env.TANDEM_MAIL_URL,
  };
}
