import type { Page } from 'playwright';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { PortalError } from '#activities/failures.ts';
import { createBrowserPool, type BrowserPool, type BrowserPoolOptions } from '#activities/portal/browser-pool.ts';
import { descendants } from '#tests/faults/context/processes.ts';
import { chromiumLaunch } from '#tests/support/index.ts';
import { silentLog } from './harness.ts';

let pool: BrowserPool;
afterEach(() => pool.close());

function open(options: Partial<BrowserPoolOptions> = {}): BrowserPool {
  return (pool = createBrowserPool({ ...chromiumLaunch(), log: silentLog, ...options }));
}

const forever = new AbortController().signal;

/** Work that goes on until its context is gone. */
const endless = () => {
  let begun = () => undefined as void;
  const running = new Promise<void>((resolve) => (begun = resolve));
  const work = async (page: Page) => {
    const waiting = page.waitForFunction('false', null, { timeout: 0 });
    begun();
    await waiting;
  };
  return { running, work };
};

/** The processes of its pages. */
const renderersOf = (pid: number) => descendants(pid).filter(({ command }) => command.includes('--type=renderer'));

/** Resolves when the process is gone. */
const gone = (pid: number) =>
  vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow(), { timeout: 10_000, interval: 50 });

describe('the browser pool', () => {
  it('starts one browser for everybody, when the first one comes', async () => {
    open();
    expect(pool.stats()).toMatchObject({ warm: false, launches: 0 });
    const titles = await Promise.all(
      ['a', 'b', 'c', 'd', 'e', 'f'].map((name) =>
        pool.withPage(forever, async (page) => {
          await page.setContent(`<title>${name}</title>`);
          return page.title();
        }),
      ),
    );
    expect(titles).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
    expect(pool.stats().launches).toBe(1);
  });

  it('gives each a context without anything of the others, in New York whatever the machine says', async () => {
    open();
    await pool.warmUp();
    const visit = (cookie: string) =>
      pool.withPage(forever, async (page) => {
        const context = page.context();
        const before = await context.cookies();
        await context.addCookies([{ name: cookie, value: '1', url: 'http://portal.test' }]);
        const zone = await page.evaluate(() => [Intl.DateTimeFormat().resolvedOptions().timeZone, navigator.language]);
        return { before, zone };
      });
    for (const name of ['one', 'two', 'three']) {
      expect(await visit(name)).toEqual({ before: [], zone: ['America/New_York', 'en-US'] });
    }
  });

  it('makes a page ready for the next, which has nothing of the one before', async () => {
    open({ readyAfterMs: 0 });
    const seen: unknown[] = [];
    for (const name of ['one', 'two']) {
      await pool.withPage(forever, async (page) => {
        seen.push({ url: page.url(), cookies: await page.context().cookies(), contexts: pool.stats().contexts });
        await page.context().addCookies([{ name, value: '1', url: 'http://portal.test' }]);
      });
      await vi.waitFor(() => expect(pool.stats()).toMatchObject({ ready: true, contexts: 0 }));
    }
    const empty = { url: 'about:blank', cookies: [], contexts: 1 };
    expect(seen).toEqual([empty, empty]);
  });

  it('makes another where the page that was ready has lost its process, or belongs to another portal', async () => {
    open({ readyAfterMs: 0 });
    const fine = (portalUrl: string) => pool.withPage(forever, (page) => page.evaluate('1 + 1'), { portalUrl });
    expect(await fine('http://one.test')).toBe(2);
    await vi.waitFor(() => expect(pool.stats().ready).toBe(true));
    for (const { pid } of renderersOf(pool.stats().pid!)) process.kill(pid, 'SIGKILL');
    expect(await fine('http://one.test')).toBe(2);
    await vi.waitFor(() => expect(pool.stats().ready).toBe(true));
    expect(await fine('http://two.test')).toBe(2);
    expect(pool.stats().launches).toBe(1);
  });

  it('closes the context at once when it is told to stop, and passes the reason on', async () => {
    open();
    const stop = new AbortController();
    const { running, work } = endless();
    const outcome = pool.withPage(stop.signal, work);
    await running;
    stop.abort(new Error('enough'));
    await expect(outcome).rejects.toThrow('enough');
    expect(pool.stats().contexts).toBe(0);
  });

  it('starts no work that is stopped already', async () => {
    open();
    await expect(pool.withPage(AbortSignal.abort(new Error('no')), () => Promise.resolve(1))).rejects.toThrow('no');
    expect(pool.stats().launches).toBe(0);
  });

  it('passes on what the work throws, and goes on', async () => {
    open();
    const failing = () => Promise.reject(new Error('the work failed'));
    await expect(pool.withPage(forever, failing)).rejects.toThrow('the work failed');
    expect(await pool.withPage(forever, () => Promise.resolve('fine'))).toBe('fine');
    expect(pool.stats().launches).toBe(1);
  });

  it('tells the work that its browser crashed, and starts another', async () => {
    open();
    const { running, work } = endless();
    const onFailure = vi.fn(() => Promise.resolve());
    const outcome = pool.withPage(forever, work, { onFailure }).catch((error: unknown) => error);
    await running;
    process.kill(pool.stats().pid!, 'SIGKILL');
    const error = await outcome;
    expect(error).toBeInstanceOf(PortalError);
    expect(onFailure).not.toHaveBeenCalled();
    expect((error as PortalError).kind).toBe('interrupted');
    expect(await pool.withPage(forever, () => Promise.resolve('fine'))).toBe('fine');
    expect(pool.stats()).toMatchObject({ launches: 2 });
  });

  it('kills a browser that hangs when it is to make a page, and says that the sync was interrupted', async () => {
    open({ hangMs: 2_000 });
    await pool.warmUp();
    const { pid } = pool.stats();
    process.kill(pid!, 'SIGSTOP');
    const outcome = await pool.withPage(forever, () => Promise.resolve('fine')).catch((error: unknown) => error);
    expect(outcome).toMatchObject({ kind: 'interrupted', message: 'the browser made no page in time' });
    await gone(pid!);
    expect(await pool.withPage(forever, () => Promise.resolve('fine'))).toBe('fine');
  });

  it('stops at once while a hanging browser is to make a page', async () => {
    open();
    await pool.warmUp();
    const { pid } = pool.stats();
    process.kill(pid!, 'SIGSTOP');
    for (const soon of [false, true]) {
      const stop = new AbortController();
      const outcome = pool.withPage(stop.signal, () => Promise.resolve('fine'));
      if (!soon) await vi.waitFor(() => expect(pool.stats().contexts).toBe(1));
      stop.abort(new Error('enough'));
      await expect(outcome).rejects.toThrow('enough');
    }
    process.kill(pid!, 'SIGCONT');
    await vi.waitFor(() => expect(pool.stats().contexts).toBe(0));
  });

  it('starts another browser after one that crashed while nobody used it', async () => {
    open();
    await pool.warmUp();
    const { pid } = pool.stats();
    process.kill(pid!, 'SIGKILL');
    await vi.waitFor(() => expect(pool.stats().warm).toBe(false));
    expect(await pool.withPage(forever, () => Promise.resolve('fine'))).toBe('fine');
  });

  it('replaces a browser that served enough contexts, once the last of them has ended', async () => {
    open({ recycleAfter: 2 });
    const { running, work } = endless();
    const stop = new AbortController();
    const long = pool.withPage(stop.signal, work).catch(() => 'stopped');
    await running;
    const first = pool.stats().pid!;
    await pool.withPage(forever, () => Promise.resolve());
    await pool.withPage(forever, () => Promise.resolve());
    expect(pool.stats().launches).toBe(2);
    expect(() => process.kill(first, 0)).not.toThrow();
    stop.abort();
    expect(await long).toBe('stopped');
    await gone(first);
  });

  it('ends the browser when nobody used it for a while, and starts it again', async () => {
    open({ idleMs: 50 });
    await pool.withPage(forever, () => Promise.resolve());
    await gone(pool.stats().pid!);
    expect(pool.stats().warm).toBe(false);
    expect(await pool.withPage(forever, () => Promise.resolve('again'))).toBe('again');
    expect(pool.stats().launches).toBe(2);
  });

  it('says why a browser does not start, and tries again the next time', async () => {
    open({ executablePath: '/nonexistent/chromium' });
    await expect(pool.warmUp()).rejects.toThrow(/nonexistent/);
    await expect(pool.warmUp()).rejects.toThrow(/nonexistent/);
    expect(pool.stats()).toMatchObject({ warm: false, contexts: 0 });
  });

  it('leaves no process behind when it is closed in the middle of work', async () => {
    open();
    const { running, work } = endless();
    const outcome = pool.withPage(forever, work).catch((error: unknown) => error);
    await running;
    const pid = pool.stats().pid!;
    await pool.close();
    expect(await outcome).toBeInstanceOf(PortalError);
    await gone(pid);
    await expect(pool.withPage(forever, () => Promise.resolve())).rejects.toThrow('closed');
  });

  it('does not end with the signals that end the worker', async () => {
    open();
    await pool.warmUp();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      expect(process.listenerCount(signal)).toBe(listeners[signal]);
  });
});

const listeners = {
  SIGINT: process.listenerCount('SIGINT'),
  SIGTERM: process.listenerCount('SIGTERM'),
  SIGHUP: process.listenerCount('SIGHUP'),
};
