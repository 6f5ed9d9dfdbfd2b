/** The end of a sync: the job and the schedule become final together. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { ClosedSyncJob, CloseSyncJobInput } from '#domain/activities.ts';
import { failureText, isPausingKind } from '#domain/failure-kinds.ts';
import { phaseText } from '#domain/phases.ts';
import type { EndedSync, ScheduleEvent } from '#domain/schedule.ts';
import { isUuid } from '#domain/ids.ts';
import { derivedId } from '../derived-id.ts';
import { kysely } from '../kysely.ts';
import { listWaitingTargets } from './deliveries.ts';
import { readPauseToldLast, writeSyncEvents } from './events.ts';
import { noteDue } from './calendar-connections.ts';
import { noteSyncEnd, type CircuitTurn } from './portal-circuit.ts';
import { endsPauseByOperator, reschedule, scheduleAnswer, withWishes } from './schedule.ts';
import { deleteStagedOf } from './staged-rentals.ts';
import { appendJobLog, notifyStatusChanged } from './sync-jobs.ts';
import { lockSyncAccount, settingsFrom, type SyncAccount, type SyncDefaults } from './sync-settings.ts';

export interface JobEnd extends ClosedSyncJob {
  /** What it did to the portal-wide circuit. */
  circuit: CircuitTurn | null;
  /** Delivery targets of the user that have something to be told. */
  targets: string[];
  /** False where the job was already final. */
  closedNow: boolean;
}

/**
 * Makes the job final and the schedule with it, in one transaction, and notifies the watchers. A job that is already final stays as it
 * is, and so does the schedule, which is returned. A job that was never opened is inserted, so that the history knows it.
 * Pending credentials that the portal refused are dropped.
 */
export function closeSyncJob(em: EntityManager, given: CloseSyncJobInput, defaults: SyncDefaults): Promise<JobEnd> {
  return em.transactional(async (tx) => {
    const account = await lockSyncAccount(tx, given.userId, defaults);
    if (!account) return { ...settingsFrom(null, defaults), nextSyncAt: null, pausedReason: null, ...nothingElse };
    const input = { ...given, jobId: await ownId(tx, given) };
    const job = await lockJob(tx, input);
    if (job?.completedAt) {
      const targets = await listWaitingTargets(tx, input.userId);
      return { ...closedWith(account, defaults), ...nothingElse, targets };
    }
    await (job ? finish(tx, input) : insertFinal(tx, input));
    await logTheEnd(tx, input, job?.dryRun);
    const usedRevision = input.revision ?? job?.revision ?? null;
    const trialEnded = endsTrial(input, account, usedRevision);
    if (trialEnded) await dropTrial(tx, input);
    const end = endOf(input, trialEnded, { usedRevision, begunAt: job?.startedAt?.getTime() ?? null });
    const after = await reschedule(tx, account, withWishes(wishesOf(input), [end]), {
      now: input.now,
      lastSyncAt: input.status === 'completed' && !input.part ? input.completedAt : account.lastSyncAt,
      lastErrorCode: input.part ? account.lastErrorCode : input.errorCode,
      // An attempt that was cut off reports no revision; its job knows it.
      lastRevision: input.part
        ? account.lastRevision
        : (input.revision ?? (job?.startedAt ? job.revision : null) ?? account.lastRevision),
    });
    const paused = account.pausedReason === null ? after : null;
    const resumedAfter = await pauseBefore(tx, input, account, after);
    const targets = await writeSyncEvents(tx, { ...input, paused, resumedAfter });
    await notifyStatusChanged(tx, input.userId);
    await noteDue(tx, input.userId);
    const circuit = await noteSyncEnd(tx, { ...input, completedAt: new Date(input.completedAt) });
    return {
      ...closedWith(after, defaults),
      ...(trialEnded && { trialEnded }),
      circuit,
      targets,
      closedNow: true,
    };
  });
}

const nothingElse = { circuit: null, targets: [], closedNow: false };

/** While a sync ran, workflows of the release before knew only of the user's pause. */
function wishesOf({ paused, pausedReason, ...input }: CloseSyncJobInput) {
  return { ...input, paused: paused ?? pausedReason === 'user' };
}

/** The pause that needed the person, where this is the first sync since then that worked, or an operator's that ends now. */
async function pauseBefore(
  tx: EntityManager,
  { status, part }: CloseSyncJobInput,
  before: SyncAccount,
  after: SyncAccount,
): Promise<Pick<SyncAccount, 'pausedReason' | 'pausedBy'> | null> {
  if (endsPauseByOperator(before, after)) return before;
  const works = status === 'completed' && !part && (after.pausedReason === null || after.pausedReason === 'user');
  // Where the sync before worked, too, it was told then.
  if (!works || before.lastErrorCode === null) return null;
  const pausedReason = await readPauseToldLast(tx, before.userId);
  return pausedReason && { pausedReason, pausedBy: null };
}

function endOf(
  input: CloseSyncJobInput,
  trialEnded: boolean,
  reading: Pick<EndedSync, 'usedRevision' | 'begunAt'>,
): ScheduleEvent {
  const { completedAt, errorCode, triggeredManually, joined = false } = input;
  if (trialEnded) return { type: 'trial_ended', completedAt };
  if (input.part) return { type: 'part_synced' };
  const askedFor = triggeredManually || joined;
  return { type: 'sync_ended', sync: { completedAt, errorCode, askedFor, ...reading } };
}

function closedWith(account: SyncAccount, defaults: SyncDefaults): ClosedSyncJob {
  return { ...settingsFrom(account, defaults), ...scheduleAnswer(account) };
}

/** Refused by the portal, or cancelled by the user who watched: nobody waits for these credentials any more. */
function endsTrial({ errorCode }: CloseSyncJobInput, account: SyncAccount, usedRevision: number | null): boolean {
  if (!account.pendingCredentials || errorCode === null) return false;
  if (errorCode === 'cancelled') return usedRevision === null || usedRevision === account.revision;
  return usedRevision === account.revision && isPausingKind(errorCode);
}

async function dropTrial(tx: EntityManager, { userId, jobId, status }: CloseSyncJobInput): Promise<void> {
  await kysely(tx)
    .updateTable('portal_accounts')
    .set({ trialUsername: null, trialPasswordSealed: null })
    .where('userId', '=', userId)
    .execute();
  const message = 'The new sign-in was not saved. The earlier one stays.';
  await appendJobLog(tx, { userId, jobId, level: 'warn', phase: status, message });
}

/** The id that was given, or another one where that is no id or another user's: somebody gave it by mistake. */
async function ownId(tx: EntityManager, { jobId, userId }: CloseSyncJobInput): Promise<string> {
  const derived = () => derivedId(`${jobId} of ${userId}`);
  if (!isUuid(jobId)) return derived();
  const found = kysely(tx).selectFrom('sync_jobs').select('userId').where('id', '=', jobId);
  const owner = (await found.executeTakeFirst())?.userId ?? userId;
  return owner === userId ? jobId : derived();
}

function lockJob(tx: EntityManager, { jobId, userId }: CloseSyncJobInput) {
  return kysely(tx)
    .selectFrom('sync_jobs')
    .select(['startedAt', 'completedAt', 'revision', 'dryRun'])
    .where((eb) => eb.and({ id: jobId, userId }))
    .forUpdate()
    .executeTakeFirst();
}

async function finish(tx: EntityManager, input: CloseSyncJobInput): Promise<void> {
  const { jobId, status, errorCode, bookingsSynced, partial } = input;
  const total = input.listed ?? bookingsSynced;
  const counts = bookingsSynced === null ? {} : { bookingsSynced, done: bookingsSynced, total };
  await kysely(tx)
    .updateTable('sync_jobs')
    .set({ status, phase: status, errorCode, partial, ...counts, completedAt: new Date(input.completedAt) })
    .where('id', '=', jobId)
    .execute();
  await deleteStagedOf(tx, [jobId]);
}

async function insertFinal(tx: EntityManager, input: CloseSyncJobInput): Promise<void> {
  const { jobId: id, userId, status, errorCode, triggeredManually, partial, revision } = input;
  const at = new Date(input.completedAt);
  const final = { id, userId, status, phase: status, errorCode, partial, triggeredManually, revision };
  await kysely(tx)
    .insertInto('sync_jobs')
    .values({ ...final, createdAt: at, completedAt: at })
    .execute();
}

async function logTheEnd(tx: EntityManager, input: CloseSyncJobInput, dryRun?: boolean): Promise<void> {
  const { userId, jobId, status, errorCode, bookingsSynced, partial } = input;
  const failed = status === 'failed';
  const message = failed
    ? failureText(errorCode ?? 'internal')
    : phaseText('completed', { done: bookingsSynced ?? 0, total: input.listed ?? bookingsSynced, dryRun });
  const level = failed ? 'error' : partial ? 'warn' : 'info';
  await appendJobLog(tx, { userId, jobId, level, phase: status, message });
}
