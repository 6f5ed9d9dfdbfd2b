import { chromium, type Browser } from 'playwright';
import { PortalError } from '../failures.ts';
import { settlesWithin } from './settles-within.ts';
import { waysToStart, whyUnsafe, type WayToStart } from '#platform/browser-process.ts';

/** A Chromium process and what the pool keeps of it. */
export interface RunningBrowser {
  readonly playwright: Browser;
  readonly pid: number | null;
  /** Open contexts. */
  contexts: number;
  /** Contexts since its start. */
  served: number;
  /** Gets no further contexts. */
  retired: boolean;
  /** It crashed or was ended. */
  lost(): boolean;
  kill(): void;
}

export interface LauncherOptions {
  executablePath: string;
  log: { warn(data: object, message: string): void };
}

/** Images and fonts tell us nothing; without them and without a GPU the browser is also smaller. */
const leanArgs = ['--blink-settings=imagesEnabled=false', '--disable-remote-fonts', '--disable-gpu'];
/** Nothing goes out except through the proxy. */
const proxiedArgs = ['--force-webrtc-ip-handling-policy=disable_non_proxied_udp', '--dns-prefetch-disable'];

const launchLimitMs = 30_000;
const answerMs = 10_000;

/** Starts browsers, sandboxed wherever the machine allows it. */
export function createLauncher({ executablePath, log }: LauncherOptions): () => Promise<RunningBrowser> {
  const [safest, ...others] = waysToStart(executablePath);
  let way = safest;
  return async function start(): Promise<RunningBrowser> {
    try {
      return await launch(way);
    } catch (error) {
      const reason = whyUnsafe(String(error));
      const next = reason === null ? undefined : others.shift();
      if (!next) throw error;
      const message = 'Chromium starts less safely, without its sandbox: see "The browser" in docs/operations.md';
      log.warn({ reason }, message);
      way = next;
      return start();
    }
  };
}

async function launch(way: WayToStart): Promise<RunningBrowser> {
  const playwright = await chromium.launch({
    ...way,
    args: [...leanArgs, ...proxiedArgs],
    headless: true,
    timeout: launchLimitMs,
    // The worker decides when its syncs end; Playwright would close the browser before the worker's grace.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
  const asked = pidOf(playwright);
  if (!(await settlesWithin(answerMs, asked))) {
    void playwright.close();
    throw new PortalError('interrupted', 'the browser started and did not answer');
  }
  const pid = await asked;
  return {
    playwright,
    pid,
    contexts: 0,
    served: 0,
    retired: false,
    lost: () => !playwright.isConnected(),
    kill: () => kill(pid),
  };
}

async function pidOf(browser: Browser): Promise<number | null> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  return processInfo.find(({ type }) => type === 'browser')?.id ?? null;
}

function kill(pid: number | null): void {
  if (pid === null) return;
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // ESRCH: it is already gone
  }
}
