/**
 * Owns the worker's Chromium: one warm process that all syncs share, each in a browser context of its own. It is
 * started when first needed, replaced after a crash and after many contexts, and ended when it has been idle for a while.
 * Until then it holds one empty page ready, so that a sync that follows another need not wait for its page.
 */
import type { BrowserContext, Page } from 'playwright';
import { PortalError } from '../failures.ts';
import { isAlive, openFreshPage, type FreshPage } from './fresh-page.ts';
import { ReadyPage } from './ready-page.ts';
import { createLauncher, type RunningBrowser } from './running-browser.ts';
import { settlesWithin } from './settles-within.ts';
import { untilAborted } from '#platform/until-aborted.ts';

export interface PoolLog {
  info(data: object, message: string): void;
  warn(data: object, message: string): void;
}

export interface BrowserPoolOptions {
  executablePath: string;
  log: PoolLog;
  /** A browser that has served this many contexts is replaced; default 200. */
  recycleAfter?: number;
  /** After this long without a context, the browser is ended; default one minute. */
  idleMs?: number;
  /**
   * A browser that takes longer for a context or its page hangs, and is killed; default 10 s. A warm one needs a tenth
   * of a second for both.
   */
  hangMs?: number;
  /** How long after a sync the next page is made ready; default half a second, in which that sync is stored. */
  readyAfterMs?: number;
}

export interface BrowserPool {
  /**
   * Runs `work` with the empty page of a fresh context. The context is closed before a failure or an abort is passed on, and soon after a
   * success. When `signal` is aborted the context closes at once, and the abort's reason is thrown. Throws
   * {@link PortalError} of kind `interrupted` where the browser is lost.
   */
  withPage<Result>(signal: AbortSignal, work: (page: Page) => Promise<Result>, options?: PageOptions): Promise<Result>;
  /** Starts the browser, unless it runs. */
  warmUp(): Promise<void>;
  /** Ends all contexts and the browser. */
  close(): Promise<void>;
  stats(): BrowserPoolStats;
}

export interface PageOptions {
  /** What the page may reach besides addresses on the internet. */
  portalUrl?: string;
  /** Sees the page of work that failed by itself. */
  onFailure?(page: Page, error: unknown): Promise<void>;
}

export interface BrowserPoolStats {
  /** A browser is there for the next context. */
  warm: boolean;
  /** A page waits for the next sync. */
  ready: boolean;
  /** Open contexts of syncs. */
  contexts: number;
  /** Browsers started so far. */
  launches: number;
  /** The newest browser's process. */
  pid: number | null;
}

const closeLimitMs = 5_000;

export function createBrowserPool(options: BrowserPoolOptions): BrowserPool {
  return new Pool(options);
}

class Pool implements BrowserPool {
  readonly #options: Required<BrowserPoolOptions>;
  readonly #launcher: () => Promise<RunningBrowser>;
  readonly #all = new Set<RunningBrowser>();
  #current: Promise<RunningBrowser> | null = null;
  #idle: NodeJS.Timeout | undefined;
  readonly #ready: ReadyPage;
  #launches = 0;
  #pid: number | null = null;
  #closed = false;

  constructor(options: BrowserPoolOptions) {
    this.#options = { recycleAfter: 200, idleMs: 60_000, hangMs: 10_000, readyAfterMs: 500, ...options };
    this.#launcher = createLauncher(options);
    this.#ready = new ReadyPage((browser, portalUrl) => this.#open(browser, portalUrl), this.#options.readyAfterMs);
  }

  async warmUp(): Promise<void> {
    await this.#browser();
    this.#watchIdleness();
  }

  async withPage<Result>(
    signal: AbortSignal,
    work: (page: Page) => Promise<Result>,
    options?: PageOptions,
  ): Promise<Result> {
    signal.throwIfAborted();
    const browser = await this.#leased(signal);
    const portalUrl = options?.portalUrl;
    let fresh: FreshPage | undefined;
    let closing: Promise<void> | undefined;
    // Nothing in an abort listener may throw: it would end the process.
    const close = () => (closing ??= fresh ? this.#closeContext(browser, fresh.context) : Promise.resolve());
    const stop = () => void close();
    try {
      fresh = (await this.#takeReady(browser, signal, portalUrl)) ?? (await this.#openPage(browser, signal, portalUrl));
      signal.addEventListener('abort', stop, { once: true });
      signal.throwIfAborted();
      const result = await untilAborted(signal, work(fresh.page));
      void close().then(() => {
        this.#release(browser);
        if (!this.#closed) this.#ready.makeSoon(browser, portalUrl);
      });
      return result;
    } catch (error) {
      const stopped = signal.aborted; // by now: looking at the page takes a while, and cannot change why the work failed
      const isLost = () => this.#closed || browser.lost();
      if (fresh && !stopped && !isLost()) await options?.onFailure?.(fresh.page, error);
      await close();
      this.#release(browser);
      if (stopped) throw signal.reason;
      throw isLost() && !(error instanceof PortalError)
        ? new PortalError('interrupted', 'the browser was lost', { cause: error })
        : error;
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  #open(browser: RunningBrowser, portalUrl: string | undefined): Promise<FreshPage> {
    const onRefused = (details: object) => this.#options.log.warn(details, 'the page may not connect there');
    return openFreshPage(browser.playwright, { portalUrl, onRefused });
  }

  #openPage(browser: RunningBrowser, signal: AbortSignal, portalUrl: string | undefined): Promise<FreshPage> {
    const opening = this.#open(browser, portalUrl);
    // One that comes too late has nobody who would close it; one that fails is reported below.
    opening.then((late) => (signal.aborted ? late.context.close() : undefined)).catch(() => undefined);
    return this.#made(browser, opening, signal);
  }

  /** The page that was made ready, where there is one that fits and is still alive. */
  async #takeReady(
    browser: RunningBrowser,
    signal: AbortSignal,
    portalUrl: string | undefined,
  ): Promise<FreshPage | null> {
    const ready = this.#ready.take(browser, portalUrl);
    if (ready === null) return null;
    const drop = () => void ready.context.close().catch(() => undefined); // it went with the browser
    const alive = await this.#made(browser, isAlive(ready), signal).catch((error: unknown) => {
      drop();
      throw error;
    });
    if (alive) return ready;
    drop();
    return null;
  }

  /** What the browser makes, unless the sync is stopped first, or the browser hangs. */
  async #made<Made>(browser: RunningBrowser, making: Promise<Made>, signal: AbortSignal): Promise<Made> {
    let giveUp = () => {};
    const stopped = new Promise<never>((_resolve, reject) => {
      const abort = () => reject(signal.reason as Error);
      const hang = () => {
        this.#retire(browser);
        this.#kill(browser, 'the browser made no page in time');
        reject(new PortalError('interrupted', 'the browser made no page in time'));
      };
      const timer = setTimeout(hang, this.#options.hangMs);
      const settled = () => clearTimeout(timer);
      making.then(settled, settled); // even where nobody waits any more: a browser that hangs is of no use
      signal.addEventListener('abort', abort, { once: true });
      giveUp = () => signal.removeEventListener('abort', abort);
    });
    try {
      return await Promise.race([making, stopped]);
    } finally {
      giveUp();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idle);
    this.#ready.stop();
    await this.#current?.catch(() => undefined); // whoever asked for a failed launch was told
    await Promise.all([...this.#all].map((browser) => this.#end(browser)));
  }

  stats(): BrowserPoolStats {
    const contexts = [...this.#all].reduce((sum, browser) => sum + browser.contexts, 0);
    return {
      warm: this.#current !== null,
      ready: this.#ready.isThere,
      contexts,
      launches: this.#launches,
      pid: this.#pid,
    };
  }

  /** Whoever stops waiting for a browser leaves it to the next. */
  async #leased(signal: AbortSignal): Promise<RunningBrowser> {
    const leasing = this.#lease();
    return untilAborted(signal, leasing).catch((error: unknown) => {
      leasing.then(
        (browser) => this.#release(browser),
        () => undefined, // the next one who asks is told
      );
      throw error;
    });
  }

  async #lease(): Promise<RunningBrowser> {
    clearTimeout(this.#idle);
    let browser = await this.#browser();
    // While this was waiting, others may have used the browser up.
    while (browser.retired) browser = await this.#browser();
    browser.contexts += 1;
    browser.served += 1;
    if (browser.served >= this.#options.recycleAfter) this.#retire(browser);
    return browser;
  }

  #release(browser: RunningBrowser): void {
    browser.contexts -= 1;
    if (browser.contexts === 0 && browser.retired) void this.#end(browser);
    this.#watchIdleness();
  }

  #browser(): Promise<RunningBrowser> {
    if (this.#closed) return Promise.reject(new PortalError('interrupted', 'the browser pool is closed'));
    this.#current ??= this.#launch();
    return this.#current;
  }

  #launch(): Promise<RunningBrowser> {
    const launching = this.#launcher().then((browser) => {
      this.#launches += 1;
      this.#pid = browser.pid;
      this.#all.add(browser);
      browser.playwright.on('disconnected', () => this.#disconnected(browser));
      return browser;
    });
    launching.catch(() => {
      if (this.#current === launching) this.#current = null;
    });
    return launching;
  }

  #disconnected(browser: RunningBrowser): void {
    if (!browser.retired) this.#options.log.warn({ pid: browser.pid }, 'the browser ended by itself');
    this.#retire(browser);
    this.#all.delete(browser);
  }

  /** It gets no further contexts. */
  #retire(browser: RunningBrowser): void {
    if (browser.retired) return;
    browser.retired = true;
    this.#current = null;
    this.#ready.forget(browser);
  }

  async #end(browser: RunningBrowser): Promise<void> {
    this.#retire(browser);
    const ended = await settlesWithin(closeLimitMs, browser.playwright.close());
    if (!ended) this.#kill(browser, 'the browser did not end');
    this.#all.delete(browser);
  }

  #kill(browser: RunningBrowser, reason: string): void {
    this.#options.log.warn({ pid: browser.pid }, `${reason}; killed`);
    browser.kill();
  }

  async #closeContext(browser: RunningBrowser, context: BrowserContext): Promise<void> {
    if (browser.lost()) return;
    if (await settlesWithin(closeLimitMs, context.close())) return;
    this.#retire(browser);
    // A context that does not close still drives the portal. Other syncs in this browser are told, and repeated.
    this.#kill(browser, 'a browser context did not close');
  }

  #watchIdleness(): void {
    clearTimeout(this.#idle);
    const idle = [...this.#all].find((browser) => browser.contexts === 0 && !browser.retired);
    if (!idle || this.#closed) return;
    this.#idle = setTimeout(() => this.#endIdle(idle), this.#options.idleMs);
    this.#idle.unref();
  }

  #endIdle(browser: RunningBrowser): void {
    if (browser.contexts > 0 || browser.retired) return;
    this.#options.log.info({ pid: browser.pid }, 'the idle browser is ended until the next sync');
    void this.#end(browser);
  }
}
