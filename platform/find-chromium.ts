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

/** Chrome or Chromium as somebody installed it on this machine. */
export async function chromiumOnMachine(): Promise<string | undefined> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  const candidates = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  for (const path of [...candidates, ...otherPlaces]) {
    if (existsSync(path) && (await starts(path))) return path;
  }
  return undefined;
}

function ofPlaywright(): string | undefined {
  const path = chromium.executablePath();
  return existsSync(path) ? path : undefined;
}

/** Playwright's own download, given up when nothing arrives for a while. */
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
  const path = ofPlaywright();
  if (path) return path;
  throw new Error(/Error: .*/.exec(output)?.[0] ?? 'it brought nothing that starts');
}

type Way = [name: string, find: (say: Say) => string | undefined | Promise<string | undefined>];

/** The browsers that our tests pin come first: another version makes other requests, and reads pages differently. */
const ways: Way[] = [
  ['Playwright', ofPlaywright],
  // Unpacked before: the download failed once, so it is not tried at each start.
  ['the npm package @sparticuz/chromium', unpackedChromium],
  ['Playwright’s download', playwrightDownload],
  ['the npm package @sparticuz/chromium', bundledChromium],
  ['this machine', chromiumOnMachine],
];

async function firstThatStarts(say: Say): Promise<string> {
  const reasons: string[] = [];
  for (const [name, find] of ways) {
    try {
      const path = await find(say);
      if (path && (await starts(path))) {
        if (reasons.length > 0) say(`Chromium: the one of ${name} (${reasons.join('; ')})`);
        return path;
      }
      if (path) reasons.push(`${name}: it does not start here`);
      else if (find !== unpackedChromium) reasons.push(`${name} has none here`);
    } catch (error) {
      reasons.push(`${name}: ${(error as Error).message}`);
    }
  }
  throw new Error(
    `There is no Chromium (${reasons.join('; ')}). Install Chromium or Chrome, or run "npx playwright install ` +
      '--with-deps chromium", or set CHROMIUM_PATH to the path of one.',
  );
}

async function path(configured: string | undefined, say: Say): Promise<string> {
  if (!configured) return firstThatStarts(say);
  if (await starts(configured)) return configured;
  throw new Error(`CHROMIUM_PATH is ${configured}, which is not a Chromium that starts`);
}

/**
 * A Chromium that starts: CHROMIUM_PATH, Playwright's own or the one in `@sparticuz/chromium`, and last the machine's Chrome
 * or Chromium.
 * @param configured the value of CHROMIUM_PATH
 * @throws Error with what to do, if there is none
 */
export async function findChromium(configured: string | undefined, say: Say): Promise<ChromiumLaunch> {
  return { executablePath: await path(configured, say) };
}
