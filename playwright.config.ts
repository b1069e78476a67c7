import { defineConfig } from '@playwright/test';
import { BROWSER_FLAGS, findBrowser } from './scripts/browser.ts';

/**
 * End-to-end tests: real browsers against the whole product (app, stack, database), started once for the run on
 * free ports and an empty data directory. Requests are never intercepted: what a test sees, a person sees.
 */
export default defineConfig({
  testDir: 'tests/e2e',
  globalSetup: './tests/e2e/global-setup.ts',
  outputDir: 'test-results',
  fullyParallel: true,
  forbidOnly: true,
  retries: 0,
  workers: 2,
  // For a test that hangs. What it waits for has a limit of its own each time; how many steps there are says nothing.
  timeout: 120_000,
  expect: { timeout: 10_000 },
  reporter: 'list',
  use: {
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    // Every browser of a test is new and would fetch the whole app for later; `offline.spec.ts` lets the worker run.
    serviceWorkers: 'block',
    // Recording every test costs a tenth of the time of all: asked for when one is to be looked at.
    trace: process.env.TANDEM_TRACE === undefined ? 'off' : 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: { executablePath: findBrowser(), args: BROWSER_FLAGS },
  },
});
