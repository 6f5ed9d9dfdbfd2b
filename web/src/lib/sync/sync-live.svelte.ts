/**
 * The sync as the page sees it: the snapshot that the server sends, and what the visitor has just asked for. Reads as
 * plain properties; `watch` holds a subscription until the function that it returns is called.
 */
import type { StatusView } from '#domain/shapes/sync.ts';
import type { SyncOptions } from '#domain/sync.ts';
import { finalJob, isBusy } from './status-display.ts';

/** What the page needs of the API, so that a test can stand in for it. */
export interface SyncApi {
  request(options?: SyncOptions): Promise<{ jobId: string }>;
  cancel(jobId: string | undefined): Promise<unknown>;
  /** Calls back with each snapshot, and with whether the line to the server holds. Returns how to stop. */
  subscribe(handlers: { onView(view: StatusView): void; onLine(connected: boolean): void }): () => void;
  /** The sentence to show for an error of `request` or `cancel`. */
  explain(error: unknown): string;
}

export interface SyncLive {
  readonly view: StatusView;
  /** False while the line to the server, or the server's line to the sync service, is broken. */
  readonly live: boolean;
  /** The line to the server has been broken for so long that the progress is not believed any more. */
  readonly cut: boolean;
  /** From the click until the server's snapshot shows the sync. */
  readonly asking: boolean;
  /** When the visitor asked, epoch milliseconds; the elapsed time counts from here until the job has a start. */
  readonly askedAt: number | null;
  readonly cancelling: boolean;
  readonly busy: boolean;
  /** Why the last request was not accepted. */
  readonly refusal: string | null;
  request(options?: SyncOptions): Promise<void>;
  cancel(): Promise<void>;
  watch(): () => void;
}

/** A deploy cuts the line for a moment. */
const cutAfterMs = 5_000;

/** `onFinished` is called once for each job that turns final, when its rows are already stored; `onHeard` with each snapshot. */
export function createSyncLive(
  initial: StatusView,
  api: SyncApi,
  onFinished: () => void,
  onHeard?: () => void,
): SyncLive {
  let view = $state.raw(initial);
  let connected = $state(true);
  let cut = $state(false);
  let askedAt = $state<number | null>(null);
  let cancelling = $state(false);
  let refusal = $state<string | null>(null);
  let finished = finalJob(initial);
  /** The job that answers the last request, null where it was refused. */
  let asked: Promise<string | null> = Promise.resolve(null);

  function take(next: StatusView) {
    view = next;
    if (isBusy(next) || finalJob(next) !== finished) askedAt = null;
    if (!isBusy(next)) cancelling = false;
    if (finalJob(next) === finished) return;
    finished = finalJob(next);
    if (finished) onFinished();
  }

  async function request(options?: SyncOptions) {
    if (isBusy(view) || askedAt !== null) return;
    askedAt = Date.now();
    refusal = null;
    asked = api.request(options).then(
      ({ jobId }) => jobId,
      (error: unknown) => {
        askedAt = null;
        refusal = api.explain(error);
        return null;
      },
    );
    await asked;
  }

  async function cancel() {
    cancelling = true;
    refusal = null;
    // Right after the click the snapshot still shows the job before.
    const running = view.job !== null && finalJob(view) === null;
    const jobId = running ? view.job?.id : await asked;
    await api.cancel(jobId ?? undefined).catch((error: unknown) => {
      cancelling = false;
      refusal = api.explain(error);
    });
  }

  function watch() {
    let over = false;
    let cutting: ReturnType<typeof setTimeout> | undefined;
    const hear = (holds: boolean) => {
      connected = holds;
      if (!holds) {
        cutting ??= setTimeout(() => (cut = true), cutAfterMs);
        return;
      }
      clearTimeout(cutting);
      cutting = undefined;
      cut = false;
    };
    const stop = api.subscribe({
      onView: (next) => {
        if (over) return;
        take(next);
        onHeard?.();
      },
      onLine: (holds) => {
        if (!over) hear(holds);
      },
    });
    return () => {
      over = true;
      clearTimeout(cutting);
      stop();
    };
  }

  return {
    get view() {
      return view;
    },
    get live() {
      return view.live && connected;
    },
    get cut() {
      return cut;
    },
    get asking() {
      return askedAt !== null;
    },
    get askedAt() {
      return askedAt;
    },
    get cancelling() {
      return cancelling;
    },
    get busy() {
      return askedAt !== null || isBusy(view);
    },
    get refusal() {
      return refusal;
    },
    request,
    cancel,
    watch,
  };
}
