/**
 * Finds a Chromium for the end-to-end tests, the screenshots and the screen benchmark, and brings one when the
 * machine has none: an installed Chrome or Chromium, else the one Playwright knows how to download, else Debian's
 * package when we may install packages.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium } from '@playwright/test';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const FIXED = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:/Program Files/Google/Chrome/Application/chrome.exe',
];

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function installed(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const candidates = [
    process.env.CHROME_PATH ?? '',
    ...NAMES.flatMap((name) => folders.map((folder) => join(folder, name))),
    ...FIXED,
    chromium.executablePath(),
  ];
  return candidates.find((path) => path !== '' && existsSync(path) && executable(path));
}

function run(command: string, args: string[]): boolean {
  return spawnSync(command, args, { stdio: ['ignore', 2, 2] }).status === 0;
}

/** Path of a Chromium that can be launched. Throws with what to do when none can be had. */
export function findBrowser(): string {
  const found = installed();
  if (found !== undefined) return found;
  console.error('No Chrome or Chromium found: trying Playwright’s download.');
  if (run(process.execPath, [join('node_modules', '@playwright', 'test', 'cli.js'), 'install', 'chromium'])) {
    const downloaded = installed();
    if (downloaded !== undefined) return downloaded;
  }
  if (process.getuid?.() === 0 && existsSync('/etc/debian_version')) {
    console.error('Installing Debian’s chromium package.');
    execFileSync('apt-get', ['update', '-q'], { stdio: ['ignore', 2, 2] });
    execFileSync('apt-get', ['install', '-y', '-q', '--no-install-recommends', 'chromium'], {
      stdio: ['ignore', 2, 2],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    const packaged = installed();
    if (packaged !== undefined) return packaged;
  }
  throw new Error(
    'No browser for the end-to-end tests. Install Chromium, or set CHROME_PATH to a Chrome binary.',
  );
}

/** Flags that make a headless Chromium quiet and able to run as root in a sandboxless machine. */
export const BROWSER_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
