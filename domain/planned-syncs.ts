/** The syncs that come by themselves if all of them go well: what `domain/schedule.ts` makes of each after the other. Pure. */
import { scheduleAfter } from './schedule.ts';
import type { ScheduledAccount } from './schedule.ts';
import type { ScheduleReason } from './sync-states.ts';

export interface PlannedSync {
  at: number;
  reason: ScheduleReason;
}

/** The next ones, at most `most`; none while the user has to act first. */
export function plannedSyncs(account: ScheduledAccount, now: number, most: number): PlannedSync[] {
  const found: PlannedSync[] = [];
  for (let so = unpaused(account, now); found.length < most;) {
    const { connected, pausedReason, nextSyncAt, reason, revision } = so;
    if (!connected || pausedReason !== null || nextSyncAt === null) break;
    const at = Math.max(now, nextSyncAt);
    found.push({ at, reason: reason ?? 'interval' });
    const sync = { completedAt: at, errorCode: null, askedFor: reason === 'awaited', usedRevision: revision };
    const after = scheduleAfter(so, { type: 'sync_ended', sync }, { now: at, random: 0 });
    so = { ...so, ...after, lastSyncAt: at, lastRevision: revision };
  }
  return found;
}

function unpaused(account: ScheduledAccount, now: number): ScheduledAccount {
  const { pausedUntil } = account;
  if (pausedUntil === null) return account;
  return { ...account, ...scheduleAfter(account, { type: 'pause_ended' }, { now, random: 0 }) };
}
