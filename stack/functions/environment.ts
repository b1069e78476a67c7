import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';

/** What functions are told about the project, under the names that hosted Supabase uses. */
export interface ProjectEnvironment {
  /** Base URL of the API, without a trailing slash. */
  url: string;
  /** Connection string of `postgres`. */
  databaseUrl: string;
  publishableKey: string;
  secretKey: string;
  /** The two legacy keys: JWTs of the roles `anon` and `service_role`. */
  anonKey: string;
  serviceRoleKey: string;
  /** Public signing keys; an empty set while tokens are signed with the shared secret. */
  jwks?: { keys: object[] };
}

/** The variables hosted Supabase sets for every function. */
export function projectVariables(project: ProjectEnvironment): Record<string, string> {
  return {
    SUPABASE_URL: project.url,
    SUPABASE_DB_URL: project.databaseUrl,
    SUPABASE_PUBLISHABLE_KEYS: JSON.stringify({ default: project.publishableKey }),
    SUPABASE_SECRET_KEYS: JSON.stringify({ default: project.secretKey }),
    SUPABASE_JWKS: JSON.stringify(project.jwks ?? { keys: [] }),
    SUPABASE_ANON_KEY: project.anonKey,
    SUPABASE_SERVICE_ROLE_KEY: project.serviceRoleKey,
  };
}

/**
 * The secrets of the installation: `supabase/functions/.env`, then `[edge_runtime.secrets]` of config.toml, whose
 * `env(NAME)` are looked up in the stack's own environment. Names that begin with `SUPABASE_` are reserved, as hosted.
 */
export async function readSecrets(
  projectDir: string,
  configured: Record<string, string>,
  log: (line: string) => void,
): Promise<Record<string, string>> {
  const file = await readFile(join(projectDir, 'supabase', 'functions', '.env'), 'utf8').catch(() => '');
  const secrets: Record<string, string> = {};
  for (const [name, value] of [...Object.entries(parseEnv(file)), ...Object.entries(configured)]) {
    if (value === undefined) continue;
    if (name.startsWith('SUPABASE_')) {
      log(`functions: the secret ${name} is left out, because names with SUPABASE_ are reserved`);
      continue;
    }
    const reference = /^env\((\w+)\)$/.exec(value);
    const resolved = reference?.[1] ? process.env[reference[1]] : value;
    if (resolved !== undefined) secrets[name] = resolved;
  }
  return secrets;
}
