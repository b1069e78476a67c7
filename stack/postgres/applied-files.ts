import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const digests = z.record(z.string(), z.string());

/**
 * Remembers what applied migrations contained, and names those that changed since: the CLI goes by their numbers alone,
 * so that an edited file would never reach a database that already has it.
 *
 * @param migrationsDir folder of the migrations, all of them applied.
 * @param recordFile where the digests of this installation are kept.
 */
export async function changedSinceApplied(migrationsDir: string, recordFile: string): Promise<string[]> {
  const known = await readRecord(recordFile);
  const names = (await readdir(migrationsDir).catch(() => [])).filter((name) => name.endsWith('.sql')).sort();
  const current = new Map<string, string>();
  for (const name of names) {
    const content = await readFile(join(migrationsDir, name));
    current.set(name, createHash('sha256').update(content).digest('hex'));
  }
  const changed = names.filter((name) => known[name] !== undefined && known[name] !== current.get(name));
  await writeFile(recordFile, JSON.stringify({ ...Object.fromEntries(current), ...known }, null, 2), {
    mode: 0o600,
  });
  return changed;
}

async function readRecord(file: string): Promise<Record<string, string>> {
  try {
    return digests.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return {};
  }
}
