/**
 * `npm test`: every check of the repository, cheapest first, each run to its end so that one run shows all that is
 * wrong. Ends with one line `N passed, N failed` that counts single tests where a runner reports them and one per
 * check otherwise. `npm test -- unit database` runs only the named steps.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { findBrowser } from './browser.ts';

interface Outcome {
  passed: number;
  failed: number;
}

interface Step {
  name: string;
  run: () => Outcome;
}

const reports = mkdtempSync(join(tmpdir(), 'tandem-test-'));

function command(line: string[], env: NodeJS.ProcessEnv = {}): boolean {
  const [program = '', ...args] = line;
  const result = spawnSync(program, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  });
  return result.status === 0;
}

function check(name: string, line: string[]): Step {
  return { name, run: () => (command(line) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }) };
}

const vitestReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  success: z.boolean(),
});
const playwrightReport = z.object({
  stats: z.object({ expected: z.number(), flaky: z.number(), unexpected: z.number() }),
});

/** A run whose report is missing or that failed without a failed test counts as one failure, never as none. */
function counted(ok: boolean, report: string, read: (value: unknown) => Outcome): Outcome {
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const outcome = read(JSON.parse(readFileSync(report, 'utf8')));
  return !ok && outcome.failed === 0 ? { ...outcome, failed: 1 } : outcome;
}

function vitest(project: string): Step {
  return {
    name: project,
    run: () => {
      const report = join(reports, `${project}.json`);
      const line = ['vitest', 'run', '--project', project, '--reporter=default', '--reporter=json'];
      const ok = command([...line, `--outputFile.json=${report}`]);
      return counted(ok, report, (value) => {
        const { numPassedTests, numFailedTests } = vitestReport.parse(value);
        return { passed: numPassedTests, failed: numFailedTests };
      });
    },
  };
}

const browser: Step = {
  name: 'end-to-end',
  run: () => {
    const report = join(reports, 'end-to-end.json');
    const ok = command(['playwright', 'test', '--reporter=list,json'], {
      PLAYWRIGHT_JSON_OUTPUT_NAME: report,
      CHROME_PATH: findBrowser(),
    });
    return counted(ok, report, (value) => {
      const { stats } = playwrightReport.parse(value);
      return { passed: stats.expected + stats.flaky, failed: stats.unexpected };
    });
  },
};

const steps: Step[] = [
  check('format', ['npm', 'run', '--silent', 'check:format']),
  check('lint', ['npm', 'run', '--silent', 'check:lint']),
  check('types', ['npm', 'run', '--silent', 'check:types']),
  check('unused', ['npm', 'run', '--silent', 'check:unused']),
  vitest('unit'),
  vitest('database'),
  check('database-check', ['npm', 'run', '--silent', 'db:check']),
  vitest('stack'),
  check('functions', ['npm', 'run', '--silent', 'test:functions']),
  check('build', ['npm', 'run', '--silent', 'build']),
  browser,
];

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !steps.some((step) => step.name === name));
if (unknown.length > 0) {
  console.error(`No such step: ${unknown.join(', ')}. Steps: ${steps.map((step) => step.name).join(', ')}`);
  process.exit(2);
}

const total: Outcome = { passed: 0, failed: 0 };
const summary: string[] = [];
for (const step of steps.filter((candidate) => wanted.length === 0 || wanted.includes(candidate.name))) {
  console.log(`\n── ${step.name} ${'─'.repeat(Math.max(0, 70 - step.name.length))}`);
  const started = performance.now();
  const outcome = step.run();
  total.passed += outcome.passed;
  total.failed += outcome.failed;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  summary.push(
    `${outcome.failed === 0 ? 'ok  ' : 'FAIL'} ${step.name.padEnd(16)} ${String(outcome.passed).padStart(5)} passed ${String(outcome.failed).padStart(3)} failed ${seconds.padStart(7)} s`,
  );
}
rmSync(reports, { recursive: true, force: true });
console.log(`\n${summary.join('\n')}\n`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);
