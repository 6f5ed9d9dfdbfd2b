import type { Browser, BrowserType, LaunchOptions } from 'playwright';

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

/** Images and fonts tell us nothing; without them and without a GPU the browser is also smaller. */
const leanArgs = ['--blink-settings=imagesEnabled=false', '--disable-remote-fonts', '--disable-gpu'];

const launchLimitMs = 30_000;

export async function launchBrowser(
  type: BrowserType,
  { executablePath, args }: Required<Pick<LaunchOptions, 'executablePath' | 'args'>>,
): Promise<RunningBrowser> {
  const playwright = await type.launch({
    executablePath,
    args: [...args, ...leanArgs],
    headless: true,
    timeout: launchLimitMs,
    // The worker decides when its syncs end; Playwright would close the browser before the worker's grace.
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
  });
  const pid = await pidOf(playwright);
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
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // ESRCH: it is gone already
  }
}
