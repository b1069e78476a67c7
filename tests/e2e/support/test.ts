/** Playwright's own test, which leaves the browsers that a test opens itself running until all tests are done. */
import { test as base } from '@playwright/test';

export * from '@playwright/test';

export const test = base.extend<{ closeBrowsers: undefined }>({
  closeBrowsers: [
    async ({ browser }, use) => {
      await use(undefined);
      await Promise.all(browser.contexts().map((context) => context.close()));
    },
    { auto: true },
  ],
});
