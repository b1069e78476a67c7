import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../stack/shared/paths.ts';

/** What a program said and how it ended. */
export interface Ran {
  ok: boolean;
  stdout: string;
  stderr: string;
}

/**
 * Runs a program that an installed package brings and waits for its end.
 *
 * @param file path below node_modules, such as `squawk-cli/js/bin/squawk`
 */
export function runPackage(file: string, args: string[]): Ran {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(projectRoot, 'node_modules', file), ...args],
    {
      cwd: projectRoot,
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
      env: {
        ...process.env,
        // The CLI keeps files in the home directory; they are none of the person's business.
        HOME: tmpdir(),
        PGSSLMODE: 'disable',
        SUPABASE_TELEMETRY_DISABLED: '1',
        DO_NOT_TRACK: '1',
        NO_COLOR: '1',
      },
    },
  );
  return { ok: status === 0, stdout, stderr };
}

/** Runs the official `supabase` CLI against a database, without Docker. */
export function supabaseCli(args: string[], databaseUrl: string): Ran {
  return runPackage('supabase/dist/supabase.js', [...args, `--remote=${databaseUrl}`]);
}
