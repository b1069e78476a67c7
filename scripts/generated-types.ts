import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { projectRoot } from '../stack/shared/paths.ts';
import { supabaseCli } from './supabase-cli.ts';

/** The file that tells TypeScript what the database looks like. */
export const typesFile = join(projectRoot, 'src/lib/supabase/database.types.ts');

/**
 * TypeScript types of schema `public`, as the official CLI generates them, formatted like the rest of the code.
 *
 * @param databaseUrl a database with every migration applied
 */
export async function generateTypes(databaseUrl: string): Promise<string> {
  const ran = supabaseCli(['gen', 'types', '--lang', 'typescript', '--schema', 'public'], databaseUrl);
  if (!ran.ok || !ran.stdout.includes('export type Database')) {
    throw new Error(`supabase gen types failed:\n${ran.stderr || ran.stdout}`);
  }
  const options = await resolveConfig(typesFile);
  // Neither Svelte nor Tailwind occurs in it, and their plugins take a second to load.
  return format(ran.stdout, { ...options, plugins: [], parser: 'typescript' });
}

/** Whether the committed types are those of the migrations. */
export async function typesAreCurrent(databaseUrl: string): Promise<boolean> {
  const committed = await readFile(typesFile, 'utf8').catch(() => '');
  return committed === (await generateTypes(databaseUrl));
}
