/** The Realtime server of `changes.bench.ts`, in a process of its own, so that its memory is nobody else's. */
import { createServer } from 'node:http';
import { createRealtime, type RealtimeServer } from '../../stack/realtime/server.ts';
import type { RealtimeKeys } from '../../stack/realtime/tokens.ts';

export interface ServerTask {
  readonly adminUrl: string;
  readonly keys: RealtimeKeys;
}

export interface ServerReport {
  readonly stats: ReturnType<RealtimeServer['stats']>;
  /** What the operating system counts, the most there was. */
  readonly peakBytes: number;
  /** What is left of it, and what of that is in use, when nothing is under way. */
  readonly residentBytes: number;
  readonly heapBytes: number;
  /** Seconds of processor time. */
  readonly cpuSeconds: number;
}

process.once('message', (task: ServerTask) => void serve(task));

async function serve({ adminUrl, keys }: ServerTask): Promise<void> {
  const realtime = await createRealtime({ adminUrl, keys });
  const http = createServer();
  http.on('upgrade', (request, socket, head) => realtime.handleUpgrade(request, socket, head));
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  process.on('message', () => process.send?.(report(realtime)));
  const address = http.address();
  process.send?.(typeof address === 'object' && address ? address.port : 0);
}

function report(realtime: RealtimeServer): ServerReport {
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return {
    stats: realtime.stats(),
    peakBytes: process.resourceUsage().maxRSS * 1024,
    residentBytes: rss,
    heapBytes: heapUsed + external,
    cpuSeconds: (user + system) / 1e6,
  };
}
