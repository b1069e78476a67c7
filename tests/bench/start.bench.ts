/**
 * How long the product takes to open and what it weighs when idle. Targets: cold ≤ 8 s (empty data directory, app
 * built, packages installed), warm ≤ 3 s, idle memory of all its processes ≤ 700 MB (proportional set size, so that
 * memory shared between Postgres processes counts once).
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from '../../stack/app/build.ts';
import { startProduct } from '../fixtures/product.ts';
import { row, type BenchRow } from './row.ts';

const SETTLE_MS = 5_000;

async function parents(): Promise<Map<number, number>> {
  const result = new Map<number, number>();
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const stat = await readFile(`/proc/${entry}/stat`, 'utf8').catch(() => '');
    const parent = /\) \S (\d+)/.exec(stat)?.[1];
    if (parent !== undefined) result.set(Number(entry), Number(parent));
  }
  return result;
}

/** Process ids of `root` and of everything it started. */
async function family(root: number): Promise<number[]> {
  const parentOf = await parents();
  const belongs = (pid: number): boolean => {
    if (pid === root) return true;
    const parent = parentOf.get(pid);
    return parent !== undefined && parent > 1 && belongs(parent);
  };
  return [...parentOf.keys()].filter(belongs);
}

async function proportionalMemoryMegabytes(root: number): Promise<number> {
  let kilobytes = 0;
  for (const pid of await family(root)) {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
    kilobytes += Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0);
  }
  return kilobytes / 1024;
}

export async function* run(): AsyncIterable<BenchRow> {
  await ensureBuilt(console.error);
  const data = await mkdtemp(join(tmpdir(), 'tandem-bench-start-'));
  try {
    const cold = await startProduct(data);
    await cold.stop();
    yield row('start', 'cold_start_s', cold.seconds, 's');
    const warm = await startProduct(data);
    yield row('start', 'warm_start_s', warm.seconds, 's', cold.seconds);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    yield row('start', 'idle_memory_mb', await proportionalMemoryMegabytes(warm.pid), 'MB');
    await warm.stop();
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}
