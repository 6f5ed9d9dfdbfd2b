/** What went wrong in an attempt, in the terms of the table of kinds. */
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  TemporalFailure,
  TimeoutFailure,
} from '@temporalio/workflow';
import type { ScrapeFailureDetails } from '#domain/activities.ts';
import { isFailureKind } from '#domain/failure-kinds.ts';
import type { FailureKind } from '#domain/failure-kinds.ts';
import type { ActiveSync } from './sync-entity.ts';

/** What the job failed as, after everything that could be tried was tried. */
export function failureOf(error: unknown, active: ActiveSync): FailureKind {
  if (active.stoppedBy === 'user') return 'cancelled';
  if (active.stoppedBy === 'stop') return 'interrupted';
  // The limit cut off an attempt that ran, unless the last one still waited for a worker.
  if (active.stoppedBy === 'limit') return attemptBegan(active) ? 'timed_out' : (active.lastFailure ?? 'timed_out');
  return kindOf(error, active);
}

function attemptBegan({ attempt, reported }: ActiveSync): boolean {
  return reported.attempt === attempt;
}

/** The kind of an attempt's failure. An error of our own workflow code is not one: it fails the task, to be mended. */
export function kindOf(error: unknown, { lastFailure }: Pick<ActiveSync, 'lastFailure'>): FailureKind {
  if (!(error instanceof TemporalFailure)) throw error;
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof TimeoutFailure) return kindOfTimeout(cause, lastFailure);
  // It would have been tried again, but not within the limit of the sync.
  if (error instanceof ActivityFailure && error.retryState === 'TIMEOUT') return 'timed_out';
  if (isInterruption(error)) return 'interrupted';
  if (cause instanceof ApplicationFailure && isFailureKind(cause.type)) return cause.type;
  return 'internal';
}

/** A retry that no worker took in time: the job says what made it one. */
function kindOfTimeout({ timeoutType }: TimeoutFailure, lastFailure: FailureKind | null): FailureKind {
  if (timeoutType === 'SCHEDULE_TO_START') return lastFailure ?? 'no_capacity';
  return timeoutType === 'HEARTBEAT' ? 'interrupted' : 'timed_out';
}

/** A worker that shut down, or an operator who stopped the attempt: the workflow itself was not cancelled. */
export function isInterruption(error: unknown): boolean {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  if (cause instanceof CancelledFailure) return !CancellationScope.current().consideredCancelled;
  return cause instanceof ApplicationFailure && cause.type === 'WorkerShutdown';
}

export function detailsOf(error: unknown): ScrapeFailureDetails | null {
  const cause = error instanceof ActivityFailure ? error.cause : undefined;
  const first: unknown = cause instanceof ApplicationFailure ? cause.details?.[0] : undefined;
  return typeof first === 'object' && first !== null ? (first as ScrapeFailureDetails) : null;
}
