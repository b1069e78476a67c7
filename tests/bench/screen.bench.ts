/**
 * How soon a colleague sees a move, and what the board's first visit loads. Two browsers on one machine, hence one
 * clock; real drags by the mouse. Targets: from the commit of a drag to the moved card painted in the other browser
 * p95 ≤ 100 ms; first load of the board ≤ 170 kB of compressed JavaScript.
 *
 * The commit itself leaves no time stamp, so its transaction's beginning (`updated_at`) stands for it: the figure is a
 * little more than the truth, never less. The baseline is the mover's own request, from sending to its answer.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from '@playwright/test';
import { BROWSER_FLAGS, findBrowser } from '../../scripts/browser.ts';
import { carry, expectLive, openAs, openBoard } from '../e2e/support/pages.ts';
import { scriptsLoaded, type LoadedScript } from '../e2e/support/scripts.ts';
import { createTeam, type Stage, type Team } from '../e2e/support/team.ts';
import { startProduct } from '../fixtures/product.ts';
import { percentile, row, type BenchRow } from './row.ts';

const MOVES = 40;
const WARM_UP = 3;
const OTHER_CUSTOMERS = 60;
const NAME = 'Benchmark & Sons';

interface Move {
  requestMs: number;
  commitToScreenMs: number;
  dropToScreenMs: number;
}

/** Notes, in the page that watches, when the card was first painted in its new column (milliseconds since 1970). */
const watch = (customer: string, stage: Stage): string => `
  globalThis.seen = new Promise((resolve) => {
    const arrived = () => document.querySelector('section[data-column="${stage}"] [data-card="${customer}"]');
    const observer = new MutationObserver(() => {
      if (!arrived()) return;
      observer.disconnect();
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve(Date.now());
        port2.postMessage(null);
      });
    });
    observer.observe(document.body, { childList: true, subtree: true });
  });
  true`;

async function measureMove(
  mover: Page,
  watcher: Page,
  team: Team,
  customer: string,
  to: Stage,
): Promise<Move> {
  await watcher.evaluate(watch(customer, to));
  const answered = mover.waitForResponse((response) => response.url().endsWith('/rpc/move_customer'));
  await carry(mover, NAME, to);
  const dropped = Date.now();
  await mover.mouse.up();
  const response = await answered;
  await response.finished();
  const seen: number = await watcher.evaluate('globalThis.seen');
  const { data } = await anyone(team)
    .client.from('customers')
    .select('updated_at')
    .eq('id', customer)
    .single();
  const { requestStart, responseEnd } = response.request().timing();
  return {
    requestMs: responseEnd - requestStart,
    commitToScreenMs: seen - new Date(data?.updated_at).getTime(),
    dropToScreenMs: seen - dropped,
  };
}

function anyone(team: Team): Team['people'][string] {
  const [person] = Object.values(team.people);
  if (person === undefined) throw new Error('The team is empty.');
  return person;
}

async function measureMoves(browser: Browser): Promise<BenchRow[]> {
  const team = await createTeam({ Ada: 'admin', Ben: 'sales' });
  const { Ada, Ben } = team.people;
  const others = Array.from({ length: OTHER_CUSTOMERS }, (_, index) => ({
    org_id: team.id,
    currency: 'EUR',
    name: `Customer ${index}`,
    status: index % 2 === 0 ? 'lead' : 'qualified',
  }));
  const { error } = await Ada.client.from('customers').insert(others);
  if (error) throw new Error(error.message);
  // A new customer comes first in its column: in sight, and so are the places it is dropped at.
  const { id } = await team.addCustomer(Ada, { name: NAME });
  const mover = await openBoard(browser, Ada, team);
  const watcher = await openBoard(browser, Ben, team);
  const moves: Move[] = [];
  for (let index = 0; index < WARM_UP + MOVES; index++) {
    const move = await measureMove(mover, watcher, team, id, index % 2 === 0 ? 'qualified' : 'lead');
    if (index >= WARM_UP) moves.push(move);
  }
  const p95 = (pick: (move: Move) => number): number => percentile(moves.map(pick), 0.95);
  const request = p95((move) => move.requestMs);
  return [
    row(
      'screen',
      'commit_to_screen_p95_ms',
      p95((move) => move.commitToScreenMs),
      'ms',
      request,
    ),
    row(
      'screen',
      'drop_to_screen_p95_ms',
      p95((move) => move.dropToScreenMs),
      'ms',
      request,
    ),
  ];
}

/** Bytes of every script as they crossed the wire, headers included; the baseline is their size unpacked. */
async function measureFirstLoad(browser: Browser): Promise<BenchRow> {
  const team = await createTeam({ Ada: 'admin' });
  await team.addCustomer(team.people.Ada, { name: NAME });
  const page = await openAs(browser, team.people.Ada, '/favicon.svg');
  const scripts = await scriptsLoaded(page, async () => {
    await page.goto(`/${team.slug}/pipeline`, { waitUntil: 'networkidle' });
    await expectLive(page);
  });
  const kilobytes = (pick: (script: LoadedScript) => number): number =>
    scripts.reduce((sum, script) => sum + pick(script), 0) / 1000;
  return row(
    'screen',
    'first_load_js_kb',
    kilobytes(({ wire }) => wire),
    'kB',
    kilobytes(({ unpacked }) => unpacked),
  );
}

export async function* run(): AsyncIterable<BenchRow> {
  const data = await mkdtemp(join(tmpdir(), 'tandem-bench-screen-'));
  const product = await startProduct(data);
  process.env.TANDEM_E2E = JSON.stringify(product.addresses);
  const browser = await chromium.launch({ executablePath: findBrowser(), args: BROWSER_FLAGS });
  try {
    yield await measureFirstLoad(browser);
    yield* await measureMoves(browser);
  } finally {
    await browser.close();
    await product.stop();
    await rm(data, { recursive: true, force: true });
  }
}
