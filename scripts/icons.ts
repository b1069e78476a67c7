/**
 * `node scripts/icons.ts`: draws the icons of the installed app (`static/icons/`) from `static/favicon.svg`. Run it when the
 * mark changes; the pictures are kept in the repository.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from '@playwright/test';
import { BROWSER_FLAGS, findBrowser } from './browser.ts';

const folder = join('static', 'icons');

interface Icon {
  file: string;
  size: number;
  /** Share of the edge that the mark takes. Systems cut what is maskable into shapes of their own. */
  mark: number;
  /** Fills the square, for systems that round it themselves. */
  isFull: boolean;
}

const icons: Icon[] = [
  { file: 'icon-192.png', size: 192, mark: 1, isFull: false },
  { file: 'icon-512.png', size: 512, mark: 1, isFull: false },
  { file: 'maskable-512.png', size: 512, mark: 0.72, isFull: true },
  { file: 'apple-touch-icon.png', size: 180, mark: 0.86, isFull: true },
];

const svg = await readFile(join('static', 'favicon.svg'), 'utf8');
const background = /<rect[^>]*fill="(#[0-9a-f]{6})"/.exec(svg)?.[1];
if (background === undefined) throw new Error('favicon.svg has no coloured ground.');
await mkdir(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: findBrowser(), args: BROWSER_FLAGS });
try {
  for (const { file, size, mark, isFull } of icons) {
    const page = await browser.newPage({ viewport: { width: size, height: size } });
    const ground = isFull ? background : 'transparent';
    await page.setContent(
      `<body style="margin:0;display:grid;place-items:center;height:100vh;background:${ground}">
        <div style="width:${size * mark}px;height:${size * mark}px">${svg}</div></body>`,
    );
    await page.screenshot({ path: join(folder, file), omitBackground: true });
    await page.close();
  }
} finally {
  await browser.close();
}
