/**
 * The line by which a page hears how its sync stands. Whatever cuts it, it comes back by itself: the stream is opened
 * again after a pause that grows, and meanwhile the status is asked for, so that the page is right even where no stream
 * comes. An EventSource gives up at any answer but 200, and does not tell which it was: the question does.
 */
import type { StatusView } from '#domain/shapes/sync.ts';
import { isBusy } from './status-display.ts';

export interface StatusServer {
  /** Calls back with each snapshot, and once when no more will come. Returns how to close. */
  stream?(onView: (view: StatusView) => void, onCut: () => void): () => void;
  /** The status now, or why there is none: the session is over, or the server is away. Never rejects. */
  ask(signal: AbortSignal): Promise<{ view: StatusView } | 'over' | { retryAfterSeconds: number | null }>;
}

export interface LineHandlers {
  onView(view: StatusView): void;
  /** Whether the status is heard as it changes. */
  onLine(connected: boolean): void;
  /** The session that the page was made for has ended. */
  onOver(): void;
}

/** A stream begins with the present status. */
const firstViewMs = 10_000;
const answerMs = 8_000;
const longestPauseMs = 12_000;
/** While a sync runs and no stream comes. */
const busyPauseMs = 2_000;
/** What a server asks for is kept up to here, so that the line is back half a minute after the server. */
const longestWishMs = 28_000;
/** Those who were cut together come back one after the other. */
const spreadMs = 1_000;

/** Keeps the line until `signal` aborts or the session is over. */
export async function holdLine(
  server: StatusServer,
  { onView, onLine, onOver }: LineHandlers,
  signal: AbortSignal,
): Promise<void> {
  const take = (view: StatusView) => {
    onLine(true);
    onView(view);
  };
  for (let failures = 0; !signal.aborted; failures += 1) {
    if (server.stream && (await follow(server.stream, take, signal))) {
      failures = 0;
      await pause(Math.random() * spreadMs, signal);
    }
    if (signal.aborted) return;
    const answer = await server.ask(AbortSignal.any([signal, AbortSignal.timeout(answerMs)]));
    if (signal.aborted) return;
    if (answer === 'over') return onOver();
    if ('view' in answer) take(answer.view);
    else onLine(false);
    await pause(pauseAfter(answer, failures), signal);
  }
}

function pauseAfter(answer: { view: StatusView } | { retryAfterSeconds: number | null }, failures: number): number {
  if ('retryAfterSeconds' in answer && answer.retryAfterSeconds !== null)
    return Math.min(answer.retryAfterSeconds * 1_000, longestWishMs) + Math.random() * spreadMs;
  const longest = 'view' in answer && isBusy(answer.view) ? busyPauseMs : longestPauseMs;
  return Math.min(1_000 * 2 ** failures, longest) * (0.5 + Math.random() / 2);
}

/** Resolves when the stream has ended, with whether it had come at all. */
function follow(
  stream: NonNullable<StatusServer['stream']>,
  onView: (view: StatusView) => void,
  signal: AbortSignal,
): Promise<boolean> {
  return new Promise((resolve) => {
    let came = false;
    const ended = new AbortController();
    const end = () => {
      if (ended.signal.aborted) return;
      clearTimeout(timer);
      ended.abort();
      resolve(came);
    };
    const timer = setTimeout(end, firstViewMs);
    const close = stream((view) => {
      if (ended.signal.aborted) return;
      came = true;
      clearTimeout(timer);
      onView(view);
    }, end);
    ended.signal.addEventListener('abort', close);
    signal.addEventListener('abort', end, { signal: ended.signal });
    // Another network: the stream of the one before may never hear that it is gone.
    addEventListener('online', end, { signal: ended.signal });
  });
}

/** Ends early where the visitor comes back to the page, or the network does. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const ended = new AbortController();
    const end = () => {
      clearTimeout(timer);
      ended.abort();
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { signal: ended.signal });
    for (const name of ['online', 'focus']) addEventListener(name, end, { signal: ended.signal });
  });
}
