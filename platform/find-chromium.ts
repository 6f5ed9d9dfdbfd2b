/** Finding, or else getting, a Chromium for the worker and for the tests. */
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { chromium } from 'playwright';
import { bundledChromium, unpackedChromium } from './bundled-chromium.ts';

const run = promisify(execFile);

type Say = (line: string) => void;

/** What `chromium.launch()` of Playwright needs. */
export interface ChromiumLaunch {
  executablePath: string;
  args: string[];
}

const names = ['google-chrome-stable', 'google-chrome', 'chromium', 'chromium-browser'];
const otherPlaces = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/snap/bin/chromium',
];

const starts = async (path: string): Promise<boolean> => {
  try {
    return /Chrom/.test((await run(path, ['--version'], { timeout: 20_000 })).stdout);
  } catch {
    return false; // missing, or it lacks libraries: the next place is looked at
  }
};

async function onMachine(): Promise<string | undefined> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const candidates = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  for (const path of [...candidates, ...otherPlaces]) {
    if (existsSync(path) && (await starts(path))) return path;
  }
  return undefined;
}

async function ofPlaywright(): Promise<string | undefined> {
  const path = chromium.executablePath();
  return path && existsSync(path) && (await starts(path)) ? path : undefined;
}

/** Playwright's own download, given up when it brings nothing for a while. */
async function playwrightDownload(say: Say): Promise<string> {
  const quietLimitMs = 20_000;
  say('downloading Chromium with Playwright');
  const cli = join(createRequire(import.meta.url).resolve('playwright'), '..', 'cli.js');
  const download = spawn(process.execPath, [cli, 'install', 'chromium'], {
    env: { ...process.env, PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT: '5000' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const giveUp = setTimeout(() => download.kill('SIGKILL'), quietLimitMs);
  for (const stream of [download.stdout, download.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output = (output + chunk).slice(-2_000);
      if (/\d+% of/.test(chunk)) giveUp.refresh();
      if (/ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ETIMEDOUT/.test(chunk)) download.kill('SIGKILL');
    });
  }
  await new Promise((resolve, reject) => download.once('error', reject).once('close', resolve));
  clearTimeout(giveUp);
  const path = await ofPlaywright();
  if (path) return path;
  throw new Error(/Error: .*/.exec(output)?.[0] ?? 'it brought nothing that starts');
}

async function obtain(say: Say): Promise<string> {
  const reasons: string[] = [];
  for (const [what, way] of [
    ['Playwright download', playwrightDownload],
    ['@sparticuz/chromium', bundledChromium],
  ] as const) {
    try {
      const path = await way(say);
      if (await starts(path)) return path;
      throw new Error('the program does not start on this machine');
    } catch (error) {
      reasons.push(`${what}: ${(error as Error).message}`);
      say(`no Chromium from ${reasons.at(-1)}`);
    }
  }
  throw new Error(
    `There is no Chromium (${reasons.join('; ')}). Install Chromium or Chrome, or run "npx playwright install ` +
      '--with-deps chromium", or set CHROMIUM_PATH to the path of one.',
  );
}

async function path(configured: string | undefined, say: Say): Promise<string> {
  if (configured) {
    if (await starts(configured)) return configured;
    throw new Error(`CHROMIUM_PATH is ${configured}, which is not a Chromium that starts`);
  }
  const found = (await ofPlaywright()) ?? (await onMachine());
  if (found) return found;
  const unpacked = unpackedChromium(); // the download failed once, so it is not tried again at each start
  return unpacked && (await starts(unpacked)) ? unpacked : obtain(say);
}

/** Root may not use Chromium's sandbox. */
const launchArgs = (): string[] => (process.getuid?.() === 0 ? ['--no-sandbox'] : []);

/**
 * A Chromium that starts: CHROMIUM_PATH, Playwright's own, Chrome or Chromium of the machine, Playwright's download,
 * and last the one in `@sparticuz/chromium`.
 * @param configured the value of CHROMIUM_PATH
 * @throws Error with what to do, if there is none
 */
export async function findChromium(configured: string | undefined, say: Say): Promise<ChromiumLaunch> {
  return { executablePath: await path(configured, say), args: launchArgs() };
}
