/**
 * Keeps what the portal showed when a sync failed for a reason that somebody has to look into: the page, masked, as HTML
 * and as a picture. It may fail or be cut off at any moment; the sync goes on as if it were not there.
 */
import type { MikroORM } from '@mikro-orm/postgresql';
import type { Page } from 'playwright';
import { countFailurePages, insertFailurePage, type NewFailurePage } from '#db/queries/failure-pages.ts';
import { maskScript, type MaskedPage } from './mask-page.ts';

/** Longer than a page takes to be written down, shorter than anybody would notice. */
const usualLimitMs = 3_000;

/** Of each of the two. */
const usualMaxBytes = 2_000_000;

/** When the portal changed, it changed for everybody: the first few of a day tell enough. */
const pagesADay = 50;

export interface FailureArtifacts {
  /** Keeps the page, best effort, for at most three seconds or until `signal`. True where something was kept. */
  keep(page: Page, what: KeptFailure, signal: AbortSignal): Promise<boolean>;
}

export type KeptFailure = Pick<NewFailurePage, 'jobId' | 'attempt' | 'kind'>;

export interface FailureArtifactsOptions {
  orm: MikroORM;
  log: { warn(details: object, message: string): void };
  /** For tests: how long keeping a page may take, and how large each part may be. */
  limitMs?: number;
  maxBytes?: number;
}

export function createFailureArtifacts(options: FailureArtifactsOptions): FailureArtifacts {
  const { orm, log, limitMs = usualLimitMs, maxBytes = usualMaxBytes } = options;
  return {
    async keep(page, what, signal) {
      const time = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
      try {
        const today = new Date(new Date().toISOString().slice(0, 10));
        if ((await unless(time, countFailurePages(orm.em.fork(), today))) >= pagesADay) return false;
        const kept = await takePage(page, { time, maxBytes });
        await unless(time, insertFailurePage(orm.em.fork(), { ...what, ...kept }));
        return true;
      } catch (error) {
        // Whatever went wrong here, the failure itself is what matters. The error's words may hold parts of the page.
        log.warn({ error: error instanceof Error ? error.name : typeof error }, 'the page of a failure was not kept');
        return false;
      }
    },
  };
}

interface Limits {
  time: AbortSignal;
  maxBytes: number;
}

async function takePage(page: Page, { time, maxBytes }: Limits): Promise<Pick<NewFailurePage, 'html' | 'picture'>> {
  const masked = await unless(time, maskPage(page, maxBytes / 2));
  const { html } = masked;
  if (!masked.clean) return { html, picture: null };
  const picture = await unless(time, page.screenshot({ timeout: 0, animations: 'disabled' }));
  // The page's own scripts may have written something in between, and it would be on the picture.
  const { wasClean } = await unless(time, maskPage(page, 0));
  return { html, picture: wasClean && picture.length <= maxBytes ? picture : null };
}

/** In a world of its own: in the page's world, components may hide from scripts what they show. */
async function maskPage(page: Page, maxLength: number): Promise<MaskedPage> {
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send('Page.getFrameTree');
  const { executionContextId } = await session.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id });
  const script = { expression: maskScript(maxLength), contextId: executionContextId, returnByValue: true };
  const { result, exceptionDetails } = await session.send('Runtime.evaluate', script);
  if (exceptionDetails) throw new Error('the page cannot be masked');
  return result.value as MaskedPage;
}

/** The result of the work, unless the time is up first. The work itself ends with the page. */
function unless<Result>(time: AbortSignal, work: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const give = () => reject(time.reason as Error);
    if (time.aborted) give();
    time.addEventListener('abort', give, { once: true });
    work.then(resolve, reject).finally(() => time.removeEventListener('abort', give));
  });
}
