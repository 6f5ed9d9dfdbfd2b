/** Lets the running attempts of this worker be stopped at once, not only with the answer to their next heartbeat. */
import { createListener } from '#db/listen.ts';
import { attemptChannel, stoppedAttempts } from '#db/queries/sync-jobs.ts';
import type { Log } from '#platform/log.ts';
import { PortalError } from '../failures.ts';

export interface AttemptStops {
  /** Aborts with a {@link PortalError} when this attempt is to stop; until `end`. */
  during(jobId: string, attempt: number): { signal: AbortSignal; end(): void };
  /** Resolves once it hears of stops. */
  listening(): Promise<void>;
  close(): Promise<void>;
}

/** `others`: who is told what comes on other channels of the same connection. */
export function createAttemptStops(
  databaseUrl: string,
  log: Log,
  others: Record<string, (payload: string) => void> = {},
): AttemptStops {
  const running = new Set<{ jobId: string; attempt: number; controller: AbortController }>();
  const listener = createListener({
    databaseUrl,
    channels: [attemptChannel, ...Object.keys(others)],
    log,
    onNotification(channel, payload) {
      if (channel !== attemptChannel) return others[channel]?.(payload);
      const stopped = stoppedAttempts(payload);
      for (const { jobId, attempt, controller } of running) {
        if (jobId === stopped.jobId && attempt < stopped.before)
          controller.abort(new PortalError('cancelled', 'this attempt is no longer wanted'));
      }
    },
  });
  return {
    during(jobId, attempt) {
      const entry = { jobId, attempt, controller: new AbortController() };
      running.add(entry);
      return { signal: entry.controller.signal, end: () => void running.delete(entry) };
    },
    listening: () => listener.listening(),
    close: () => listener.close(),
  };
}
