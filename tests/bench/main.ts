/**
 * `npm run bench`: the whole service against the raw floor, in one run on one machine, on the same stand-in portal
 * with the same delays. Each round measures floor and ours one after the other, so that what else the machine does
 * strikes both; the medians are compared. `BENCH_ROUNDS` (5) sets the rounds.
 */
import { chromium } from 'playwright';
import type { Browser, Page } from 'playwright';
import { findChromium } from '#platform/find-chromium.ts';
import { connectControl } from '../portal/control-client.ts';
import type { RemoteControl } from '../portal/control-client.ts';
import { realisticDelays } from '../portal/defaults.ts';
import { until } from '../support/until.ts';
import { stackProcesses, startStack } from '../support/stack.ts';
import type { Stack } from '../support/stack.ts';
import { runFloor } from './floor.ts';
import { idleMemoryMb } from './memory.ts';
import { registerDancer } from './service.ts';
import type { Dancer, FinishedSync } from './service.ts';

const rounds = Number(process.env.BENCH_ROUNDS ?? 5);
const portalPassword = 'pirouette';

interface Bench {
  stack: Stack;
  portal: RemoteControl;
  browser: Browser;
}

interface Row {
  rows: number;
  session: 'cold' | 'warm';
  floorMs: number;
  oursMs: number;
}

const say = (line = '') => process.stdout.write(`${line}\n`);
const ms = (value: number) => `${Math.round(value)} ms`;

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

async function main(): Promise<void> {
  say('starting the service');
  const stack = await startStack({ env: { RATE_LIMIT_SCALE: '0', LOG_LEVEL: 'warn' } });
  const launch = await findChromium(process.env.CHROMIUM_PATH, say);
  const browser = await chromium.launch(launch);
  try {
    const bench = { stack, portal: connectControl(stack.portalUrl), browser };
    await bench.portal.setDelays(realisticDelays);
    const results: Row[] = [];
    const syncs: FinishedSync[] = [];
    for (const rows of [5, 50, 137]) results.push(...(await compare(bench, rows, syncs)));
    report(results);
    say();
    say(
      `first progress at a subscriber: ${ms(median(syncs.map(({ firstProgressMs }) => firstProgressMs)))} (median of ${syncs.length})`,
    );
    say(`end of the sync to the rows on the page: ${ms(median(await rowsOnPage(bench)))} (median of ${rounds})`);
    await browser.close();
    await idle(stack.dataDir);
  } finally {
    await browser.close();
    await stack.stop();
  }
}

/** Right after a sync, and once the worker's browser has ended for want of work, a minute later. */
async function idle(dataDir: string): Promise<void> {
  const isBrowser = ({ command }: { command: string }) => command.includes('--headless');
  say(`idle stack, browser warm: ${await idleMemoryMb(stackProcesses(dataDir))}`);
  await until('the end of the idle browser', () => !stackProcesses(dataDir).some(isBrowser), 120_000);
  say(`idle stack: ${await idleMemoryMb(stackProcesses(dataDir))}`);
}

/** Floor and ours in turns, first with a new session each, then with a saved one. */
async function compare(bench: Bench, rows: number, syncs: FinishedSync[]): Promise<Row[]> {
  const username = `bench-${rows}@example.com`;
  await bench.portal.addUser({ username, password: portalPassword, rentals: rows });
  const dancer = await registerDancer(bench.stack.url, username);
  const cold = { floor: [] as number[], ours: [] as number[] };
  const warm = { floor: [] as number[], ours: [] as number[] };
  try {
    for (let round = 0; round <= rounds; round += 1) {
      const asked = { url: bench.stack.portalUrl, username, password: portalPassword };
      const floorCold = await runFloor(bench.browser, asked);
      const oursCold = await expectRows(dancer.connect(portalPassword), rows);
      const floorWarm = await runFloor(bench.browser, { ...asked, storageState: floorCold.storageState });
      const oursWarm = await expectRows(dancer.sync(), rows);
      // The first round warms up both browsers and the caches of both sides.
      if (round === 0) continue;
      cold.floor.push(floorCold.ms);
      cold.ours.push(oursCold.ms);
      warm.floor.push(floorWarm.ms);
      warm.ours.push(oursWarm.ms);
      syncs.push(oursWarm);
    }
  } finally {
    dancer.close();
  }
  return [
    { rows, session: 'cold', floorMs: median(cold.floor), oursMs: median(cold.ours) },
    { rows, session: 'warm', floorMs: median(warm.floor), oursMs: median(warm.ours) },
  ];
}

async function expectRows(syncing: Promise<FinishedSync>, rows: number): Promise<FinishedSync> {
  const finished = await syncing;
  const { status, bookingsSynced, errorCode } = finished.job;
  if (status !== 'completed' || bookingsSynced !== rows) {
    throw new Error(`a sync of ${rows} rows ended as ${status} ${errorCode ?? ''} with ${bookingsSynced}`);
  }
  return finished;
}

function report(results: Row[]): void {
  say();
  say('rows  session     floor      ours  ours/floor');
  for (const { rows, session, floorMs, oursMs } of results) {
    const cells = [String(rows).padStart(4), session.padEnd(7), ms(floorMs).padStart(10), ms(oursMs).padStart(9)];
    say(`${cells.join('  ')}  ${(oursMs / floorMs).toFixed(2).padStart(10)}`);
  }
}

/** A rental gets a new name on the portal before each sync; measured is from the job's end until the page shows it. */
async function rowsOnPage({ stack, portal, browser }: Bench): Promise<number[]> {
  const username = 'bench-page@example.com';
  await portal.addUser({ username, password: portalPassword, rentals: 50 });
  const dancer: Dancer = await registerDancer(stack.url, username);
  const page = await signedInPage(browser, stack.url, dancer);
  const [rental] = (await portal.rentals(username)).filter(({ status }) => status !== 'Canceled');
  const found: number[] = [];
  try {
    await expectRows(dancer.connect(portalPassword), 50);
    for (let round = 0; round < rounds; round += 1) {
      const name = `BENCH-${round}`;
      await portal.updateRental(username, rental!.recordId, { name });
      const shownAt = textAppears(page, name);
      const { job } = await dancer.sync();
      found.push((await shownAt) - Date.parse(job.completedAt!));
    }
  } finally {
    dancer.close();
    await page.context().close();
  }
  return found;
}

async function signedInPage(browser: Browser, url: string, { username }: Dancer): Promise<Page> {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 } })).newPage();
  await page.goto(`${url}/sign-in`);
  await page.getByLabel('E-mail').fill(username);
  await page.getByLabel('Password', { exact: true }).fill('bench-password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${url}/dashboard`);
  return page;
}

/** The wall-clock time at which the text is in the document. */
function textAppears(page: Page, text: string): Promise<number> {
  return page.evaluate(
    (wanted) =>
      new Promise<number>((resolve) => {
        const check = () => {
          if (!document.body.textContent.includes(wanted)) return;
          observer.disconnect();
          resolve(Date.now());
        };
        const observer = new MutationObserver(check);
        observer.observe(document.body, { subtree: true, childList: true, characterData: true });
        check();
      }),
    text,
  );
}

await main();
