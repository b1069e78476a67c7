import { afterAll, beforeAll } from 'vitest';
import type { RealtimeLimits } from '../../../stack/realtime/limits.ts';
import { startTestCluster, startTestServer, type TestCluster, type TestServer } from './harness.ts';

/**
 * A database of the test file's own, there from the first test to the last.
 *
 * @param prepare statements that are run in it first
 */
export function useCluster(prepare?: string): TestCluster {
  let started: TestCluster | undefined;
  beforeAll(async () => {
    started = await startTestCluster();
    if (prepare !== undefined) await started.sql(prepare);
  });
  afterAll(() => started?.stop());
  const cluster = () => begun(started);
  return {
    get adminUrl() {
      return cluster().adminUrl;
    },
    sql: (...statement) => cluster().sql(...statement),
    restart: () => cluster().restart(),
    stop: () => cluster().stop(),
  };
}

/** The same with a Realtime server over it. */
export function useRealtime({
  prepare,
  limits,
}: { prepare?: string; limits?: Partial<RealtimeLimits> } = {}): {
  cluster: TestCluster;
  server: TestServer;
} {
  const cluster = useCluster(prepare);
  let started: TestServer | undefined;
  beforeAll(async () => {
    started = await startTestServer(cluster.adminUrl, limits);
  });
  afterAll(() => started?.stop());
  const server = () => begun(started);
  return {
    cluster,
    server: {
      get url() {
        return server().url;
      },
      get realtime() {
        return server().realtime;
      },
      client: (options) => server().client(options),
      restart: () => server().restart(),
      stop: () => server().stop(),
    },
  };
}

function begun<Thing>(thing: Thing | undefined): Thing {
  if (thing === undefined) throw new Error('The database and its server start in beforeAll.');
  return thing;
}
