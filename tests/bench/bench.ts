/** What the parts of the bench share: one service, one stand-in portal, one load generator, one read floor. */
import { chromium } from 'playwright';
import type { Browser, BrowserContextOptions, Page } from 'playwright';
import { createLauncher } from '#activities/portal/running-browser.ts';
import { findChromium } from '#platform/find-chromium.ts';
import type { ChromiumLaunch } from '#platform/find-chromium.ts';
import { connectControl } from '../portal/control-client.ts';
import type { RemoteControl } from '../portal/control-client.ts';
import { startStack } from '../support/stack.ts';
import type { Stack } from '../support/stack.ts';
import { startGenerator } from './load/generator.ts';
import type { Generator } from './load/generator.ts';
import { processesByKind } from './measure/process-kinds.ts';
import { startReadFloor } from './reads/floor.ts';
import type { ReadFloor } from './reads/floor.ts';
import { accountPassword, registerDancer } from './service.ts';
import type { Dancer, FinishedSync } from './service.ts';

export interface Settings {
  rounds: number;
  /** How long one load lasts. */
  loadMs: number;
  connections: number[];
}

export interface Bench extends Settings {
  stack: Stack;
  portal: RemoteControl;
  launch: ChromiumLaunch;
  /** Playwright's own way to start the browser that the service uses. */
  browser: Browser;
  /** The same browser, started with the arguments that the service gives it. */
  leanBrowser: Browser;
  generator: Generator;
  /** A second generator, to see what a load does to others. */
  prober: Generator;
  readFloor: ReadFloor;
  /** The process of the web. */
  webPid(): number;
  /** Whoever reads: an account with that many rentals and a history of twelve syncs, made at its first use. */
  reader(rentals: number): Promise<Dancer>;
  close(): Promise<void>;
}

export const portalPassword = 'pirouette';
export const noDelays = { loginScriptMs: 0, signInMs: 0, shellMs: 0, gridMs: 0, batchMs: 0, assetMs: 0 };

export const say = (line = ''): void => void process.stderr.write(`${line}\n`);

export async function openBench(settings: Settings): Promise<Bench> {
  say('starting the service');
  const stack = await startStack({ env: benchEnv });
  const launch = await findChromium(process.env.CHROMIUM_PATH, say);
  const startLean = createLauncher({
    ...launch,
    log: { warn: (data, message) => say(`${message} ${JSON.stringify(data)}`) },
  });
  const [browser, lean] = [await chromium.launch(launch), await startLean()];
  const [generator, prober] = [await startGenerator(), await startGenerator()];
  const readFloor = await startReadFloor(stack.databaseUrl);
  const readers = new Map<number, Promise<Dancer>>();
  const bench: Bench = {
    ...settings,
    stack,
    portal: connectControl(stack.portalUrl),
    launch,
    browser,
    leanBrowser: lean.playwright,
    generator,
    prober,
    readFloor,
    webPid: () => processesByKind(stack.dataDir).get('web')![0]!,
    reader(rentals) {
      const known = readers.get(rentals) ?? makeReader(bench, rentals);
      readers.set(rentals, known);
      return known;
    },
    async close() {
      generator.close();
      prober.close();
      await readFloor.close();
      await Promise.all([browser.close(), lean.playwright.close()]);
      await stack.stop();
    },
  };
  return bench;
}

/** What measures and is measured. */
export async function benchBrowser(): Promise<{ path: string; version: string }> {
  const launch = await findChromium(process.env.CHROMIUM_PATH, say);
  const browser = await chromium.launch(launch);
  const version = browser.version();
  await browser.close();
  return { path: launch.executablePath, version };
}

export const benchEnv = { RATE_LIMIT_SCALE: '0', LOG_LEVEL: 'warn' };

const jobsOfReader = 12;

async function makeReader(bench: Bench, rentals: number): Promise<Dancer> {
  say(`an account with ${rentals} rentals`);
  const dancer = await newDancer(bench, `reader-${rentals}@example.com`, rentals);
  await bench.portal.setDelays(noDelays, dancer.username);
  await expectRows(dancer.connect(portalPassword), rentals);
  for (let job = 1; job < jobsOfReader && rentals < 1_000; job += 1) await expectRows(dancer.sync(), rentals);
  dancer.close();
  await bench.readFloor.know(dancer.token, dancer.username);
  return dancer;
}

/** A new account with us and one of the same name at the portal, not connected yet. */
export async function newDancer(
  { portal, stack }: Pick<Bench, 'portal' | 'stack'>,
  username: string,
  rentals: number,
): Promise<Dancer> {
  await portal.addUser({ username, password: portalPassword, rentals });
  return registerDancer(stack.url, username);
}

export async function expectRows(syncing: Promise<FinishedSync>, rows: number): Promise<FinishedSync> {
  const finished = await syncing;
  const { status, bookingsSynced, errorCode } = finished.job;
  if (status !== 'completed' || bookingsSynced !== rows) {
    throw new Error(`a sync of ${rows} rows ended as ${status} ${errorCode ?? ''} with ${bookingsSynced}`);
  }
  return finished;
}

export async function signedInPage(
  { browser, stack: { url } }: Bench,
  username: string,
  options: BrowserContextOptions = {},
): Promise<Page> {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options })).newPage();
  await page.goto(`${url}/sign-in`);
  await page.getByLabel('E-mail').fill(username);
  await page.getByLabel('Password', { exact: true }).fill(accountPassword);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${url}/dashboard`);
  return page;
}
