/** Jobs as the user sees them: the newest state, the history, the logs; and the bell that wakes the watchers. */
import type { JobStatus, PausedReason, SyncWarning } from '#domain/sync.ts';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { FailureKind } from '#domain/failure-kinds.ts';
import type { Phase } from '#domain/phases.ts';
import { decodeNumberCursor, decodeTimeCursor, encodeNumberCursor, encodeTimeCursor, page } from '../cursor.ts';
import type { LogLevel } from '../entities/sync-job-log.ts';
import { affected, allOf, firstRow, isUuid, rows, sql, withTimes, type AsRead } from '../sql.ts';
import { storable, storableJson } from '../text.ts';

/** A job as it is stored. Counts are rentals. */
export interface SyncJobRow {
  id: string;
  status: JobStatus;
  phase: Phase;
  done: number;
  total: number | null;
  attempt: number;
  bookingsSynced: number | null;
  added: number | null;
  changed: number | null;
  removed: number | null;
  /** Completed with gaps. */
  partial: boolean;
  errorCode: FailureKind | null;
  triggeredManually: boolean;
  createdAt: Date;
  startedAt: Date | null;
  completedAt: Date | null;
}

/** What PostgreSQL knows of a user's syncing, as of one moment. */
export interface LatestState {
  connected: boolean;
  /** Null: the interval of the configuration. */
  intervalMinutes: number | null;
  pausedReason: PausedReason | null;
  nextSyncAt: Date | null;
  lastSyncAt: Date | null;
  consecutiveFailures: number;
  warning: SyncWarning | null;
  /** Credentials that no sync has used yet, and the first sync with them is due. */
  newCredentials: boolean;
  /** The newest job. */
  job: SyncJobRow | null;
}

export interface JobLogRow {
  id: number;
  at: Date;
  level: LogLevel;
  phase: Phase;
  message: string;
  data: Record<string, unknown> | null;
}

/** Wakes whoever watches this user's syncs. Within a transaction: when it commits. */
export async function notifyStatusChanged(em: EntityManager, userId: string): Promise<void> {
  await rows(em, sql`select pg_notify('sync_status', ${userId})`);
}

/** Notes how far a running attempt is, for when the workflow cannot be asked, and notifies the watchers. One statement. */
export async function recordProgress(
  em: EntityManager,
  progress: { userId: string; jobId: string; attempt: number; phase: Phase; done: number; total: number | null },
): Promise<void> {
  const { userId, jobId, attempt, phase, done, total } = progress;
  await rows(
    em,
    sql`with job as (
          update sync_jobs set phase = ${phase}, done = ${done}, total = ${total}
          where id = ${jobId} and user_id = ${userId} and status = 'running' and attempt = ${attempt}
          returning user_id
        )
        select pg_notify('sync_status', user_id::text) from job`,
  );
}

/**
 * Adds a line to a job's log; none where the job is not there. Message and data are shown to the user: no secret, no
 * HTML. The user is locked before the job, as everywhere.
 */
export async function appendJobLog(
  em: EntityManager,
  line: {
    jobId: string;
    userId: string;
    level: LogLevel;
    phase: Phase;
    message: string;
    data?: Record<string, unknown> | null;
  },
): Promise<void> {
  const { jobId, userId, level, phase } = line;
  const message = storable(line.message);
  const data = line.data ? storableJson(line.data) : null;
  await affected(
    em,
    sql`with owner as (select id from users where id = ${userId} for key share)
        insert into sync_job_logs (job_id, user_id, level, phase, message, data)
        select j.id, owner.id, ${level}, ${phase}, ${message}, ${data}::jsonb
        from owner join sync_jobs j on j.user_id = owner.id where j.id = ${jobId}`,
  );
}

export const jobColumns = sql`j.id, j.status, j.phase, j.done, j.total, j.attempt, j.bookings_synced as "bookingsSynced",
  j.added, j.changed, j.removed, j.partial, j.error_code as "errorCode", j.triggered_manually as "triggeredManually",
  j.created_at as "createdAt", j.started_at as "startedAt", j.completed_at as "completedAt"`;

export const jobTimes = ['createdAt', 'startedAt', 'completedAt'] as const;

type Schedule = Omit<LatestState, 'job'>;

/** A user's schedule and newest job in one statement, so that they belong together. Null where there is no such user. */
export async function readLatestState(em: EntityManager, userId: string): Promise<LatestState | null> {
  if (!isUuid(userId)) return null;
  const found = await firstRow<AsRead<Schedule> & { job: AsRead<SyncJobRow> | null }>(
    em,
    sql`select coalesce(a.state = 'connected', false) as connected, u.interval_minutes as "intervalMinutes",
          a.paused_reason as "pausedReason", a.next_sync_at as "nextSyncAt", a.last_sync_at as "lastSyncAt",
          coalesce(a.consecutive_failures, 0) as "consecutiveFailures", a.sync_warning as "warning",
          coalesce(a.state = 'connected' and a.paused_reason is null and a.next_sync_at <= now()
            and a.revision is distinct from a.last_revision, false) as "newCredentials",
          (select to_jsonb(newest) from (
            select ${jobColumns} from sync_jobs j where j.user_id = u.id order by j.created_at desc, j.id desc limit 1
          ) newest) as job
        from users u left join portal_accounts a on a.user_id = u.id
        where u.id = ${userId}`,
  );
  if (!found) return null;
  const { job, ...schedule } = found;
  return {
    ...withTimes<Schedule>(schedule, 'nextSyncAt', 'lastSyncAt'),
    job: job && withTimes<SyncJobRow>(job, ...jobTimes),
  };
}

/** One job of this user, or null: another user's job is not found either. */
export async function readJob(em: EntityManager, userId: string, jobId: string): Promise<SyncJobRow | null> {
  if (!isUuid(jobId)) return null;
  const found = await firstRow<AsRead<SyncJobRow>>(
    em,
    sql`select ${jobColumns} from sync_jobs j where j.id = ${jobId} and j.user_id = ${userId}`,
  );
  return found && withTimes<SyncJobRow>(found, ...jobTimes);
}

export interface JobFilter {
  status?: JobStatus;
  /** Completed with gaps, or without. */
  partial?: boolean;
  triggeredManually?: boolean;
  errorCode?: FailureKind;
}

/** A user's jobs, newest first. Throws `BadCursorError`. */
export async function listJobs(
  em: EntityManager,
  userId: string,
  { limit, cursor, ...filter }: JobFilter & { limit: number; cursor?: string | null },
): Promise<{ jobs: SyncJobRow[]; nextCursor: string | null }> {
  const after = decodeTimeCursor('jobs', cursor);
  const found = await rows<AsRead<SyncJobRow>>(
    em,
    sql`select ${jobColumns} from sync_jobs j
        where ${allOf([
          sql`j.user_id = ${userId}`,
          ...jobConditions(filter),
          after && sql`(j.created_at, j.id) < (${after.at}::timestamptz, ${after.id}::uuid)`,
        ])}
        order by j.created_at desc, j.id desc limit ${limit + 1}`,
  );
  const { items, nextCursor } = page(
    found.map((job) => withTimes<SyncJobRow>(job, ...jobTimes)),
    limit,
    ({ createdAt, id }) => encodeTimeCursor('jobs', { at: createdAt, id }),
  );
  return { jobs: items, nextCursor };
}

function jobConditions({ status, partial, triggeredManually, errorCode }: JobFilter) {
  return [
    status && sql`j.status = ${status}`,
    partial !== undefined && sql`j.partial = ${partial}`,
    triggeredManually !== undefined && sql`j.triggered_manually = ${triggeredManually}`,
    errorCode && sql`j.error_code = ${errorCode}`,
  ];
}

/** The log of one job of this user, oldest line first; empty where the job is not this user's. Throws `BadCursorError`. */
export async function listJobLogs(
  em: EntityManager,
  userId: string,
  jobId: string,
  { level, limit, cursor }: { level?: LogLevel; limit: number; cursor?: string | null },
): Promise<{ logs: JobLogRow[]; nextCursor: string | null }> {
  const after = decodeNumberCursor('logs', cursor);
  if (!isUuid(jobId)) return { logs: [], nextCursor: null };
  const found = await rows<AsRead<JobLogRow>>(
    em,
    sql`select id::float8 as id, at, level, phase, message, data from sync_job_logs
        where ${allOf([
          sql`job_id = ${jobId} and user_id = ${userId} and id > ${after}`,
          level && sql`level = ${level}`,
        ])}
        order by id limit ${limit + 1}`,
  );
  const { items, nextCursor } = page(
    found.map((line) => withTimes<JobLogRow>(line, 'at')),
    limit,
    ({ id }) => encodeNumberCursor('logs', id),
  );
  return { logs: items, nextCursor };
}
