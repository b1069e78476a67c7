import { chmodSync, existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { StackError } from '../shared/stack-error.ts';

/**
 * The Deno program that npm installed for this machine. Taken from the platform's package itself, because the file in
 * the `deno` package appears only once its install script or its launcher has run.
 *
 * @throws StackError when the package for this platform is missing.
 */
export function findDeno(): string {
  const target = `${platform()}-${arch()}${platform() === 'linux' ? '-glibc' : ''}`;
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('deno/package.json'));
    const folder = dirname(require.resolve(`@deno/${target}/package.json`));
    const program = join(folder, platform() === 'win32' ? 'deno.exe' : 'deno');
    if (!existsSync(program)) throw new Error(`${program} is missing`);
    if ((statSync(program).mode & 0o111) === 0) chmodSync(program, 0o755);
    return program;
  } catch (error) {
    throw new StackError(
      `Deno for ${target} is not installed, so edge functions cannot run: run npm ci again (${String(error)}).`,
    );
  }
}
