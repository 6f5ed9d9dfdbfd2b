/** How the entity shows itself: the answer of `syncStatus`, and what operators read in the Temporal UI. */
import type { SyncJobSnapshot, SyncState, SyncStatus } from '#domain/sync.ts';
import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { searchAttributes } from './names.ts';
import { phaseText } from '#domain/phases.ts';
import type { PendingRequest } from './messages.ts';
import { isOpen } from './sync-entity.ts';
import type { SyncEntity } from './sync-entity.ts';

export function statusOf(entity: SyncEntity): SyncStatus {
  const { state } = entity;
  return {
    state: syncStateOf(entity),
    job: currentJob(entity),
    nextSyncAt: state.pausedReason === null ? isoOrNull(state.nextSyncAt) : null,
    lastSyncAt: isoOrNull(state.lastSyncAt),
    pausedReason: state.pausedReason,
    consecutiveFailures: state.consecutiveFailures,
    intervalMinutes: state.intervalMinutes,
    warning: state.pausedReason === null ? (state.warning ?? null) : null,
    portalHeld: isHeld(entity),
  };
}

function isHeld({ active, state }: SyncEntity): boolean {
  return active === null && state.pending === null && state.pausedReason === null && state.portalHeld === true;
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

/** Shows operators what this workflow does now. Costs no history: the UI asks for it. */
export function describe(entity: SyncEntity): void {
  const status = statusOf(entity);
  const lines = [
    `**${headline(entity)}**`,
    // The static summary says it, too, but stays behind at continue-as-new (SDK 1.24).
    `- User: ${entity.userId}`,
    `- Next sync: ${status.nextSyncAt ?? 'none'} (every ${status.intervalMinutes} min)`,
    `- Last successful sync: ${status.lastSyncAt ?? 'none yet'}`,
    `- Last job: ${lastResult(entity.state.lastJob)}`,
    `- Failures in a row: ${status.consecutiveFailures}${status.warning ? ', to be paused before long' : ''}`,
  ];
  if (status.portalHeld)
    lines.push('- Held back: the portal is down for many users (see `gibney_portal_circuit_open`)');
  setCurrentDetails(lines.join('\n'));
}

function headline(entity: SyncEntity): string {
  const { active, state } = entity;
  if (active) {
    const trigger = active.job.triggeredManually ? 'manual' : 'scheduled';
    return `${active.closing ? 'Closing' : active.job.progress} (${trigger} job ${active.job.id}, attempt ${active.attempt})`;
  }
  if (!state.connected) return 'No portal account connected';
  return state.pausedReason === null ? 'Sleeping' : `Paused: ${state.pausedReason}`;
}

function lastResult(job: SyncJobSnapshot | null): string {
  if (!job) return 'none yet';
  if (job.status === 'failed') return `${job.id} failed as ${job.errorCode} at ${job.completedAt}`;
  return `${job.id} synced ${job.bookingsSynced} bookings${job.partial ? ', with gaps,' : ''} at ${job.completedAt}`;
}

/** Makes the run findable in lists. Each call is one event and one visibility write, so it is for what lasts. */
export function index(entity: SyncEntity): void {
  const { syncStatus, syncErrorCode, syncFailures, nextSyncAt } = searchAttributes;
  const { state } = entity;
  const next = state.pausedReason === null ? state.nextSyncAt : null;
  upsertSearchAttributes([
    {
      key: syncStatus,
      value: entity.active && !entity.active.closing ? 'running' : syncStateOf({ ...entity, active: null }),
    },
    { key: syncErrorCode, value: state.lastJob?.errorCode ?? null },
    { key: syncFailures, value: state.consecutiveFailures },
    { key: nextSyncAt, value: next === null ? null : new Date(next) },
  ]);
}

function isoOrNull(epochMs: number | null): string | null {
  return epochMs === null ? null : new Date(epochMs).toISOString();
}
