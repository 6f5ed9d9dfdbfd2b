/**
 * Keeps what the portal showed when a sync failed for a reason that somebody has to look into: the page, masked, as HTML
 * and as a picture, in `DATA_DIR/artifacts/<date>/<job>-<attempt>`. It may fail or be cut off at any moment; the sync
 * goes on as if it were not there.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright';
import { artifactsFolder, dayFolder, entriesOf, removeOldArtifacts } from './folder.ts';
import { maskScript, type MaskedPage } from './mask-page.ts';

const dayMs = 24 * 60 * 60_000;

/** Longer than a page takes to be written down, shorter than anybody would notice. */
const usualLimitMs = 3_000;

const usualMaxBytes = 2_000_000;

/** When the portal changed, it changed for everybody: the first few of a day tell enough. Two files each. */
const filesADay = 100;

export interface FailureArtifacts {
  /** Keeps the page, best effort, for at most three seconds or until `signal`. True where something was kept. */
  keep(page: Page, what: KeptFailure, signal: AbortSignal): Promise<boolean>;
  /** Removes what is past its time, now and each day. Returns how to end that. */
  tidyDaily(): () => void;
}

export interface KeptFailure {
  jobId: string;
  attempt: number;
  kind: string;
}

export interface FailureArtifactsOptions {
  dataDir: string;
  retentionDays: number;
  log: { warn(details: object, message: string): void };
  /** For tests: how long keeping a page may take, and how large a file may be. */
  limitMs?: number;
  maxBytes?: number;
}

export function createFailureArtifacts(options: FailureArtifactsOptions): FailureArtifacts {
  const { dataDir, retentionDays, log, limitMs = usualLimitMs, maxBytes = usualMaxBytes } = options;
  const folder = artifactsFolder(dataDir);
  const tidy = () =>
    removeOldArtifacts(folder, retentionDays, Date.now()).catch((error: unknown) =>
      log.warn({ err: error }, 'old pages of failures were not removed; tried again in a day'),
    );
  return {
    tidyDaily() {
      void tidy();
      const timer = setInterval(() => void tidy(), dayMs).unref();
      return () => clearInterval(timer);
    },
    async keep(page, what, signal) {
      const now = Date.now();
      const time = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
      try {
        await removeOldArtifacts(folder, retentionDays, now);
        return await keepPage(page, dayFolder(folder, now), what, { time, maxBytes });
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

async function keepPage(page: Page, folder: string, what: KeptFailure, limits: Limits): Promise<boolean> {
  const { time, maxBytes } = limits;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await entriesOf(folder)).length >= filesADay) return false;
  const masked = await unless(time, maskPage(page, maxBytes / 2));
  const file = path.join(folder, `${what.jobId}-${what.attempt}`);
  const heading = `<!-- ${what.kind}, job ${what.jobId}, attempt ${what.attempt} -->\n`;
  await writeFile(`${file}.html`, Buffer.from(heading + masked.html).subarray(0, maxBytes), { mode: 0o600 });
  if (!masked.clean) return true;
  const picture = await unless(time, page.screenshot({ timeout: 0, animations: 'disabled' }));
  // The page's own scripts may have written something in between, and it would be on the picture.
  const { wasClean } = await unless(time, maskPage(page, 0));
  if (wasClean && picture.length <= maxBytes) await writeFile(`${file}.png`, picture, { mode: 0o600 });
  return true;
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
