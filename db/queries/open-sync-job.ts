import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { OpenedSyncJob, OpenSyncJobInput } from '#domain/activities.ts';
import { isAwaited, scheduleAfter } from '#domain/schedule.ts';
import { isUuid } from '#domain/ids.ts';
import { derivedId } from '../derived-id.ts';
import { kysely, type Row } from '../kysely.ts';
import { interruptActiveJobs } from './left-over-jobs.ts';
import { holdsBack } from './portal-circuit.ts';
import { isLate, reschedule } from './schedule.ts';
import { awaitedNotified } from './awaited-syncs.ts';
import { notifyStatusChanged } from './sync-jobs.ts';
import { lockSyncAccount, settingsFrom, type SyncAccount, type SyncDefaults } from './sync-settings.ts';

type Input = OpenSyncJobInput & { workflowRunId?: string | null };

/**
 * Inserts the job as `pending`; a second call changes nothing. Any other active job of the user was left over by a crash
 * and is closed as `interrupted`. No job is made without credentials, nor where a scheduled sync is put off: by the
 * portal's circuit, by the user's quiet hours, or because this schedule is newer than the workflow's. Notifies the watchers.
 */
export function openSyncJob(em: EntityManager, input: Input, defaults: SyncDefaults): Promise<OpenedSyncJob> {
  return em.transactional(async (tx) => {
    const account = await lockSyncAccount(tx, input.userId, defaults);
    const settings = settingsFrom(account, defaults);
    if (!account) return { ...settings, heldUntil: null };
    const job = isUuid(input.jobId) ? await readEnd(tx, input.jobId) : 'no id';
    if (job !== 'no id' && !isUsed(job, input)) return { ...settings, ...(await open(tx, input, account, job)) };
    const jobId = derivedId(`${input.jobId} ${input.now}`);
    return { ...settings, ...(await open(tx, { ...input, jobId }, account, await readEnd(tx, jobId))), jobId };
  });
}

type JobEnd = Pick<Row<'sync_jobs'>, 'userId' | 'completedAt'> | undefined;

function readEnd(tx: EntityManager, jobId: string): Promise<JobEnd> {
  const job = kysely(tx).selectFrom('sync_jobs').select(['userId', 'completedAt']).where('id', '=', jobId);
  return job.executeTakeFirst();
}

/**
 * That job had ended before this was asked: a run of a restored backup generates ids again that it generated before. Or it is another user's:
 * somebody gave its id by mistake.
 */
function isUsed(job: JobEnd, { now, userId }: Input): boolean {
  if (job && job.userId !== userId) return true;
  return now !== undefined && Boolean(job?.completedAt && job.completedAt.getTime() < now);
}

async function open(
  tx: EntityManager,
  input: Input,
  account: SyncAccount,
  job: JobEnd,
): Promise<Partial<OpenedSyncJob>> {
  const { userId, jobId } = input;
  const { connected } = account;
  // A late repetition: by now another job may be the one that runs.
  if (job?.completedAt) return { heldUntil: null };
  if (!job && isDeferrable(input) && isLate(input, account)) return deferredTo(account);
  await interruptActiveJobs(tx, { userId, except: connected ? jobId : null });
  const deferred = job || !connected ? null : await defer(tx, input, account);
  if (!deferred && connected) await insertJob(tx, input, account.revision);
  await notifyStatusChanged(tx, userId, input.triggeredManually ? [awaitedNotified] : []);
  return deferred ? deferredTo(deferred) : { heldUntil: null };
}

function deferredTo({ nextSyncAt, reason, pausedReason, pausedUntil, pausedBy }: SyncAccount): Partial<OpenedSyncJob> {
  return {
    heldUntil: nextSyncAt,
    heldBy: reason === 'quiet_hours' ? 'quiet_hours' : 'portal',
    scheduleReason: reason,
    ...(pausedReason && { pausedReason, pausedUntil, pausedBy }),
  };
}

function isDeferrable({ deferrable, holdUntil }: Input): boolean {
  return deferrable ?? typeof holdUntil === 'number';
}

/** Never puts off a sync that somebody waits for. Null where it may begin. */
async function defer(tx: EntityManager, input: Input, account: SyncAccount): Promise<SyncAccount | null> {
  if (!isDeferrable(input)) return null;
  const { now = account.readAt } = input;
  const known = input.due ? knownBetter(account, Math.max(now, account.readAt)) : null;
  if (known || isAwaited(account)) return known;
  const quiet = scheduleAfter(account, { type: 'due' }, { now, random: 0 });
  if (quiet.nextSyncAt! > now) return reschedule(tx, account, [{ type: 'due' }], { now: input.now });
  return (await holdsBack(tx)) ? reschedule(tx, account, [{ type: 'circuit_open' }], { now: input.now }) : null;
}

/** More than the difference between two servers' clocks. */
const earlyMs = 2 * 60_000;

/**
 * A workflow whose database was restored from a backup may know an older schedule than this one, and nothing of a pause. Null
 * where the sync is due.
 */
function knownBetter(account: SyncAccount, now: number): SyncAccount | null {
  const { pausedReason, intervalMinutes } = account;
  const nextSyncAt = account.nextSyncAt ?? 0;
  if (pausedReason !== null)
    return { ...account, nextSyncAt: Math.max(nextSyncAt, now + Math.max(earlyMs, intervalMinutes * 60_000)) };
  return nextSyncAt > now + earlyMs ? account : null;
}

async function insertJob(tx: EntityManager, input: Input, revision: number): Promise<void> {
  const { userId, jobId: id, triggeredManually, workflowRunId } = input;
  const expected = await readExpected(tx, userId);
  await kysely(tx)
    .insertInto('sync_jobs')
    .values({
      id,
      userId,
      status: 'pending',
      revision,
      triggeredManually,
      workflowRunId: workflowRunId ?? null,
      ...expected,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .execute();
}

/** One slow sync makes no slow portal usual. */
const usualOf = 10;

/** How many rentals the last sync of the whole list read, and how long the last ones usually took. */
async function readExpected(tx: EntityManager, userId: string) {
  const last = kysely(tx)
    .selectFrom('sync_jobs')
    .select(['bookingsSynced as total', 'createdAt'])
    .select(sql<number>`(extract(epoch from completed_at - started_at) * 1000)::int`.as('ms'))
    .where((eb) => eb.and({ userId, status: 'completed', partial: false, narrowed: false, dryRun: false }))
    .where('bookingsSynced', '>', 0)
    .where('startedAt', 'is not', null)
    .orderBy('createdAt', 'desc')
    .limit(usualOf);
  return kysely(tx)
    .selectFrom(last.as('last'))
    .select(sql<number | null>`(array_agg(total order by created_at desc))[1]`.as('expectedTotal'))
    .select(sql<number | null>`percentile_disc(0.5) within group (order by ms)`.as('expectedMs'))
    .executeTakeFirstOrThrow();
}
