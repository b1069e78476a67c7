/**
 * Checks the edge functions with the Deno that runs them: types, lints, format and tests, without network.
 * `npm run test:functions`, or with `--fix` to write the format.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findDeno } from '../stack/functions/deno-binary.ts';
import { projectRoot } from '../stack/shared/paths.ts';

const { values } = parseArgs({ options: { fix: { type: 'boolean', default: false } } });
const functionsDir = join(projectRoot, 'supabase', 'functions');
const offline = ['--node-modules-dir=manual', '--no-lock', '--cached-only'];

const steps: { name: string; command: string[] }[] = [
  { name: 'format', command: values.fix ? ['fmt', '--quiet'] : ['fmt', '--check', '--quiet'] },
  { name: 'lint', command: ['lint', '--quiet'] },
  {
    name: 'types of the host',
    command: [
      'check',
      '--quiet',
      '--no-config',
      '--no-lock',
      join(projectRoot, 'stack/functions/host.deno.ts'),
    ],
  },
  {
    name: 'types',
    command: ['check', '--quiet', ...offline.filter((flag) => flag !== '--cached-only'), '.'],
  },
  { name: 'tests', command: ['test', ...offline, '--no-check', '.'] },
];

const failed = steps.filter(({ name, command }) => {
  const started = performance.now();
  const result = spawnSync(findDeno(), command, {
    cwd: functionsDir,
    encoding: 'utf8',
    env: {
      ...process.env,
      DENO_DIR: join(projectRoot, 'node_modules', '.cache', 'tandem-functions'),
      DENO_NO_UPDATE_CHECK: '1',
      NO_COLOR: '1',
      RUST_LIB_BACKTRACE: '0',
    },
  });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${result.status === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  if (result.status === 0) return false;
  console.log(`${result.error?.message ?? ''}${result.stdout}${result.stderr}`.trimEnd());
  return true;
});

if (failed.length > 0) {
  console.log(`\nThe edge functions failed: ${failed.map(({ name }) => name).join(', ')}.`);
  process.exitCode = 1;
}
