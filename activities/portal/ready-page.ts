import type { FreshPage } from './fresh-page.ts';
import type { RunningBrowser } from './running-browser.ts';

type PortalUrl = string | undefined;

/** One page that is made before a sync asks for it. It ends with its browser, or is taken. */
export class ReadyPage {
  readonly #open: (browser: RunningBrowser, portalUrl: PortalUrl) => Promise<FreshPage>;
  readonly #afterMs: number;
  #timer: NodeJS.Timeout | undefined;
  #page: { browser: RunningBrowser; portalUrl: PortalUrl; fresh: FreshPage } | null = null;

  constructor(open: (browser: RunningBrowser, portalUrl: PortalUrl) => Promise<FreshPage>, afterMs: number) {
    this.#open = open;
    this.#afterMs = afterMs;
  }

  get isThere(): boolean {
    return this.#page !== null;
  }

  /** It may have lost its process meanwhile. */
  take(browser: RunningBrowser, portalUrl: PortalUrl): FreshPage | null {
    if (this.#page?.browser !== browser || this.#page.portalUrl !== portalUrl) return null;
    const { fresh } = this.#page;
    this.#page = null;
    return fresh;
  }

  /** Not while a sync ends: what it read is being stored then, and the machine is busy with that. */
  makeSoon(browser: RunningBrowser, portalUrl: PortalUrl): void {
    this.stop();
    if (browser.retired) return;
    this.#timer = setTimeout(() => {
      if (this.#page === null) void this.#make(browser, portalUrl);
    }, this.#afterMs);
    this.#timer.unref();
  }

  /** No more of them. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  /** This browser ends, and its pages with it. */
  forget(browser: RunningBrowser): void {
    if (this.#page?.browser === browser) this.#page = null;
  }

  async #make(browser: RunningBrowser, portalUrl: PortalUrl): Promise<void> {
    try {
      const fresh = await this.#open(browser, portalUrl);
      if (browser.retired || this.#page !== null) return await fresh.context.close();
      this.#page = { browser, portalUrl, fresh };
    } catch {
      // The next sync makes its own, and is told what is wrong with the browser.
    }
  }
}
