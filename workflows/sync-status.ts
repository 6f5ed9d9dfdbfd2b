/** How the entity shows itself: the answer of `syncStatus`, and what operators read in the Temporal UI. */
import type { ScheduleReason, SyncState } from '#domain/sync-states.ts';
import type { SyncJobSnapshot, SyncStatus } from '#domain/sync.ts';
import { setCurrentDetails, upsertSearchAttributes as upsert } from '@temporalio/workflow';
import type { SearchAttributePair } from '@temporalio/common';
import { searchAttributes } from './names.ts';
import { phaseText } from '#domain/phases.ts';
import type { CarriedState, PendingRequest } from './messages.ts';
import { isOpen } from './sync-entity.ts';
import type { SyncEntity } from './sync-entity.ts';

export function statusOf(entity: SyncEntity): SyncStatus {
  const { active, state } = entity;
  const scheduleReason = scheduleReasonOf(entity);
  return {
    state: syncStateOf(entity),
    job: currentJob(entity),
    nextSyncAt: state.pausedReason === null ? isoOrNull(state.nextSyncAt) : null,
    lastSyncAt: isoOrNull(state.lastSyncAt),
    pausedReason: state.pausedReason,
    pausedUntil: state.pausedReason === 'user' ? isoOrNull(state.pausedUntil ?? null) : null,
    ...(state.pausedReason === 'user' && state.pausedBy && { pausedBy: state.pausedBy }),
    consecutiveFailures: state.consecutiveFailures,
    intervalMinutes: state.intervalMinutes,
    warning: state.pausedReason === null ? (state.warning ?? null) : null,
    scheduleReason,
    portalHeld: scheduleReason === 'circuit_open',
    ...(state.pending && active && isOpen(active) && { queuedJobId: state.pending.jobId }),
  };
}

/** Null while no request waits. */
function scheduleReasonOf(entity: SyncEntity): ScheduleReason | null {
  const { nextSyncAt, scheduleReason, portalHeld } = entity.state;
  if (nextSyncAt === null || syncStateOf(entity) !== 'sleeping') return null;
  return scheduleReason ?? (portalHeld === true ? 'circuit_open' : null);
}

function syncStateOf(entity: SyncEntity): SyncState {
  const { active, state } = entity;
  if (active && (isOpen(active) || !state.pending)) return active.job.status === 'pending' ? 'pending' : 'running';
  if (state.pending) return 'pending';
  if (!state.connected) return 'not_connected';
  return state.pausedReason === null ? 'sleeping' : 'paused';
}

/** While a sync is being stopped or closed, a request that came meanwhile is the one that somebody waits for. */
function currentJob({ active, state }: SyncEntity): SyncJobSnapshot | null {
  if (state.pending && (!active || !isOpen(active))) return pendingJob(state.pending);
  return active?.job ?? state.lastJob;
}

export function pendingJob({ jobId, triggeredManually }: PendingRequest): SyncJobSnapshot {
  const counts = { done: 0, total: null };
  return {
    id: jobId,
    status: 'pending',
    phase: 'initializing',
    progress: phaseText('initializing', counts),
    ...counts,
    bookingsSynced: null,
    startedAt: null,
    completedAt: null,
    triggeredManually,
    errorCode: null,
    partial: false,
  };
}

/** Shows operators what this workflow is doing now. Costs no history: the UI asks for it. */
export function updateDetails(entity: SyncEntity): void {
  const status = statusOf(entity);
  const lines = [
    `**${headline(entity)}**`,
    // The static summary says it, too, but goes stale at continue-as-new (SDK 1.24).
    `- User: ${userText(entity)}`,
    `- Next sync: ${timeText(entity.state.pausedReason === null ? entity.state.nextSyncAt : null)}${whyText(status)} (every ${status.intervalMinutes} min)`,
    `- Last successful sync: ${timeText(entity.state.lastSyncAt)}`,
    `- Last job: ${lastResult(entity.state.lastJob)}`,
    `- Failures in a row: ${status.consecutiveFailures}${status.warning ? ', to be paused before long' : ''}`,
  ];
  setCurrentDetails(lines.join('\n'));
}

function userText({ userId, state: { consoleUrl } }: SyncEntity): string {
  return consoleUrl ? `[${userId}](${consoleUrl}/operate/users/${userId})` : userId;
}

const whyTexts: Partial<Record<ScheduleReason, string>> = {
  backoff: ', later than usual because the portal fails',
  retry_soon: ', sooner than usual because we failed',
  quiet_hours: ', after the quiet hours',
  again: ', as the user wanted it',
  rental_near: ', sooner because a rental is near',
  pause_ended: ', owed after a pause',
  circuit_open: ', put off because the portal is down for many users (see `gibney_portal_circuit_open`)',
};

function whyText({ scheduleReason }: SyncStatus): string {
  return (scheduleReason && whyTexts[scheduleReason]) ?? '';
}

function headline(entity: SyncEntity): string {
  const { active, state, restored } = entity;
  if (!restored) return 'Reads from the database what was before';
  if (active) {
    const trigger = active.job.triggeredManually ? 'manual' : 'scheduled';
    return `${active.closing ? 'Closing' : active.job.progress} (${trigger} job ${active.job.id}, attempt ${active.attempt})`;
  }
  if (!state.connected) return 'No portal account connected';
  if (state.pausedReason === null) return 'Sleeping';
  const by = state.pausedBy ? ` (by the ${state.pausedBy})` : '';
  return `Paused: ${state.pausedReason}${by}${state.pausedUntil ? ` until ${timeText(state.pausedUntil)}` : ''}`;
}

function lastResult(job: SyncJobSnapshot | null): string {
  if (!job) return 'none yet';
  if (job.status === 'failed') return `${job.id} failed as ${job.errorCode} at ${endOf(job)}`;
  return `${job.id} synced ${job.bookingsSynced} bookings${job.partial ? ', with warnings,' : ''} at ${endOf(job)}`;
}

function endOf({ completedAt }: SyncJobSnapshot): string {
  return timeText(completedAt === null ? null : Date.parse(completedAt));
}

/** Makes the run findable in lists. Each call is an action, an event and a visibility write, so it is only for what lasts. */
export function upsertSearchAttributes(entity: SyncEntity): void {
  upsert(attributesOf(entity));
}

/** What the run is found by; null where it is to be found by nothing. */
export function attributesOf(entity: SyncEntity): SearchAttributePair[] {
  const { syncStatus, syncErrorCode, syncFailures, nextSyncAt } = searchAttributes;
  const { state } = entity;
  const next = state.pausedReason === null ? state.nextSyncAt : null;
  return [
    {
      key: syncStatus,
      value: entity.active && !entity.active.closing ? 'running' : syncStateOf({ ...entity, active: null }),
    },
    { key: syncErrorCode, value: state.lastJob?.errorCode ?? null },
    { key: syncFailures, value: state.consecutiveFailures },
    { key: nextSyncAt, value: next === null ? null : new Date(next) },
  ] as SearchAttributePair[];
}

/** Each time that is set, as people read it. */
export function timesOf({ nextSyncAt, lastSyncAt, pausedUntil, failingSince }: CarriedState): Record<string, string> {
  const times = { nextSyncAt, lastSyncAt, pausedUntil, failingSince };
  const isSet = (entry: [string, number | null | undefined]): entry is [string, number] => typeof entry[1] === 'number';
  return Object.fromEntries(
    Object.entries(times)
      .filter(isSet)
      .map(([name, at]) => [name, timeText(at)]),
  );
}

/** As people read it; what is carried and what activities take and give are epochs. */
export function timeText(epochMs: number | null): string {
  return epochMs === null ? 'none' : `${new Date(epochMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function isoOrNull(epochMs: number | null): string | null {
  return epochMs === null ? null : new Date(epochMs).toISOString();
}
