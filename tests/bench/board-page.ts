/** What the board's benchmark runs in the page and asks of the browser. */
import { readFile } from 'node:fs/promises';
import type { Browser, Page } from '@playwright/test';
import { z } from 'zod';

/**
 * Resolves to the milliseconds from the beginning of the visit until cards are painted and the page answers: what needs
 * the running app is switched off until then.
 */
export const untilOpen = `
  globalThis.opened = new Promise((resolve) => {
    const look = () => {
      if (document.querySelector('fieldset.until-ready:not([disabled]) [data-card]') === null)
        return requestAnimationFrame(look);
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => resolve(performance.now());
      requestAnimationFrame(() => port2.postMessage(null));
    };
    look();
  });`;

/** Begins to note how long each frame takes; \`globalThis.stopFrames()\` gives the milliseconds of all. */
const recordFrames = `
  (() => {
    const frames = [];
    let last = performance.now();
    let running = true;
    const tick = (now) => {
      frames.push(now - last);
      last = now;
      if (running) requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
    globalThis.stopFrames = () => {
      running = false;
      return frames.slice(1);
    };
  })()`;

/**
 * Scrolls a column down by \`step\` pixels a frame, waiting at the end of what is loaded for more, until \`depth\` cards
 * are loaded, the column ends or \`milliseconds\` have passed; resolves to the number of cards.
 */
export const scrollDown = (stage: string, step: number, depth: number, milliseconds: number): string => `
  new Promise((resolve) => {
    const list = document.querySelector('section[data-column="${stage}"] ul');
    const view = list.parentElement;
    const loaded = () => Math.round((list.clientHeight + 8) / 100);
    const started = performance.now();
    const tick = () => {
      view.scrollTop += ${step};
      if (loaded() >= ${depth} || performance.now() - started > ${milliseconds}) return resolve(loaded());
      requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  })`;

const trace = z.object({
  traceEvents: z.array(
    z.object({
      name: z.string(),
      pid: z.number(),
      tid: z.number(),
      tdur: z.number().optional(),
      args: z.looseObject({ name: z.string().optional() }).optional(),
    }),
  ),
});

/**
 * Milliseconds of processor time that the page's own thread spent on each of its tasks while something happened, longest
 * first. It tells the page's share on a machine that others load.
 */
export async function tasksWhile(
  browser: Browser,
  page: Page,
  happen: () => Promise<unknown>,
): Promise<number[]> {
  await browser.startTracing(page, {
    categories: ['disabled-by-default-devtools.timeline', '__metadata'],
  });
  await happen();
  const { traceEvents } = trace.parse(JSON.parse((await browser.stopTracing()).toString()));
  const isPage = new Set(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${pid} ${tid}`),
  );
  return traceEvents
    .filter(({ name, pid, tid }) => name === 'RunTask' && isPage.has(`${pid} ${tid}`))
    .map(({ tdur = 0 }) => tdur / 1000)
    .sort((left, right) => right - left);
}

/** Milliseconds between the page's frames while something happens in it, longest first. */
export async function framesWhile(page: Page, happen: () => Promise<unknown>): Promise<number[]> {
  await page.evaluate(recordFrames);
  await happen();
  const frames = await page.evaluate<number[]>('globalThis.stopFrames()');
  return frames.sort((left, right) => right - left);
}

/** Megabytes of the page's process after a collection, and of its JavaScript among them. */
export async function memoryOf(browser: Browser, page: Page): Promise<{ tab: number; script: number }> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('HeapProfiler.collectGarbage');
  await devtools.send('Performance.enable');
  const { metrics } = await devtools.send('Performance.getMetrics');
  const used = metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? 0;
  const whole = await browser.newBrowserCDPSession();
  const { processInfo } = await whole.send('SystemInfo.getProcessInfo');
  const sizes = processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => proportionalMemory(id));
  return { tab: Math.max(...(await Promise.all(sizes))), script: used / 1024 / 1024 };
}

async function proportionalMemory(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) / 1024;
}
