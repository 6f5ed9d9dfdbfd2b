/** How a run waits: until a sync is due or asked for, keeping the schedule written down meanwhile. */
import { condition, patched, uuid4, workflowInfo } from '@temporalio/workflow';
import { readSyncState, recordSchedule } from './activity-options.ts';
import { patches } from './patches.ts';
import { dueUnanswered, noteSettings } from './release-before.ts';
import { endPause, hasUnwritten, nothingUnwritten, scheduleTime, takeSchedule } from './sync-entity.ts';
import type { SyncEntity } from './sync-entity.ts';
import { timeText, updateDetails, upsertSearchAttributes } from './sync-status.ts';

/** A run whose history has grown this long while it waited goes on in a new one, long before the server would ask for it. */
const longestHistory = 400;

/** At this age a run that waits for its user goes on in a new one with the next message, so that it follows the code. */
const longestWaitMs = 24 * 60 * 60_000;

/**
 * Returns with a pending request, asked for or due, or without one where this run should end all the same.
 *
 * A fired timer says that the sync is due; looking at the clock does not: in the task of a timer `Date.now()` may be
 * the time of the task before (docs/temporal-stale-time.md), and a run that once decided by that cannot be replayed.
 */
export async function sleepUntilDue(entity: SyncEntity): Promise<void> {
  const { state } = entity;
  while (!entity.stopRequested && state.pending === null) {
    await persistSchedule(entity);
    // A request may have come while the line above waited; it must not be overwritten.
    const next = isDue(entity)
      ? 'due'
      : hasGrownLong() || hasGrownOld(entity)
        ? 'long enough'
        : await sleepOrWake(entity);
    if (next === 'due') state.pending ??= { jobId: uuid4(), triggeredManually: false, options: {} };
    else if (next === 'long enough') return;
  }
}

async function sleepOrWake(entity: SyncEntity): Promise<'due' | 'woken' | 'long enough'> {
  const { state } = entity;
  const isCalled = () => state.pending !== null || hasUnwritten(entity) || entity.stopRequested;
  // Messages that change nothing count, too: the server takes 10,000 signals a run, and then no resume either.
  const isWoken = () => isCalled() || hasGrownLong();
  const dueAt = dueAtOf(entity);
  updateDetails(entity);
  if (isCalled()) return 'woken';
  const endsAt = pauseEndOf(entity);
  const wakesAt = dueAt ?? endsAt;
  const renews = wakesAt !== null || (!patched(patches.waitWithoutTimer) && patched(patches.renewWaitingRuns));
  const untilMs = wakesAt ?? workflowInfo().runStartTime.getTime() + longestWaitMs;
  const summary = wakesAt === null ? 'Fresh run' : `${dueAt ? 'Next sync' : 'Pause ends'} at ${timeText(wakesAt)}`;
  const woken = renews
    ? await condition(isWoken, Math.max(1, untilMs - Date.now()), { summary })
    : await condition(isWoken).then(() => true);
  if (!woken && endsAt !== null) {
    endPause(entity);
    return 'woken';
  }
  if (!woken) return dueAt === null ? 'long enough' : 'due';
  return !isCalled() && patched(patches.renewWaitingRuns) ? 'long enough' : 'woken';
}

function hasGrownLong(): boolean {
  return workflowInfo().historyLength > longestHistory;
}

/** Asked only where there is no timer, whose task may see the time of the one before. */
function hasGrownOld(entity: SyncEntity): boolean {
  const hasTimer = dueAtOf(entity) !== null || pauseEndOf(entity) !== null;
  const isOld = !hasTimer && Date.now() - workflowInfo().runStartTime.getTime() > longestWaitMs;
  return isOld && patched(patches.waitWithoutTimer);
}

/** Null while no sync happens by itself. */
function dueAtOf({ state }: SyncEntity): number | null {
  return state.connected && state.pausedReason === null ? state.nextSyncAt : null;
}

/** Null while only the user can end the pause, and in runs that know of nothing else. */
function pauseEndOf({ state }: SyncEntity): number | null {
  const { connected, pausedReason, pausedUntil = null } = state;
  const ends = connected && pausedReason === 'user' && pausedUntil !== null && patched(patches.pauseUntil);
  return ends ? pausedUntil : null;
}

function isDue(entity: SyncEntity): boolean {
  const dueAt = dueAtOf(entity);
  return dueAt !== null && dueAt <= Date.now();
}

/** Has the events outside a sync written, and takes over what they make of the schedule. */
export async function persistSchedule(entity: SyncEntity): Promise<void> {
  const { state, userId } = entity;
  while (!entity.stopRequested && hasUnwritten(entity)) {
    const unwritten = entity.unwritten;
    const { intervalMinutes } = state;
    entity.unwritten = nothingUnwritten();
    if (unwritten.settingsChanged && !patched(patches.settingsInOneStep))
      noteSettings(state, await readSyncState({ userId }));
    const written = await recordSchedule({ userId, intervalMinutes, ...unwritten, now: scheduleTime(entity) });
    if (written) takeSchedule(entity, written);
    else state.nextSyncAt = dueUnanswered(state);
    if (patched(patches.indexBetweenSyncs)) upsertSearchAttributes(entity);
  }
}
