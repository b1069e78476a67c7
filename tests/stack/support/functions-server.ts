import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { SignJWT } from 'jose';
import { type FunctionsServer, startFunctions } from '../../../stack/functions/functions.ts';
import { projectRoot } from '../../../stack/shared/paths.ts';

export const jwtSecret = 'a secret only this test knows, long enough for HS256';
export const publishableKey = 'sb_publishable_test';

/** Functions of a test behind an HTTP server, with limits short enough to wait for. */
export interface TestFunctions {
  origin: string;
  functions: FunctionsServer;
  /** What was logged. */
  lines: string[];
  /** Calls a function as somebody who is signed in. */
  call(path: string, init?: RequestInit): Promise<Response>;
  /** Writes a file below `supabase/`. */
  write(path: string, text: string): Promise<void>;
  stop(): Promise<void>;
}

/** Signs a token of a user. */
export function userToken(secret = jwtSecret, expires = '5m'): Promise<string> {
  return new SignJWT({ role: 'authenticated' })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(expires)
    .sign(new TextEncoder().encode(secret));
}

/** @param sources texts by their path below `supabase/functions` */
export async function startTestFunctions(
  sources: Record<string, string>,
  config = '',
): Promise<TestFunctions> {
  const projectDir = await mkdtemp(join(tmpdir(), 'tandem-functions-'));
  const write = async (path: string, text: string): Promise<void> => {
    const file = join(projectDir, 'supabase', path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  };
  await symlink(join(projectRoot, 'node_modules'), join(projectDir, 'node_modules'));
  await cp(join(projectRoot, 'package.json'), join(projectDir, 'package.json'));
  for (const [path, text] of Object.entries(sources)) await write(`functions/${path}`, text);
  await write('config.toml', config);

  const lines: string[] = [];
  const functions = await startFunctions({
    projectDir,
    jwtSecret,
    dev: true,
    cacheDir: join(projectDir, 'cache'),
    limits: { blockedMs: 1_500, answerMs: 6_000, idleMs: 1_000 },
    log: (line) => lines.push(line),
    project: {
      url: 'http://127.0.0.1:54321',
      databaseUrl: 'postgresql://postgres@127.0.0.1/postgres',
      publishableKey,
      secretKey: 'sb_secret_test',
      anonKey: 'legacy-anon',
      serviceRoleKey: 'legacy-service',
    },
  });
  const server = createServer((request, response) => {
    functions
      .handleRequest(request, response)
      .then((handled) => void (handled || response.writeHead(404).end('not a function path')))
      .catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const token = await userToken();
  return {
    origin,
    functions,
    lines,
    call: (path, init = {}) =>
      fetch(`${origin}/functions/v1/${path}`, {
        ...init,
        headers: { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) },
      }),
    write,
    stop: async () => {
      await functions.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(projectDir, { recursive: true, force: true });
    },
  };
}
