/** What the test runners' reports tell: how many tests passed and failed, and what broke in those that failed. */
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { z } from 'zod';

export interface Failure {
  name: string;
  /** As the runner explains it, with its colours. */
  reason: string;
}

export interface Outcome {
  passed: number;
  failed: number;
  failures: Failure[];
}

const vitestReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      /** Why the file as a whole failed: it could not be read, or its preparation failed. */
      message: z.string().default(''),
      assertionResults: z.array(
        z.object({
          ancestorTitles: z.array(z.string()),
          title: z.string(),
          status: z.string(),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
});

/** Reads the report of Vitest's reporter `json`. */
export function readVitestReport(value: unknown): Outcome {
  const report = vitestReport.parse(value);
  const failures = report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative('', name);
    const failed = assertionResults.filter((test) => test.status === 'failed');
    if (failed.length === 0) return status === 'failed' ? [{ name: file, reason: message }] : [];
    return failed.map(({ ancestorTitles, title, failureMessages }) => ({
      name: [file, ...ancestorTitles, title].filter(Boolean).join(' › '),
      reason: failureMessages?.join('\n') || message,
    }));
  });
  return { passed: report.numPassedTests, failed: report.numFailedTests, failures };
}

const failedWith = z.object({ message: z.string().default('') });
const spec = z.object({
  title: z.string(),
  file: z.string(),
  line: z.number(),
  tests: z.array(
    z.object({
      status: z.string(),
      results: z.array(z.object({ errors: z.array(failedWith).default([]) })),
    }),
  ),
});
interface Suite {
  title: string;
  specs: z.infer<typeof spec>[];
  suites?: Suite[] | undefined;
}
const suite: z.ZodType<Suite> = z.lazy(() =>
  z.object({ title: z.string(), specs: z.array(spec), suites: z.array(suite).optional() }),
);
const playwrightReport = z.object({
  stats: z.object({ expected: z.number(), flaky: z.number(), unexpected: z.number() }),
  suites: z.array(suite),
  /** What failed outside of any test. */
  errors: z.array(failedWith).default([]),
});

/** Reads the report of Playwright's reporter `json`. */
export function readPlaywrightReport(value: unknown): Outcome {
  const { stats, suites, errors } = playwrightReport.parse(value);
  const outside = errors.map(({ message }) => ({ name: 'outside of a test', reason: message }));
  return {
    passed: stats.expected + stats.flaky,
    failed: stats.unexpected,
    failures: [...outside, ...suites.flatMap((file) => failuresIn(file, []))],
  };
}

function failuresIn({ specs, suites = [] }: Suite, groups: string[]): Failure[] {
  const own = specs.flatMap(({ title, file, line, tests }) =>
    tests
      .filter(({ status }) => status === 'unexpected')
      .map(({ results }) => ({
        name: [`${file}:${line}`, ...groups, title].join(' › '),
        reason: results.flatMap((result) => result.errors.map(({ message }) => message)).join('\n'),
      })),
  );
  return [...own, ...suites.flatMap((inner) => failuresIn(inner, [...groups, inner.title]))];
}

const shownFailures = 25;
/** Few failures are explained at length; a flood has one cause, which its first lines tell. */
const shownLines = (count: number): number => (count > 8 ? 3 : 8);
const shownColumns = 240;

/** A few lines for each failure: the end of a log alone tells what broke. */
export function describeFailures(failures: Failure[]): string {
  const shown = failures.slice(0, shownFailures).map(({ name, reason }) => {
    const lines = stripVTControlCharacters(reason)
      .split('\n')
      .filter((line) => line.trim() !== '')
      // Where it was is in the name; what is below the first place is the runner's own business.
      .filter((line) => !/^\s+at .*node_modules/.test(line))
      .slice(0, shownLines(failures.length));
    return [`✗ ${name}`, ...lines.map((line) => `    ${line.slice(0, shownColumns)}`)].join('\n');
  });
  const rest = failures.length - shown.length;
  return [...shown, ...(rest > 0 ? [`… and ${rest} more, above`] : [])].join('\n');
}
