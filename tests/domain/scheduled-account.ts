/** An account in the middle of its days, and what the schedule makes of events. */
import { noFailures } from '#domain/failure-streak.ts';
import type { FailureKind } from '#domain/failure-kinds.ts';
import { scheduleAfter, type ScheduledAccount, type ScheduleEvent } from '#domain/schedule.ts';

export const [minute, hour] = [60_000, 3_600_000];
export const now = Date.UTC(2026, 10, 23, 12);

/** Synced before, every two hours; nothing special. */
export function account(values: Partial<ScheduledAccount> = {}): ScheduledAccount {
  return {
    userId: '2953b2c1-3992-4603-81f9-3cc0b9e2a6a1',
    connected: true,
    revision: 1,
    lastRevision: 1,
    intervalMinutes: 120,
    quiet: null,
    closerBefore: [],
    lastSyncAt: now - 2 * hour,
    nextSyncAt: now,
    reason: 'interval',
    pausedReason: null,
    pausedUntil: null,
    pausedBy: null,
    againAt: null,
    streak: noFailures,
    ...values,
  };
}

export const failures = (consecutiveFailures: number) => ({
  ...noFailures,
  consecutiveFailures,
  failingSince: now - hour,
});

export function after(event: ScheduleEvent, values: Partial<ScheduledAccount> = {}, random = 0.5) {
  return scheduleAfter(account(values), event, { now, random });
}

export function ended(errorCode: FailureKind | null, values: Partial<ScheduledAccount> = {}, random = 0.5) {
  const sync = { completedAt: now, errorCode, askedFor: true, usedRevision: 1 };
  return after({ type: 'sync_ended', sync }, values, random);
}
