/**
 * What runs and answers of the release before need. It goes with the patches that it asks for: CONTRIBUTING.md, rule 4.
 */
import { CancellationScope, condition, isCancellation, patched, sleep } from '@temporalio/workflow';
import type { StoredSyncState, SyncSettings } from '#domain/activities.ts';
import type { CarriedState } from './messages.ts';
import { patches } from './patches.ts';
import { stopActive } from './sync-entity.ts';
import type { ActiveSync } from './sync-entity.ts';

/** Settings that a run read before it had them applied to the schedule: what else follows comes with `recordSchedule`. */
export function noteSettings(state: CarriedState, settings: SyncSettings): void {
  const isOther = settings.revision !== state.revision;
  if (!(state.connected && settings.connected) && state.pausedReason !== null && patched(patches.unpauseDisconnected))
    state.pausedReason = null;
  else if (isOther && state.pausedReason !== 'user') state.pausedReason = null;
  if (isOther || !state.connected) state.nextSyncAt = null;
  Object.assign(state, { connected: settings.connected, intervalMinutes: settings.intervalMinutes });
  patched(patches.dueWithoutQuietHours);
}

/** No answer where there is no such user, and in runs of v0.1.0, which decided by themselves what is owed. */
export function dueUnanswered({ connected, pausedReason, nextSyncAt }: CarriedState): number | null {
  return connected && pausedReason === null ? (nextSyncAt ?? Date.now()) : nextSyncAt;
}

/** An answer that leaves it to the workflow to say what is due where nothing is. */
export function dueOnRestore(stored: StoredSyncState): number | null {
  const { connected, revision, lastRevision, pausedReason, nextSyncAt, scheduleReason } = stored;
  const isOwed = nextSyncAt === null || (revision !== lastRevision && pausedReason === null);
  return scheduleReason === undefined && connected && isOwed ? Date.now() : nextSyncAt;
}

/** Stops the sync when its time is over. Returns what ends the timer. */
export function limitByTimer(active: ActiveSync): () => void {
  const clock = new CancellationScope();
  const enforced = clock.run(async () => {
    await condition(() => active.begunAt !== null);
    await sleep(active.limitMs, { summary: 'Limit of one sync' });
    stopActive(active, 'limit');
  });
  enforced.catch((error: unknown) => {
    if (!isCancellation(error)) throw error;
  });
  return () => clock.cancel();
}
