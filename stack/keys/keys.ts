import { randomBytes } from 'node:crypto';
import { chmod, readFile, rename, writeFile } from 'node:fs/promises';
import { generateApiKey } from '@supabase/lite';
import { SignJWT } from 'jose';
import { z } from 'zod';
import { StackError } from '../shared/stack-error.ts';
import { demoKeys } from './demo-keys.ts';

const keysSchema = z.strictObject({
  /** For browsers: a request with it is anonymous until a user signs in. */
  publishable_key: z.string(),
  /** For servers: a request with it may do anything. */
  secret_key: z.string(),
  /** Signs access tokens and the two legacy keys (HS256). */
  jwt_secret: z.string(),
  /** Legacy form of the publishable key. */
  anon_key: z.string(),
  /** Legacy form of the secret key. */
  service_role_key: z.string(),
  /** Of the database role `postgres`. */
  db_password: z.string(),
  /** Of the superuser and of the servers' own database roles; never handed out. */
  db_admin_password: z.string(),
});

/** The secrets of one installation. */
export type Keys = z.infer<typeof keysSchema>;

export interface KeyOptions {
  /** Use the CLI's well-known keys in place of the installation's own. */
  demo: boolean;
  /** Whether there is a database already, which only the passwords it was made with open. */
  needed: boolean;
}

/**
 * Reads the secrets of the installation, generating them at the first start. The file is readable by its owner only.
 *
 * @throws StackError when the file is damaged, cannot be read, or is missing beside data: generating anew would lock the
 * database out.
 */
export async function loadKeys(file: string, options: KeyOptions): Promise<Keys> {
  const found = await readKeys(file);
  if (!found && options.needed) {
    throw new StackError(`${file} is missing: restore it from a backup, or begin anew with --fresh.`);
  }
  const keys = found ?? (await createKeys(file));
  return options.demo ? { ...keys, ...demoKeys() } : keys;
}

async function readKeys(file: string): Promise<Keys | undefined> {
  const content = await contentOf(file);
  if (content === undefined) return undefined;
  try {
    return keysSchema.parse(JSON.parse(content));
  } catch {
    throw new StackError(`${file} is damaged: restore it from a backup, or begin anew with --fresh.`);
  }
}

/** Only a file that is not there may be made anew: one that somebody else may read opens a database. */
async function contentOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (code === 'ENOENT') return undefined;
    throw new StackError(
      `Cannot read ${file} (${code}): start as the user it belongs to, or choose another directory with --data.`,
    );
  }
}

async function createKeys(file: string): Promise<Keys> {
  const keys = await generateKeys();
  const unfinished = `${file}.new`;
  await writeFile(unfinished, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600 });
  await chmod(unfinished, 0o600);
  await rename(unfinished, file);
  return keys;
}

/** Fresh secrets, in the formats of the CLI. */
export async function generateKeys(): Promise<Keys> {
  const jwtSecret = randomBytes(32).toString('base64url');
  return {
    publishable_key: (await generateApiKey('publishable')).key,
    secret_key: (await generateApiKey('secret')).key,
    jwt_secret: jwtSecret,
    anon_key: await legacyKey('anon', jwtSecret),
    service_role_key: await legacyKey('service_role', jwtSecret),
    db_password: randomBytes(18).toString('base64url'),
    db_admin_password: randomBytes(18).toString('base64url'),
  };
}

async function legacyKey(role: 'anon' | 'service_role', secret: string): Promise<string> {
  return new SignJWT({ role })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuer('supabase')
    .setIssuedAt()
    .setExpirationTime('10y')
    .sign(new TextEncoder().encode(secret));
}
