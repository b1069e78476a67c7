import { dev } from '$app/environment';
import { asset } from '$app/paths';

const HOUR_MS = 60 * 60_000;

interface Options {
  /** Pages opened so far, the one on screen among them; asked for once the worker is there. */
  paths: () => Iterable<string>;
  language: string;
  /** A newer build of the app has taken over in the background. */
  onUpdate: () => void;
}

/**
 * Registers the service worker and has it keep the pages opened so far, for when there is no network. Development has none:
 * it would show yesterday's sources.
 */
export async function startWorker({ paths, language, onUpdate }: Options): Promise<void> {
  const workers = navigator.serviceWorker;
  if (dev || !workers) return;
  const isUpdate = workers.controller !== null;
  const registration = await workers.register(asset('/service-worker.js'));
  if (isUpdate) workers.addEventListener('controllerchange', onUpdate, { once: true });
  checkNowAndThen(registration);
  const { active } = await workers.ready;
  for (const path of paths()) active?.postMessage({ type: 'keep', path, language });
}

/** A browser looks for a newer worker when a page is loaded; a page can stay open for weeks. */
function checkNowAndThen(registration: ServiceWorkerRegistration): void {
  let checked = Date.now();
  document.addEventListener('visibilitychange', () => {
    if (document.hidden || Date.now() - checked < HOUR_MS) return;
    checked = Date.now();
    void registration.update().catch(() => undefined);
  });
}
