import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * Four kinds of tests, from pure to whole: `unit` runs beside the code, `database` against a throw-away
 * Postgres with every migration applied, `stack` against the whole local stack with the official client.
 * Browser tests are Playwright's (`playwright.config.ts`).
 */
export default defineConfig({
  test: {
    projects: [
      {
        plugins: [svelte()],
        resolve: { alias: { $lib: folder('./src/lib'), $functions: folder('./supabase/functions/_shared') } },
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'stack/**/*.test.ts', 'scripts/**/*.test.ts'],
          environment: 'node',
          setupFiles: [folder('./tests/fixtures/property-seed.ts')],
        },
      },
      {
        test: {
          name: 'database',
          include: ['tests/database/**/*.test.ts'],
          globalSetup: 'tests/database/support/shared-cluster.ts',
          environment: 'node',
          setupFiles: [folder('./tests/fixtures/property-seed.ts')],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          pool: 'forks',
          maxWorkers: 2,
        },
      },
      {
        // The simulation plays the app's own code against the stack.
        plugins: [svelte()],
        resolve: { alias: { $lib: folder('./src/lib') } },
        test: {
          name: 'stack',
          include: ['tests/{stack,simulation}/**/*.test.ts'],
          environment: 'node',
          setupFiles: [folder('./tests/fixtures/property-seed.ts')],
          testTimeout: 30_000,
          hookTimeout: 90_000,
          pool: 'forks',
          maxWorkers: 2,
        },
      },
    ],
  },
});
