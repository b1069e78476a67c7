/**
 * `npm test`: every check of the repository, cheapest first, each run to its end so that one run shows all that is
 * wrong. Ends with one line `N passed, N failed` that counts single tests where a runner reports them and one per
 * check otherwise; above it stands what failed, so that the end of a log tells. `npm test -- unit database` runs only the
 * named steps.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBrowser } from './browser.ts';
import {
  describeFailures,
  type Failure,
  type Outcome,
  readPlaywrightReport,
  readVitestReport,
} from './test/reports.ts';

interface Step {
  name: string;
  run: () => Outcome | Promise<Outcome>;
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

/** Passes on what a command says and keeps its end, which is where checks say what is wrong. */
async function overheard(line: string[]): Promise<{ ok: boolean; end: string }> {
  const [program = '', ...args] = line;
  const colour = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {};
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...colour },
  });
  let end = '';
  const listen = (from: NodeJS.ReadableStream, to: NodeJS.WritableStream): void => {
    from.setEncoding('utf8').on('data', (chunk: string) => {
      to.write(chunk);
      end = (end + chunk).slice(-16_384);
    });
  };
  listen(child.stdout, process.stdout);
  listen(child.stderr, process.stderr);
  const code = await new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', resolve);
  });
  return { ok: code === 0, end };
}

const lastLines = (text: string): string =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-8)
    .join('\n');

function check(name: string, line: string[]): Step {
  return {
    name,
    run: async () => {
      const { ok, end } = await overheard(line);
      if (ok) return { passed: 1, failed: 0, failures: [] };
      return {
        passed: 0,
        failed: 1,
        failures: [{ name: line.filter((part) => part !== '--silent').join(' '), reason: lastLines(end) }],
      };
    },
  };
}

/** A run whose report is missing or that failed without a failed test counts as one failure, never as none. */
function counted(ok: boolean, report: string, read: (value: unknown) => Outcome): Outcome {
  const unexplained = { name: 'outside of a test', reason: 'The output of the run, above, says more.' };
  if (!existsSync(report)) return { passed: 0, failed: 1, failures: [unexplained] };
  const outcome = read(JSON.parse(readFileSync(report, 'utf8')));
  if (ok || outcome.failed > 0) return outcome;
  const failures = outcome.failures.length > 0 ? outcome.failures : [unexplained];
  return { ...outcome, failed: 1, failures };
}

function vitest(project: string): Step {
  return {
    name: project,
    run: () => {
      const report = join(reports, `${project}.json`);
      const line = ['vitest', 'run', '--project', project, '--reporter=default', '--reporter=json'];
      const ok = command([...line, `--outputFile.json=${report}`]);
      return counted(ok, report, readVitestReport);
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
    return counted(ok, report, readPlaywrightReport);
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
  // Before the tests of the stack, some of which start the whole product.
  check('build', ['npm', 'run', '--silent', 'build']),
  vitest('stack'),
  check('functions', ['npm', 'run', '--silent', 'test:functions']),
  browser,
];

const wanted = process.argv.slice(2);
if (wanted.includes('--help')) {
  console.log(`Usage: npm test -- [STEP …]\nSteps, in order: ${steps.map(({ name }) => name).join(', ')}`);
  process.exit(0);
}
const unknown = wanted.filter((name) => !steps.some((step) => step.name === name));
if (unknown.length > 0) {
  console.error(`No such step: ${unknown.join(', ')}. Steps: ${steps.map((step) => step.name).join(', ')}`);
  process.exit(2);
}

const total = { passed: 0, failed: 0 };
const failures: Failure[] = [];
const summary: string[] = [];
for (const step of steps.filter((candidate) => wanted.length === 0 || wanted.includes(candidate.name))) {
  console.log(`\n── ${step.name} ${'─'.repeat(Math.max(0, 70 - step.name.length))}`);
  const started = performance.now();
  const outcome = await step.run();
  total.passed += outcome.passed;
  total.failed += outcome.failed;
  failures.push(...outcome.failures.map(({ name, reason }) => ({ name: `${step.name}: ${name}`, reason })));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  summary.push(
    `${outcome.failed === 0 ? 'ok  ' : 'FAIL'} ${step.name.padEnd(16)} ${String(outcome.passed).padStart(5)} passed ${String(outcome.failed).padStart(3)} failed ${seconds.padStart(7)} s`,
  );
}
rmSync(reports, { recursive: true, force: true });
if (failures.length > 0) console.log(`\n── what failed ${'─'.repeat(59)}\n${describeFailures(failures)}`);
console.log(`\n${summary.join('\n')}\n`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);
