import type { TestProject } from 'vitest/node';
import { startTestDatabase, type TestDatabaseUrls } from '../../../stack/testing.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The migrated database that every test file clones. */
    migrated: TestDatabaseUrls;
  }
}

/** One throw-away Postgres for all test files, with every migration applied. */
export default async function shareCluster(project: TestProject): Promise<() => Promise<void>> {
  const { adminUrl, postgresUrl, stop } = await startTestDatabase();
  project.provide('migrated', { adminUrl, postgresUrl });
  return stop;
}
