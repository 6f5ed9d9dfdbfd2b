/** The states of syncing, by their names on every wire and in the database. */
import { pausingKinds } from './failure-kinds.ts';

export const jobStatuses = ['pending', 'running', 'completed', 'failed'] as const;

export type JobStatus = (typeof jobStatuses)[number];

export const syncStates = ['not_connected', 'sleeping', 'pending', 'running', 'paused'] as const;

export type SyncState = (typeof syncStates)[number];

/** Why no sync happens by itself: the user's own pause, long failure, or a failure that only the user can mend. */
export const pausedReasons = ['user', 'repeated_failure', ...pausingKinds] as const;

export type PausedReason = (typeof pausedReasons)[number];

/** Who made a pause of the reason `user`, where it was not the user. */
export const pausedByNames = ['operator'] as const;

export type PausedBy = (typeof pausedByNames)[number];

/** Syncs have failed for days; before long they are paused as `repeated_failure`. */
export type SyncWarning = 'pausing_soon';

/** Why the next sync is due when it is. */
export const scheduleReasons = [
  /** The interval after the last one. */
  'interval',
  /** Longer than that, because the portal failed repeatedly. */
  'backoff',
  /** Sooner than that, because the last one found no worker. */
  'retry_soon',
  /** After the user's quiet hours. */
  'quiet_hours',
  /** The portal is down for many users. */
  'circuit_open',
  /** Somebody waits for it: the first one, the first with new credentials, or after a resume. */
  'awaited',
  /** The user wanted one more at this time. */
  'again',
  /** Sooner than the interval, because a rental is near and the user wants that. */
  'rental_near',
  /** It fell due in a pause that ended by itself. */
  'pause_ended',
] as const;

export type ScheduleReason = (typeof scheduleReasons)[number];

/** Of a job that is not over. A user has at most one. */
export const activeStatuses = ['pending', 'running'] as const satisfies JobStatus[];

interface HasStatus {
  status: JobStatus;
}

/** Waits for its start or runs. */
export function isActive(job: HasStatus | null | undefined): boolean {
  return job?.status === 'pending' || job?.status === 'running';
}

/** Has ended, one way or the other, and will not change. */
export function isFinal(job: HasStatus | null | undefined): boolean {
  return job?.status === 'completed' || job?.status === 'failed';
}
