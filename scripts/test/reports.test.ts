import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeFailures, readPlaywrightReport, readVitestReport } from './reports.ts';

const passed = { ancestorTitles: [], title: 'holds', status: 'passed', failureMessages: [] };

describe("Vitest's report", () => {
  const report = {
    numPassedTests: 1,
    numFailedTests: 1,
    testResults: [
      {
        name: resolve('tests/stack/a.test.ts'),
        status: 'failed',
        message: '',
        assertionResults: [
          passed,
          {
            ancestorTitles: ['a stack'],
            title: 'stops',
            status: 'failed',
            failureMessages: ['AssertionError: expected 1 to be 0\n    at /x/node_modules/y.js:1:1'],
          },
        ],
      },
      {
        name: resolve('tests/stack/b.test.ts'),
        status: 'failed',
        message: 'it could not be read',
        assertionResults: [{ ...passed, status: 'skipped' }],
      },
    ],
  };

  test('gives the counts, the failed tests, and files that failed as a whole', () => {
    const outcome = readVitestReport(report);
    expect(outcome).toMatchObject({ passed: 1, failed: 1 });
    expect(describeFailures(outcome.failures)).toBe(
      [
        '✗ tests/stack/a.test.ts › a stack › stops',
        '    AssertionError: expected 1 to be 0',
        '✗ tests/stack/b.test.ts',
        '    it could not be read',
      ].join('\n'),
    );
  });
});

describe("Playwright's report", () => {
  const spec = (title: string, status: string, ...messages: string[]) => ({
    title,
    file: 'auth.spec.ts',
    line: 12,
    tests: [{ status, results: [{ errors: messages.map((message) => ({ message })) }] }],
  });
  const report = {
    stats: { expected: 1, flaky: 1, unexpected: 1 },
    suites: [
      {
        title: 'auth.spec.ts',
        specs: [spec('holds', 'expected')],
        suites: [
          {
            title: 'with JavaScript',
            specs: [spec('signs in', 'unexpected', '\u001b[31mError\u001b[39m: timed out\n\n  waiting')],
          },
        ],
      },
    ],
    errors: [{ message: 'the product did not start' }],
  };

  test('gives the counts, the failed tests by place and group, and what failed outside of them', () => {
    const outcome = readPlaywrightReport(report);
    expect(outcome).toMatchObject({ passed: 2, failed: 1 });
    expect(describeFailures(outcome.failures)).toBe(
      [
        '✗ outside of a test',
        '    the product did not start',
        '✗ auth.spec.ts:12 › with JavaScript › signs in',
        '    Error: timed out',
        '      waiting',
      ].join('\n'),
    );
  });
});

test('a flood of long failures is cut to what the end of a log holds', () => {
  const reason = Array.from({ length: 100 }, () => 'x'.repeat(1000)).join('\n');
  const told = describeFailures(Array.from({ length: 100 }, (_, index) => ({ name: `${index}`, reason })));
  expect(told.length).toBeLessThan(60_000);
  expect(told).toMatch(/… and 75 more, above$/);
});
