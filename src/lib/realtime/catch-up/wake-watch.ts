const TICK_MS = 5_000;
/** A tick that comes this late was not merely delayed by a busy page. */
const LATE_MS = 30_000;
/** Browsers let a hidden page's clock tick once a minute. */
const LATE_HIDDEN_MS = 90_000;
/** A page looked at again after this long asks what it missed. */
const HIDDEN_MS = 30_000;

interface Waking {
  /** The machine slept, or its clock was moved: no connection of before can be trusted. */
  onSlept: () => void;
  /** The page is looked at again after a while. */
  onLookedAt: () => void;
  /** Every few seconds, for what a browser may fail to tell by an event. */
  onTick: () => void;
}

/** Notices when a page comes back to life; returns how to stop. */
export function watchWaking({ onSlept, onLookedAt, onTick }: Waking): () => void {
  let tickedAt = Date.now();
  let hiddenAt: number | null = null;

  function tick(): void {
    const late = Date.now() - tickedAt - TICK_MS;
    tickedAt = Date.now();
    if (late > (document.hidden ? LATE_HIDDEN_MS : LATE_MS)) onSlept();
    onTick();
  }

  function change(): void {
    const now = Date.now();
    const wasHiddenFor = hiddenAt === null ? 0 : now - hiddenAt;
    hiddenAt = document.hidden ? now : null;
    if (document.hidden) return;
    const hasSlept = now - tickedAt > LATE_HIDDEN_MS;
    tickedAt = now;
    if (hasSlept) onSlept();
    else if (wasHiddenFor > HIDDEN_MS) onLookedAt();
  }

  const show = ({ persisted }: PageTransitionEvent) => {
    if (persisted) onSlept();
  };
  const timer = setInterval(tick, TICK_MS);
  document.addEventListener('visibilitychange', change);
  window.addEventListener('pageshow', show);
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', change);
    window.removeEventListener('pageshow', show);
  };
}
