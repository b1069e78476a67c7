/**
 * `npm test`: every check of the repository, each run to its end so that one run shows all that is wrong. What
 * only reads the sources runs side by side, what watches the clock runs alone. Ends with one line
 * `N passed, N failed` that counts single tests where a runner reports them and one per check otherwise; above it stands
 * what failed, so that the end of a log tells. `npm test -- unit database` runs only the named steps.
 */
import { spawn } from 'node:child_process';
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

/** Where the output of a step goes: to the screen at once, or kept until the step is done. */
type Listener = (chunk: string) => void;

interface Step {
  name: string;
  run: (listener: Listener) => Promise<Outcome>;
}

const reports = mkdtempSync(join(tmpdir(), 'tandem-test-'));

/** Runs a command, passes on what it says and keeps its end, which is where checks say what is wrong. */
async function command(
  line: string[],
  listener: Listener,
  env: NodeJS.ProcessEnv = {},
): Promise<{ ok: boolean; end: string }> {
  const [program = '', ...args] = line;
  const colour = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {};
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...colour, ...env },
  });
  let end = '';
  const listen = (chunk: string): void => {
    listener(chunk);
    end = (end + chunk).slice(-16_384);
  };
  child.stdout.setEncoding('utf8').on('data', listen);
  child.stderr.setEncoding('utf8').on('data', listen);
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
    run: async (listener) => {
      const { ok, end } = await command(line, listener);
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
    run: async (listener) => {
      const report = join(reports, `${project}.json`);
      const line = ['vitest', 'run', '--project', project, '--reporter=default', '--reporter=json'];
      const { ok } = await command([...line, `--outputFile.json=${report}`], listener);
      return counted(ok, report, readVitestReport);
    },
  };
}

const browser: Step = {
  name: 'end-to-end',
  run: async (listener) => {
    const report = join(reports, 'end-to-end.json');
    const { ok } = await command(['playwright', 'test', '--reporter=list,json'], listener, {
      PLAYWRIGHT_JSON_OUTPUT_NAME: report,
      CHROME_PATH: findBrowser(),
    });
    return counted(ok, report, readPlaywrightReport);
  },
};

/** Each stage is a set of lanes that run side by side; the next one begins when all of them are done. */
const stages: Step[][][] = [
  [
    // Both read the compiled messages, which the first of them writes.
    [check('types', ['npm', 'run', '--silent', 'check:types']), vitest('unit')],
    [
      check('format', ['npm', 'run', '--silent', 'check:format']),
      check('lint', ['npm', 'run', '--silent', 'check:lint']),
      check('unused', ['npm', 'run', '--silent', 'check:unused']),
    ],
  ],
  [
    [check('build', ['npm', 'run', '--silent', 'build'])],
    [vitest('database'), check('database-check', ['npm', 'run', '--silent', 'db:check'])],
  ],
  [[vitest('stack'), check('functions', ['npm', 'run', '--silent', 'test:functions']), browser]],
];
const steps = stages.flat(2);

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
async function run(step: Step, beside: boolean): Promise<void> {
  const title = `\n── ${step.name} ${'─'.repeat(Math.max(0, 70 - step.name.length))}\n`;
  let kept = '';
  if (!beside) process.stdout.write(title);
  const started = performance.now();
  const outcome = await step.run((chunk) => {
    if (beside) kept += chunk;
    else process.stdout.write(chunk);
  });
  if (beside) process.stdout.write(title + kept);
  total.passed += outcome.passed;
  total.failed += outcome.failed;
  failures.push(...outcome.failures.map(({ name, reason }) => ({ name: `${step.name}: ${name}`, reason })));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  summary.push(
    `${outcome.failed === 0 ? 'ok  ' : 'FAIL'} ${step.name.padEnd(16)} ${String(outcome.passed).padStart(5)} passed ${String(outcome.failed).padStart(3)} failed ${seconds.padStart(7)} s`,
  );
}

for (const stage of stages) {
  const lanes = stage
    .map((lane) => lane.filter(({ name }) => wanted.length === 0 || wanted.includes(name)))
    .filter((lane) => lane.length > 0);
  await Promise.all(
    lanes.map(async (lane) => {
      for (const step of lane) await run(step, lanes.length > 1);
    }),
  );
}
rmSync(reports, { recursive: true, force: true });
if (failures.length > 0) console.log(`\n── what failed ${'─'.repeat(59)}\n${describeFailures(failures)}`);
console.log(`\n${summary.join('\n')}\n`);
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exit(total.failed === 0 ? 0 : 1);
