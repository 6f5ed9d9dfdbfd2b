/** When the next sync is due, and whether a failed attempt is tried again. Pure rules over the table of failure kinds. */
import { policyOf } from './failure-kinds.ts';
import type { FailureKind } from './failure-kinds.ts';

const minuteMs = 60_000;

/** Repeated failures of the portal stretch the interval no further than this. */
const longestBackoffMs = 6 * 60 * minuteMs;

/** Spreads users who started together, as after an outage. Small, so that "every two hours" stays true. */
const jitterShare = 0.02;

/** How long a scheduled sync is held back while the portal's circuit is open. */
const holdMs = 10 * minuteMs;

/** Larger than the usual jitter: those who are held back come back over four minutes and not as a herd. */
const holdJitterShare = 0.2;

export interface FinishedSync {
  completedAt: number;
  intervalMinutes: number;
  /** Null after a success. */
  errorCode: FailureKind | null;
  /** Failures in a row, this one included; 0 after a success. */
  consecutiveFailures: number;
}

/** The next due time in epoch ms; null where the schedule stops until the user acts. `random` is in [0, 1). */
export function nextSyncAfter(sync: FinishedSync, random: number): number | null {
  const schedule = sync.errorCode === null ? 'keep' : policyOf(sync.errorCode).schedule;
  if (schedule === 'pause') return null;
  const intervalMs = sync.intervalMinutes * minuteMs;
  const waitMs = schedule === 'backoff' ? backedOff(intervalMs, sync.consecutiveFailures) : intervalMs;
  return sync.completedAt + jittered(waitMs, jitterShare, random);
}

/** When a sync that is held back at `now` tries again, in epoch ms. `random` is in [0, 1). */
export function heldBackUntil(now: number, random: number): number {
  return now + jittered(holdMs, holdJitterShare, random);
}

function jittered(ms: number, share: number, random: number): number {
  return Math.round(ms * (1 + share * (2 * random - 1)));
}

/** The first failure keeps the interval; each further one doubles it, up to the longest back-off. */
function backedOff(intervalMs: number, consecutiveFailures: number): number {
  const doubled = intervalMs * 2 ** Math.min(Math.max(consecutiveFailures - 1, 0), 10);
  return Math.max(intervalMs, Math.min(doubled, longestBackoffMs));
}

/** How long to wait before the attempt after `attempt` (1 for the first), or null where there is none. */
export function retryDelayMs(kind: FailureKind, attempt: number, retryAfterMs = 0): number | null {
  const delay = policyOf(kind).retryDelaysMs[attempt - 1];
  return delay === undefined ? null : Math.max(delay, retryAfterMs);
}
