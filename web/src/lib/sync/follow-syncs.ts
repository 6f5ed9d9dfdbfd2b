/** For pages that show what syncs leave behind: tells when one has ended, and how the present one stands. */
import type { StatusJobView, StatusView } from '#domain/shapes/sync.ts';
import { finalJob } from './status-display.ts';

export interface FollowHandlers {
  /** Called once for each sync that ends, when its rows are already stored. */
  onEnded?(view: StatusView): void;
  onView?(view: StatusView): void;
  /** Whether the page was loaded after the end of the sync that is the last one when the line comes up; else that end is told as well. */
  isShown?(job: StatusJobView): boolean;
}

/** Rows are there a moment after the time that is written on them. */
const settledMs = 5_000;

/** For `isShown`, where a page knows only when it was made. One reading too many does no harm, one too few does. */
export function isOlder({ completedAt }: StatusJobView, renderedAt: number): boolean {
  return completedAt !== null && Date.parse(completedAt) < renderedAt - settledMs;
}

/** Returns how to stop. The line to the server is loaded after the page, which does not need it to be read. */
export function followSyncs({ onEnded, onView, isShown = () => true }: FollowHandlers, load = loadApi): () => void {
  let over = false;
  let stop = () => {};
  let ended: string | null | undefined;

  function take(view: StatusView) {
    if (over) return;
    onView?.(view);
    const job = finalJob(view);
    const isNew = () => (ended === undefined ? !isShown(view.job!) : job !== ended);
    if (job !== null && isNew()) onEnded?.(view);
    // While a sync runs, the last end stays the last.
    if (ended === undefined || job !== null) ended = job;
  }

  load().then(
    (api) => {
      if (!over) stop = api.subscribe({ onView: take, onLine() {} });
    },
    // The page stays as it was loaded, as it does without script.
    () => undefined,
  );
  return () => {
    over = true;
    stop();
  };
}

async function loadApi() {
  const { createSyncApi } = await import('./sync-api.ts');
  return createSyncApi();
}
