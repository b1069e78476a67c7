import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parse } from 'smol-toml';
import { z } from 'zod';
import { StackError } from '../shared/stack-error.ts';

/** An edge function as `supabase/` describes it. Paths are absolute. */
export interface FunctionDefinition {
  name: string;
  entrypoint: string;
  /** Whether a request needs a valid token or key before the function hears of it. */
  verifyJwt: boolean;
  /** A deno.json or an import map for its imports; undefined when it has none. */
  importMap: string | undefined;
}

export interface FunctionsFolder {
  functions: Map<string, FunctionDefinition>;
  /** Secrets of `[edge_runtime.secrets]`, `env(NAME)` not yet looked up. */
  secrets: Record<string, string>;
}

const configSchema = z.object({
  functions: z
    .record(
      z.string(),
      z.object({
        enabled: z.boolean().default(true),
        verify_jwt: z.boolean().default(true),
        import_map: z.string().optional(),
        entrypoint: z.string().optional(),
      }),
    )
    .default({}),
  edge_runtime: z.object({ secrets: z.record(z.string(), z.string()).default({}) }).optional(),
});

const functionName = /^[A-Za-z][A-Za-z0-9_-]*$/;

/**
 * Reads which functions there are: every folder of `supabase/functions` with an entry point that `config.toml` does
 * not disable. Folders that begin with `_` or a dot are shared code.
 *
 * @throws StackError when `config.toml` cannot be read as such.
 */
export async function readDefinitions(projectDir: string): Promise<FunctionsFolder> {
  const supabaseDir = join(projectDir, 'supabase');
  const config = await readConfig(join(supabaseDir, 'config.toml'));
  const functionsDir = join(supabaseDir, 'functions');
  const entries = await readdir(functionsDir, { withFileTypes: true }).catch(() => []);
  const names = new Set([
    ...entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name),
    ...Object.keys(config.functions),
  ]);

  const functions = new Map<string, FunctionDefinition>();
  for (const name of names) {
    const settings = config.functions[name];
    if (!functionName.test(name) || settings?.enabled === false) continue;
    const folder = join(functionsDir, name);
    const entrypoint = settings?.entrypoint
      ? resolve(supabaseDir, settings.entrypoint)
      : ['index.ts', 'index.js', 'index.mjs']
          .map((file) => join(folder, file))
          .find((file) => existsSync(file));
    if (!entrypoint) continue;
    const candidates = [
      join(folder, 'deno.json'),
      join(folder, 'deno.jsonc'),
      join(functionsDir, 'deno.json'),
    ];
    functions.set(name, {
      name,
      entrypoint,
      verifyJwt: settings?.verify_jwt ?? true,
      importMap: settings?.import_map
        ? resolve(supabaseDir, settings.import_map)
        : candidates.find((file) => existsSync(file)),
    });
  }
  return { functions, secrets: config.edge_runtime?.secrets ?? {} };
}

async function readConfig(path: string): Promise<z.infer<typeof configSchema>> {
  const text = await readFile(path, 'utf8').catch(() => '');
  try {
    return configSchema.parse(parse(text));
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error) : String(error);
    throw new StackError(`${path} cannot be read: ${reason.replaceAll('\n', ' ')}`);
  }
}
