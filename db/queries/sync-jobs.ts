/** Jobs as the user sees them: the newest state, the history, the logs; and the notification that wakes the watchers. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql, type Expression, type QueryCreator } from 'kysely';
import type { FailureKind } from '#domain/failure-kinds.ts';
import type { Phase } from '#domain/phases.ts';
import type { JobStatus } from '#domain/sync-states.ts';
import { decodeNumberCursor, decodeTimeCursor, encodeNumberCursor, encodeTimeCursor, page } from '../cursor.ts';
import type { JobRetryView, LogLevel } from '#domain/shapes/sync.ts';
import { given, kysely, now, prepared, type Database, type Row } from '../kysely.ts';
import { isUuid } from '#domain/ids.ts';
import { storable, storableJson } from '../text.ts';

const columnNames = [
  ...(['id', 'status', 'phase', 'done', 'total', 'attempt', 'bookingsSynced', 'added', 'changed', 'removed'] as const),
  ...([
    'partial',
    'unconfirmed',
    'lost',
    'expectedTotal',
    'expectedMs',
    'retry',
    'dryRun',
    'errorCode',
    'triggeredManually',
    'createdAt',
    'startedAt',
    'completedAt',
  ] as const),
];

/** A job as it is stored. Counts are rentals. */
export type SyncJobRow = Pick<Row<'sync_jobs'>, (typeof columnNames)[number]>;

/** Of `sync_jobs as j`. */
export const syncJobColumns = columnNames.map((name) => `j.${name}` as const);

/** The newest job of the `users as u` that it is joined to, for a lateral join as `j`. */
export const newestJob = (db: QueryCreator<Database>) =>
  db
    .selectFrom('sync_jobs as j')
    .select(syncJobColumns)
    .where('j.userId', '=', sql<string>`u.id`)
    .orderBy('j.createdAt', 'desc')
    .orderBy('j.id', 'desc')
    .limit(1);

/** What a row holds of a job that was joined to it. */
export function joinedJob(row: { [Name in keyof SyncJobRow]: SyncJobRow[Name] | null }): SyncJobRow | null {
  if (row.id === null) return null;
  return Object.fromEntries(columnNames.map((name) => [name, row[name]])) as unknown as SyncJobRow;
}

/** What PostgreSQL knows about a user's syncing at one moment. */
export interface LatestState
  extends
    Pick<Row<'users'>, 'intervalMinutes'>,
    Pick<
      Row<'portal_accounts'>,
      | 'pausedReason'
      | 'pausedUntil'
      | 'pausedBy'
      | 'nextSyncAt'
      | 'scheduleReason'
      | 'lastSyncAt'
      | 'consecutiveFailures'
    > {
  connected: boolean;
  warning: Row<'portal_accounts'>['syncWarning'];
  /** Credentials that no sync has used yet, and the first sync with them is due. */
  newCredentials: boolean;
  /** The newest job. */
  job: SyncJobRow | null;
}

/** In a statement: wakes whoever watches this user's syncs, when the transaction commits. */
export const statusNotified = (userId: Expression<string>) =>
  sql<unknown>`pg_notify('sync_status', ${userId}::text)`.as('notified');

export const attemptChannel = 'sync_attempts';

/** In a statement: the attempts of this job with lower numbers are to stop. */
export const earlierAttemptsStopped = (jobId: Expression<string>, attempt: Expression<number>) =>
  sql<unknown>`pg_notify(${sql.lit(attemptChannel)}, ${jobId} || ' ' || ${attempt})`.as('stopped');

/** This attempt and all before it are to stop, wherever they run. */
export async function stopAttempts(
  em: EntityManager,
  { jobId, attempt }: { jobId: string; attempt: number },
): Promise<void> {
  await kysely(em)
    .selectNoFrom((eb) => earlierAttemptsStopped(eb.val(jobId), eb.val(attempt + 1)))
    .execute();
}

/** What a notification of {@link attemptChannel} says. */
export function stoppedAttempts(payload: string): { jobId: string; before: number } {
  const [jobId = '', before] = payload.split(' ');
  return { jobId, before: Number(before) };
}

/** The same where a running sync made progress: the workflow knows nothing new. */
const progressNotified = (userId: Expression<string>) =>
  sql<unknown>`pg_notify('sync_progress', ${userId}::text)`.as('notified');

/** Wakes whoever watches this user's syncs, and whoever else is named. Within a transaction: when it commits. */
export async function notifyStatusChanged(
  em: EntityManager,
  userId: string,
  others: (typeof statusNotified)[] = [],
): Promise<void> {
  await kysely(em)
    .selectNoFrom((eb) => [statusNotified, ...others].map((notified) => notified(eb.val(userId))))
    .execute();
}

/** Notes how far a running attempt is, and notifies the watchers. One statement. */
export async function recordProgress(
  em: EntityManager,
  progress: { userId: string; jobId: string; attempt: number; phase: Phase; done: number; total: number | null },
): Promise<void> {
  const { userId, jobId, attempt, phase, done, total } = progress;
  await kysely(em)
    .updateTable('sync_jobs')
    .set({ phase, done, total })
    .where((eb) => eb.and({ id: jobId, userId, attempt, status: 'running' }))
    .returning((eb) => progressNotified(eb.ref('userId')))
    .execute();
}

/** Notes why the running attempt is not the last one, and notifies the watchers. One statement. */
export async function noteRetry(
  em: EntityManager,
  { userId, jobId, attempt, retry }: { userId: string; jobId: string; attempt: number; retry: JobRetryView },
): Promise<void> {
  await kysely(em)
    .updateTable('sync_jobs')
    .set({ retry })
    .where((eb) => eb.and({ id: jobId, userId, attempt, status: 'running' }))
    .returning((eb) => progressNotified(eb.ref('userId')))
    .execute();
}

/**
 * What the attempt that begins says about itself: of `sync_jobs as j`. An earlier attempt that said nothing was cut off;
 * one that never began, or is this very one, has nothing to explain.
 */
export const retryOfAttempt = (attempt: number) => sql<JobRetryView | null>`case
    when j.attempt = 0 then null
    when j.attempt = ${attempt}::int or (j.retry->>'attempt')::int > j.attempt
      then j.retry || jsonb_build_object('attempt', ${attempt}::int, 'nextTryAt', null)
    else jsonb_build_object('reason', 'interrupted', 'httpStatus', null, 'missing', null,
      'attempt', ${attempt}::int, 'of', null, 'nextTryAt', null)
  end`;

/**
 * Adds a line to a job's log; none where the job does not exist. Message and data are shown to the user: no secret, no
 * HTML. The user is locked before the job, as everywhere.
 */
export async function appendJobLog(
  em: EntityManager,
  line: Pick<Row<'sync_job_logs'>, 'jobId' | 'userId' | 'level' | 'phase' | 'message'> & {
    data?: Record<string, unknown> | null;
  },
): Promise<void> {
  const { jobId, userId, level, phase } = line;
  const data = line.data ? storableJson(line.data) : null;
  await kysely(em)
    .with('owner', (db) => db.selectFrom('users').select('id').where('id', '=', userId).forKeyShare())
    .insertInto('sync_job_logs')
    .columns(['jobId', 'userId', 'level', 'phase', 'message', 'data'])
    .expression((eb) =>
      eb
        .selectFrom('owner')
        .innerJoin('sync_jobs as j', 'j.userId', 'owner.id')
        .where('j.id', '=', jobId)
        .select([
          'j.id',
          'owner.id as userId',
          eb.val(level).as('level'),
          eb.val(phase).as('phase'),
          eb.val(storable(line.message)).as('message'),
          sql<Record<string, unknown> | null>`${data}::jsonb`.as('data'),
        ]),
    )
    .execute();
}

const latestState = prepared<{ userId: string }, LatestStateRow>((db, { userId }) =>
  db
    .selectFrom('users as u')
    .leftJoin('portal_accounts as a', 'a.userId', 'u.id')
    .leftJoinLateral(newestJob(db).as('j'), (join) => join.onTrue())
    .where('u.id', '=', userId)
    .select(syncJobColumns)
    .select((eb) => {
      const connected = eb('a.state', 'is not distinct from', 'connected').$castTo<boolean>();
      const due = eb.and([eb('a.pausedReason', 'is', null), eb('a.nextSyncAt', '<=', now)]);
      const unused = eb('a.revision', 'is distinct from', eb.ref('a.lastRevision'));
      return [
        connected.as('connected'),
        eb.fn.coalesce(eb.and([connected, due, unused]).$castTo<boolean>(), eb.lit(false)).as('newCredentials'),
        eb.fn.coalesce('a.consecutiveFailures', eb.lit(0)).as('consecutiveFailures'),
      ];
    })
    .select([
      'u.intervalMinutes',
      'a.pausedReason',
      'a.pausedUntil',
      'a.pausedBy',
      'a.nextSyncAt',
      'a.scheduleReason',
      'a.lastSyncAt',
    ])
    .select('a.syncWarning as warning'),
);

type LatestStateRow = Omit<LatestState, 'job'> & { [Name in keyof SyncJobRow]: SyncJobRow[Name] | null };

/** A user's schedule and newest job in one statement, so that they belong together. Null where there is no such user. */
export async function readLatestState(em: EntityManager, userId: string): Promise<LatestState | null> {
  if (!isUuid(userId)) return null;
  const [found] = await latestState(em, { userId });
  if (!found) return null;
  const { connected, intervalMinutes, pausedReason, nextSyncAt, scheduleReason, lastSyncAt, ...rest } = found;
  const { consecutiveFailures, warning, newCredentials, pausedUntil, pausedBy } = rest;
  return {
    ...{ connected, intervalMinutes, pausedReason, nextSyncAt, scheduleReason, lastSyncAt },
    ...{ pausedUntil, pausedBy, consecutiveFailures, warning, newCredentials, job: joinedJob(found) },
  };
}

/** One job of this user, or null: also for another user's job. */
export async function readJob(em: EntityManager, userId: string, jobId: string): Promise<SyncJobRow | null> {
  if (!isUuid(jobId)) return null;
  const job = kysely(em).selectFrom('sync_jobs as j').select(syncJobColumns);
  return (await job.where('j.id', '=', jobId).where('j.userId', '=', userId).executeTakeFirst()) ?? null;
}

export interface JobFilter {
  status?: JobStatus;
  /** Completed with gaps or a large loss, or without. */
  partial?: boolean;
  triggeredManually?: boolean;
  errorCode?: FailureKind;
}

type JobPage = JobFilter & { userId: string; after?: Date; afterId?: string; most: number };

const jobPage = prepared<JobPage, SyncJobRow>(
  (db, { userId, status, partial, triggeredManually, errorCode, ...rest }) => {
    const { after, afterId, most } = rest;
    return db
      .selectFrom('sync_jobs as j')
      .select(syncJobColumns)
      .where((eb) =>
        eb.and(
          given([
            eb('j.userId', '=', userId),
            status && eb('j.status', '=', status),
            partial !== undefined && eb('j.partial', '=', partial),
            triggeredManually !== undefined && eb('j.triggeredManually', '=', triggeredManually),
            errorCode && eb('j.errorCode', '=', errorCode),
            after && afterId && sql<boolean>`(j.created_at, j.id) < (${after}, ${afterId})`,
          ]),
        ),
      )
      .orderBy('j.createdAt', 'desc')
      .orderBy('j.id', 'desc')
      .limit(most);
  },
);

/** A user's jobs, newest first. Throws `BadCursorError`. */
export async function listJobs(
  em: EntityManager,
  userId: string,
  { limit, cursor, ...filter }: JobFilter & { limit: number; cursor?: string | null },
): Promise<{ jobs: SyncJobRow[]; nextCursor: string | null }> {
  const after = decodeTimeCursor('jobs', cursor);
  const found = await jobPage(em, { userId, ...filter, after: after?.at, afterId: after?.id, most: limit + 1 });
  const { items, nextCursor } = page(found, limit, ({ createdAt, id }) =>
    encodeTimeCursor('jobs', { at: createdAt, id }),
  );
  return { jobs: items, nextCursor };
}

const logColumns = ['id', 'at', 'level', 'phase', 'message', 'data'] as const;
export type JobLogRow = Pick<Row<'sync_job_logs'>, (typeof logColumns)[number]>;

/** The log of one job of this user, oldest line first; empty where the job is not this user's. Throws `BadCursorError`. */
export async function listJobLogs(
  em: EntityManager,
  userId: string,
  jobId: string,
  { level, limit, cursor }: { level?: LogLevel; limit: number; cursor?: string | null },
): Promise<{ logs: JobLogRow[]; nextCursor: string | null }> {
  const after = decodeNumberCursor('logs', cursor);
  if (!isUuid(jobId)) return { logs: [], nextCursor: null };
  const lines = kysely(em)
    .selectFrom('sync_job_logs')
    .select(logColumns)
    .where('id', '>', after)
    .where((eb) => eb.and({ jobId, userId, ...(level && { level }) }))
    .orderBy('id')
    .limit(limit + 1);
  const { items, nextCursor } = page(await lines.execute(), limit, ({ id }) => encodeNumberCursor('logs', id));
  return { logs: items, nextCursor };
}
