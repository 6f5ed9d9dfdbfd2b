/** What a sync that ends does to the schedule, in view of the newest settings. Pure rules. */
import type { CloseSyncJobInput, SyncSettings } from '#domain/activities.ts';
import { afterQuietHours } from '#domain/quiet-hours.ts';
import type { SyncAccount } from './sync-settings.ts';

type Streak = Pick<SyncAccount, 'consecutiveFailures' | 'failingSince' | 'warning'>;
export type Schedule = Pick<SyncAccount, 'nextSyncAt' | 'pausedReason'> & Streak;

const noStreak: Streak = { consecutiveFailures: 0, failingSince: null, warning: null };

export function scheduleAfter(
  input: CloseSyncJobInput,
  account: SyncAccount,
  { intervalMinutes }: SyncSettings,
  usedRevision: number | null,
): Schedule {
  const { pausedReason, consecutiveFailures, completedAt, failingSince = null, warning = null } = input;
  if (!account.connected) return { nextSyncAt: null, pausedReason: null, ...noStreak };
  if (usedRevision !== null && usedRevision !== account.revision) {
    // Credentials that were saved while the sync ran: its failure is not theirs, and they are due at once.
    const stillPaused = pausedReason === 'user' ? pausedReason : null;
    return { nextSyncAt: new Date(completedAt), pausedReason: stillPaused, ...noStreak };
  }
  return {
    nextSyncAt: dueAfter(withNewestInterval(input, intervalMinutes), account),
    pausedReason,
    consecutiveFailures,
    failingSince: failingSince === null ? null : new Date(failingSince),
    warning,
  };
}

/** After a trial that the portal refused: the earlier credentials are as good as they were. */
export function scheduleAsBefore(
  { pausedReason, completedAt }: CloseSyncJobInput,
  { intervalMinutes }: SyncSettings,
  account: SyncAccount,
): Schedule {
  if (pausedReason === 'user') return { nextSyncAt: null, pausedReason, ...noStreak };
  return { nextSyncAt: dueAfter(completedAt + intervalMinutes * 60_000, account), pausedReason: null, ...noStreak };
}

/** The interval may have changed while the sync ran. The wait follows it, jitter and all; a back-off grows no longer. */
function withNewestInterval(input: CloseSyncJobInput, newest: number): number | null {
  const { nextSyncAt, completedAt, intervalMinutes: reckonedWith = newest } = input;
  if (nextSyncAt === null || reckonedWith === newest) return nextSyncAt;
  const waitMs = nextSyncAt - completedAt;
  const longestMs = Math.max(waitMs, newest * 60_000 * 1.02);
  return Math.round(completedAt + Math.min((waitMs * newest) / reckonedWith, longestMs));
}

/** Never in the user's quiet hours. */
function dueAfter(epochMs: number | null, { quiet }: SyncAccount): Date | null {
  return epochMs === null ? null : afterQuietHours(new Date(epochMs), quiet);
}
