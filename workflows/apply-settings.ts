/** What becomes of the schedule when interval, quiet hours or credentials were saved. */
import { patched } from '@temporalio/workflow';
import type { SyncSettings } from '#domain/activities.ts';
import { noFailures } from '#domain/failure-streak.ts';
import type { CarriedState } from './messages.ts';
import { patches } from './patches.ts';
import { nextSyncAfter } from '#domain/sync-schedule.ts';

/** Takes over what the rows say. New credentials make the next sync due at once and end a pause that bad ones caused. */
export function applySettings(state: CarriedState, settings: SyncSettings): void {
  const intervalChanged = settings.intervalMinutes !== state.intervalMinutes;
  const wasConnected = state.connected;
  state.connected = settings.connected;
  state.intervalMinutes = settings.intervalMinutes;
  // A pause belongs to the account that was connected; PostgreSQL forgot it with the credentials.
  const otherAccount = !wasConnected || !settings.connected;
  if (otherAccount && state.pausedReason !== null && patched(patches.unpauseDisconnected)) state.pausedReason = null;
  if (!settings.connected) {
    state.nextSyncAt = null;
  } else if (!wasConnected || settings.revision !== state.revision) {
    if (state.pausedReason !== 'user') state.pausedReason = null;
    Object.assign(state, noFailures);
    state.nextSyncAt = Date.now();
  } else if (state.nextSyncAt !== null) {
    if (intervalChanged) state.nextSyncAt = Math.max(Date.now(), lastEnd(state) + settings.intervalMinutes * 60_000);
    else undoQuietHours(state, state.nextSyncAt);
  }
}

/** Quiet hours may have put the next sync off. What they are now decides anew, as the schedule is recorded. */
function undoQuietHours(state: CarriedState, nextSyncAt: number): void {
  if (state.portalHeld === true) return;
  const { intervalMinutes, consecutiveFailures } = state;
  const errorCode = consecutiveFailures > 0 ? (state.lastJob?.errorCode ?? null) : null;
  const last = { completedAt: lastEnd(state), intervalMinutes, errorCode, consecutiveFailures };
  // No later than the latest jitter: nothing put it off.
  const [usual, latest] = [nextSyncAfter(last, 0.5), nextSyncAfter(last, 1)];
  if (usual === null || latest === null || nextSyncAt <= latest) return;
  if (patched(patches.dueWithoutQuietHours)) state.nextSyncAt = Math.max(Date.now(), usual);
}

function lastEnd({ lastJob }: CarriedState): number {
  return lastJob?.completedAt ? Date.parse(lastJob.completedAt) : Date.now();
}
