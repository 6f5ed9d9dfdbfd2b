/** The live status of syncing, over server-sent events, which comes back by itself wherever the line is cut. */
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { snakeCase, withKeys } from '#domain/shapes/case.ts';
import type { SyncStatus } from './contract/rest.ts';
import { errorOf, GibneySyncError } from './errors.ts';
import type { Transport } from './transport.ts';

export interface WatchOptions {
  signal?: AbortSignal;
  /** Told why the line is lost, and null when it is back. */
  onLine?(lost: GibneySyncError | null): void;
  /** How long a lost line is tried before the reason is thrown; without it, for ever. */
  giveUpAfterMs?: number;
}

const firstPauseMs = 500;
const longestPauseMs = 15_000;
/** The service says something every ten seconds at least. */
const silenceMs = 25_000;

export interface Line {
  transport: Transport;
  trpcUrl: string;
}

/** What a program waits for in particular. */
interface Wanted {
  /** What becomes of a status; null where it is passed over. What this throws counts as the line's. */
  look?(status: SyncStatus): Promise<SyncStatus | null>;
  /** What passes by itself is tried again before the first status, too: what is waited for is under way. */
  isUnderWay?: boolean;
}

/**
 * The present status first, then each new one. Throws `GibneySyncError`: what does not pass by itself at once, what passes
 * after `giveUpAfterMs`, and anything before the first status.
 */
export async function* watch(
  line: Line,
  { signal, onLine, giveUpAfterMs = Infinity }: WatchOptions = {},
  { look = async (status) => status, isUnderWay = false }: Wanted = {},
): AsyncGenerator<SyncStatus, void, undefined> {
  let lostSince: number | null = null;
  let hasBegun = isUnderWay;
  for (let failures = 0; !signal?.aborted; failures += 1) {
    try {
      for await (const status of statuses(line, signal)) {
        const seen = await look(status);
        if (lostSince !== null) onLine?.(null);
        [lostSince, failures, hasBegun] = [null, 0, true];
        if (seen) yield seen;
      }
      if (signal?.aborted) return;
      throw new GibneySyncError('unreachable', 'The line to the service was cut.');
    } catch (error) {
      if (signal?.aborted) return;
      const lost = errorOf(error);
      if (!lost) throw error;
      lostSince ??= Date.now();
      if (!hasBegun || !lost.isPassing || Date.now() - lostSince >= giveUpAfterMs) throw lost;
      if (failures === 0) onLine?.(lost);
      await pause(pauseMs(lost, failures, lostSince + giveUpAfterMs - Date.now()), signal);
    }
  }
}

/** One stream, until the service ends it. */
async function* statuses({ transport, trpcUrl }: Line, given?: AbortSignal): AsyncGenerator<SyncStatus> {
  const closing = new AbortController();
  const silence = setTimeout(() => closing.abort(lineLost('nothing came for a while')), silenceMs);
  const signal = AbortSignal.any([closing.signal, ...(given ? [given] : [])]);
  try {
    const { body } = await transport(`${trpcUrl}/sync.onStatus`, { headers: { accept: 'text/event-stream' }, signal });
    const events = body!.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
    for await (const { event, data } of events) {
      silence.refresh();
      if (event === 'return') return;
      if (event === 'serialized-error') throw failureIn(data);
      if (event === undefined) yield asInRest(JSON.parse(data));
    }
  } catch (error) {
    if (given?.aborted) return;
    if (closing.signal.aborted) throw closing.signal.reason;
    throw errorOf(error) ?? lineLost('the connection broke', error);
  } finally {
    clearTimeout(silence);
    closing.abort();
  }
}

function asInRest(view: unknown): SyncStatus {
  const status = withKeys(view, snakeCase) as Omit<SyncStatus, 'portal_held'>;
  return { ...status, portal_held: status.schedule_reason === 'circuit_open' };
}

/** tRPC sends what went wrong after the answer began as an event. */
function failureIn(data: string): GibneySyncError {
  const { message, data: details } = JSON.parse(data) as {
    message: string;
    data?: { reason?: string; httpStatus?: number; retryAfterSeconds?: number | null };
  };
  const status = details?.httpStatus ?? 500;
  const kind = status === 401 ? 'signed_out' : status === 429 ? 'rate_limited' : status === 403 ? 'forbidden' : null;
  return new GibneySyncError(kind ?? 'unavailable', message, { ...details, code: details?.reason, status });
}

function lineLost(why: string, cause?: unknown): GibneySyncError {
  return new GibneySyncError('unreachable', `The line to the service was cut: ${why}.`, { cause });
}

function pauseMs({ retryAfterSeconds }: GibneySyncError, failures: number, leftMs: number): number {
  const own = Math.min(firstPauseMs * 2 ** failures, longestPauseMs) * (0.5 + Math.random() / 2);
  return Math.min(Math.max(own, (retryAfterSeconds ?? 0) * 1_000), Math.max(leftMs, 0));
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}
