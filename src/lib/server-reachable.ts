import { asset } from '$app/paths';

const AGAIN_MS = [1_000, 2_000, 5_000, 10_000, 30_000];
let waiting: Promise<void> | null = null;

/** Whether the app server answers: the live connection can be down where pages still come through, and the other way round. */
export async function isServerReachable(): Promise<boolean> {
  if (!navigator.onLine) return false;
  try {
    const signal = AbortSignal.timeout(5_000);
    return (await fetch(asset('/favicon.svg'), { method: 'HEAD', cache: 'no-store', signal })).ok;
  } catch {
    return false;
  }
}

/** Resolves once the app server answers; however many wait, it is asked once. */
export function untilServerReachable(): Promise<void> {
  waiting ??= askAgainAndAgain().finally(() => (waiting = null));
  return waiting;
}

async function askAgainAndAgain(): Promise<void> {
  for (let attempt = 0; !(await isServerReachable()); attempt++) {
    await pause(AGAIN_MS[Math.min(attempt, AGAIN_MS.length - 1)] ?? 0);
  }
}

/** Ends early when the browser has a network again. */
function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      window.removeEventListener('online', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    window.addEventListener('online', end);
  });
}
