/** `npm start` as an ordinary user: everything belongs to them, and what does not is told in one line. */
import { spawnSync } from 'node:child_process';
import { chmod, chown, lstat, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ensureBuilt } from '../../stack/app/build.ts';
import { generateKeys } from '../../stack/keys/keys.ts';
import { type SystemUser, unprivilegedUser } from '../../stack/postgres/system-user.ts';
import { projectRoot } from '../../stack/shared/paths.ts';
import { refusalOf, startCommand } from './support/start-command.ts';

/** Whom root becomes; undefined for somebody who is an ordinary user already. */
const account = await unprivilegedUser();

/** A checkout or a Node below root's closed home is nothing an ordinary user could start. */
function canStart({ uid, gid }: SystemUser): boolean {
  const reading = `require('node:fs').readFileSync(${JSON.stringify(join(projectRoot, 'package.json'))})`;
  return spawnSync(process.execPath, ['-e', reading], { uid, gid, cwd: '/' }).status === 0;
}

describe.skipIf(account && !canStart(account))('started by an ordinary user', { timeout: 120_000 }, () => {
  let folder: string;

  beforeAll(async () => {
    await ensureBuilt(() => undefined);
    folder = await mkdtemp(join(tmpdir(), 'tandem-ordinary-'));
    await chmod(folder, 0o711);
  }, 180_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** A folder of the user's own, which is their home as well. */
  async function home(name: string): Promise<{ data: string; env: { HOME: string } }> {
    const path = join(folder, name);
    await mkdir(path);
    if (account) await chown(path, account.uid, account.gid);
    return { data: join(path, 'data'), env: { HOME: path } };
  }

  test('the product runs, keeps everything as theirs, and stops cleanly', async () => {
    const { data, env } = await home('running');
    const product = await startCommand({ data, env, account, flags: ['--no-demo'] });
    const page = await fetch(`${product.addresses.app}/sign-in`);
    expect(page.status).toBe(200);
    const keys = { apikey: product.addresses.secret_key };
    const rows = await fetch(`${product.addresses.app}/rest/v1/organizations?select=id`, { headers: keys });
    expect({ status: rows.status, rows: await rows.json() }).toEqual({ status: 200, rows: [] });
    expect(await product.stop()).toBe(0);

    const uid = account?.uid ?? process.getuid?.();
    for (const name of ['.', ...(await readdir(data, { recursive: true }))]) {
      expect((await lstat(join(data, name))).uid, name).toBe(uid);
    }
    for (const left of ['lock', join('postgres', 'postmaster.pid')]) {
      await expect(readFile(join(data, left)), left).rejects.toThrow('ENOENT');
    }
  });

  test('a data directory that they may not write to is named, with what to do', async () => {
    const closed = join(folder, 'closed');
    await mkdir(closed, { mode: 0o555 });
    const message = await refusalOf({ data: join(closed, 'data'), account });
    expect(message).toBe(
      `Cannot write to ${join(closed, 'data')} (EACCES): make it writable or choose another with --data.`,
    );
  });

  test("keys of somebody else's start are left alone instead of being made anew", async () => {
    const { data, env } = await home('foreign');
    await mkdir(data);
    if (account) await chown(data, account.uid, account.gid);
    const file = join(data, 'keys.json');
    const content = JSON.stringify(await generateKeys());
    await writeFile(file, content, { mode: account ? 0o600 : 0o000 });
    expect(await refusalOf({ data, env, account })).toBe(
      `Cannot read ${file} (EACCES): start as the user it belongs to, or choose another directory with --data.`,
    );
    await chmod(file, 0o600);
    expect(await readFile(file, 'utf8')).toBe(content);
  });
});
