/** What follows from syncs that fail for days: first a warning, in the end a pause. Pure rules. */
import type { FailureStreak } from './activities.ts';
import { policyOf } from './failure-kinds.ts';
import type { FailureKind } from './failure-kinds.ts';
import type { PausedReason, SyncWarning } from './sync-states.ts';
import type { LongFailureNotice } from './sync.ts';

const dayMs = 24 * 60 * 60_000;

/** Both must be reached: many failures, so that one long outage does not count; many days, so that a busy evening does not. */
interface Threshold {
  failures: number;
  days: number;
}

/** Days before the pause, so that somebody who only looks in on weekends sees it in time. */
const warnFrom: Threshold = { failures: 20, days: 4 };

/** A week without a success no longer mends itself; going on would only sign in at the portal for nothing. */
const pauseFrom: Threshold = { failures: 30, days: 7 };

export const noFailures: FailureStreak = { consecutiveFailures: 0, failingSince: null, warning: null };

/** The streak after a sync that ended at `endedAt`, and whether it has become too long to go on. Times in epoch ms. */
export function streakAfter(
  before: FailureStreak & { lastSyncAt: number | null },
  errorCode: FailureKind | null,
  endedAt: number,
): { streak: FailureStreak; tooLong: boolean } {
  if (errorCode === null) return { streak: noFailures, tooLong: false };
  const { consecutiveFailures, failingSince, warning, lastSyncAt } = before;
  // A sync that the user stopped, or that we could not run, says nothing about the portal.
  if (!policyOf(errorCode).counts) return { streak: { consecutiveFailures, failingSince, warning }, tooLong: false };
  // Failures counted without a known beginning began after the last success.
  const since = failingSince ?? (consecutiveFailures > 0 ? lastSyncAt : null) ?? endedAt;
  const reached = ({ failures, days }: Threshold) =>
    consecutiveFailures + 1 >= failures && endedAt - since >= days * dayMs;
  return {
    streak: {
      consecutiveFailures: consecutiveFailures + 1,
      failingSince: since,
      warning: reached(warnFrom) ? 'pausing_soon' : null,
    },
    tooLong: reached(pauseFrom),
  };
}

interface Standing {
  pausedReason: PausedReason | null;
  warning?: SyncWarning | null;
}

/** What the user should be told because the state of the streak has changed, or null. */
export function noticeOf(before: Standing, after: Standing): LongFailureNotice | null {
  if (after.pausedReason === 'repeated_failure' && before.pausedReason !== after.pausedReason)
    return after.pausedReason;
  return after.pausedReason === null && !before.warning ? (after.warning ?? null) : null;
}

/** Nothing that the user has done meanwhile makes it untrue. */
export function stillHolds(notice: LongFailureNotice, { pausedReason, warning }: Standing): boolean {
  return notice === (pausedReason ?? warning);
}
