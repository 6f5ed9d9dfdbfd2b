/** Syncs: a job, the status, the history and the logs. */
import { z } from 'zod';
import { failureKindNames } from '../failure-kinds.ts';
import { phases } from '../phases.ts';
import { stepKinds } from '../sync-timeline.ts';
import { jobStatuses, pausedByNames, pausedReasons, scheduleReasons, syncStates } from '../sync-states.ts';
import { changedValues, changeKind } from './change-kinds.ts';
import { count, flag, id, nextCursor, time } from './common.ts';

export const jobStatus = z.enum(jobStatuses, 'A status is pending, running, completed or failed.');
export const pausedReason = z.enum(pausedReasons);
export const errorCode = z.enum(failureKindNames);
export const logLevel = z.enum(['info', 'warn', 'error'], 'A level is info, warn or error.');

export const job = z.object({
  id,
  status: jobStatus,
  triggeredManually: flag,
  createdAt: time,
  startedAt: time.nullable(),
  completedAt: time.nullable(),
  bookingsSynced: count.nullable(),
  added: count.nullable(),
  changed: count.nullable(),
  removed: count.nullable(),
  partial: flag.meta({
    description:
      'Completed, but look at it: part of the list could not be read, or many rentals were missing (`unconfirmed`, `lost`).',
  }),
  unconfirmed: count.nullable().optional().meta({
    description: 'Past rentals that the list lacked all at once. They are kept until another sync agrees.',
  }),
  lost: count.nullable().optional().meta({
    description: 'Of `removed`: rentals that the list lacked all at once when it was read, and read again.',
  }),
  dryRun: flag.optional().meta({
    description: 'No booking was written: the counts say what a sync would have done, and the log has the changes.',
  }),
  errorCode: errorCode.nullable(),
  /** What happened and what to do. For `internal` it ends with the job's id as a reference. */
  errorMessage: z.string().nullable(),
});

/** Why a sync reads once more. */
const jobRetry = z.object({
  reason: z.enum(['confirming', ...failureKindNames]).meta({
    description: 'What the attempt before failed as; `confirming` where its list lacked rentals and is read again.',
  }),
  httpStatus: z.int().nullable().meta({ description: 'What Gibney answered.' }),
  missing: count.nullable().meta({ description: 'Rentals that the list lacked.' }),
  attempt: count.meta({ description: 'The attempt that comes next or runs.' }),
  of: count.nullable().meta({ description: 'Attempts in all, while they fail the same way.' }),
  nextTryAt: time.nullable().meta({ description: 'Null once the attempt has begun.' }),
});

/**
 * The job that a person looks at: the running or pending one, else the last. Temporal carries it, too: what is renamed here
 * is no longer found in a running workflow.
 */
export const statusJob = job.omit({ createdAt: true, added: true, changed: true, removed: true }).extend({
  phase: z.enum(phases),
  progress: z.string().meta({ description: 'The phase as a sentence.' }),
  done: count.meta({ description: 'Rentals so far.' }),
  total: count.nullable(),
  expected: z.object({ total: count, ms: count }).nullable().optional().meta({
    description: 'How many rentals the last complete sync read, and how long it took. Only while the sync runs.',
  }),
  retry: jobRetry.nullable().optional().meta({ description: 'Only while the sync runs.' }),
});

/** One consistent snapshot: what it calls final is final in the database as well. */
export const syncStatus = z.object({
  job: statusJob.nullable(),
  lastSyncAt: time.nullable(),
  nextSyncAt: time.nullable(),
  state: z.enum(syncStates),
  pausedReason: pausedReason.nullable(),
  pausedUntil: time.nullable().optional().meta({
    description: 'When your own pause ends by itself; null where it does not.',
  }),
  pausedBy: z.enum(pausedByNames).nullable().optional().meta({
    description: 'Who made a pause of the reason `user`, where it was not you: the operators of this service.',
  }),
  consecutiveFailures: count,
  warning: z.literal('pausing_soon').nullable().meta({
    description: 'Syncs have failed for days; before long they are paused as `repeated_failure`.',
  }),
  scheduleReason: z.enum(scheduleReasons).nullable().meta({
    description: 'Why the next sync is due when it is; one that is asked for starts at once. Null while none waits.',
  }),
  intervalMinutes: z.int(),
  live: flag.meta({ description: 'False while the sync service does not answer: the last known state.' }),
});

/** What comes by itself if all goes well. */
export const syncSchedule = z
  .object({
    pausedUntil: time.nullable().meta({ description: 'When your own pause ends by itself; null where it does not.' }),
    againAt: time.nullable().meta({ description: 'One more sync that you asked for at this time.' }),
    syncs: z.array(z.object({ at: time, reason: z.enum(scheduleReasons) })).meta({
      description: 'The next five, and why they are due. None while you have to act first.',
    }),
  })
  .meta({ id: 'SyncSchedule' });

export const history = z.object({ jobs: z.array(job), nextCursor }).meta({ id: 'History' });

/** A change that a dry run found and did not make. */
export const plannedChange = z.object({
  kind: changeKind,
  recordId: z.string(),
  name: z.string(),
  before: changedValues,
  after: changedValues,
});

export const jobLog = z.object({
  id: z.coerce.string<number>(),
  at: time,
  level: logLevel,
  phase: z.string().nullable(),
  message: z.string(),
  changes: z
    .array(plannedChange)
    .optional()
    .meta({ description: 'What a sync would change, where this was a dry run.' }),
});

export const jobLogs = z.object({ logs: z.array(jobLog), nextCursor }).meta({ id: 'Logs' });

/** The steps of a sync, one after the other. */
export const timeline = z
  .object({
    steps: z.array(
      z.object({
        kind: z.enum(stepKinds),
        fromMs: count.meta({ description: 'Since the sync was asked for.' }),
        ms: count,
        usualMs: count.nullable().meta({ description: 'The median of up to twenty syncs before it.' }),
      }),
    ),
    runUrl: z.url().nullable().meta({ description: 'Of the run in the Temporal UI, for operators.' }),
  })
  .meta({ id: 'Timeline' });

export type TimelineView = z.output<typeof timeline>;

/** How the portal does for everybody, without anybody's data. */
export const portalHealth = z
  .object({
    state: z.enum(['fine', 'slow', 'down']).meta({
      description: 'Slow or failing for at least five users and half of all: `down` holds scheduled syncs back.',
    }),
    since: time.nullable(),
  })
  .meta({ id: 'PortalHealth' });

export type PortalHealthView = z.output<typeof portalHealth>;
export type LogLevel = z.output<typeof logLevel>;
export type SyncScheduleView = z.output<typeof syncSchedule>;
export type JobView = z.output<typeof job>;
export type JobRetryView = z.output<typeof jobRetry>;
export type StatusJobView = z.output<typeof statusJob>;
export type StatusView = z.output<typeof syncStatus>;
export type PlannedChange = z.output<typeof plannedChange>;
export type JobLogView = z.output<typeof jobLog>;
