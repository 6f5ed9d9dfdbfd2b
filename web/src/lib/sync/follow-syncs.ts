/** For pages that show what syncs leave behind: tells when one has ended, and how the present one stands. */
import type { StatusView } from '#domain/shapes/sync.ts';
import { finalJob } from './status-display.ts';

export interface FollowHandlers {
  /** Called once for each sync that ends, when its rows are already stored. */
  onEnded?(view: StatusView): void;
  onView?(view: StatusView): void;
}

/** Returns how to stop. The line to the server is loaded after the page, which does not need it to be read. */
export function followSyncs({ onEnded, onView }: FollowHandlers, load = loadApi): () => void {
  let over = false;
  let stop = () => {};
  let ended: string | null | undefined;

  function take(view: StatusView) {
    if (over) return;
    onView?.(view);
    const job = finalJob(view);
    // The first snapshot is what the page shows already; while a sync runs, the last end stays the last.
    if (ended !== undefined && job !== null && job !== ended) onEnded?.(view);
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
