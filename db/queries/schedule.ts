/** Writes when a user's next sync is due. Only `domain/schedule.ts` decides what is written. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { RecordedSchedule, RecordScheduleInput, ScheduleInput } from '#domain/activities.ts';
import { isInstant } from '#domain/instants.ts';
import { scheduleAfter, type ScheduleEvent } from '#domain/schedule.ts';
import { kysely, now as currentTime } from '../kysely.ts';
import { writePausedEvent, writeResumedEvent } from './events.ts';
import { notifyStatusChanged } from './sync-jobs.ts';
import { lockSyncAccount, settingsFrom, type SyncAccount, type SyncDefaults } from './sync-settings.ts';

/**
 * Writes what the events make of the schedule of a locked account, one after the other, and what else is given; returns the
 * account as it is then. `now` is that of a workflow, see `ScheduleInput`.
 */
export async function reschedule(
  tx: EntityManager,
  account: SyncAccount,
  events: ScheduleEvent[],
  {
    now,
    ...also
  }: { now?: number | undefined } & Partial<Pick<SyncAccount, 'lastSyncAt' | 'lastRevision' | 'lastErrorCode'>> = {},
): Promise<SyncAccount> {
  const moment = { now: now ?? account.readAt, random: Math.random() };
  const schedule = (so: SyncAccount, event: ScheduleEvent) => ({ ...so, ...scheduleAfter(so, event, moment) });
  const after = { ...events.reduce(schedule, account), scheduleAsOf: now ?? account.scheduleAsOf, ...also };
  await writeSchedule(tx, after);
  return after;
}

/** New credentials are due at once and no credentials are never due, whatever the interval. */
const anyDefaults: SyncDefaults = { intervalMinutes: 0, limitMs: 0 };

/** The same for credentials that were saved or deleted in this transaction. */
export async function rescheduleForCredentials(
  tx: EntityManager,
  userId: string,
  type: 'credentials_saved' | 'disconnected',
): Promise<void> {
  const account = await lockSyncAccount(tx, userId, anyDefaults);
  if (account) await reschedule(tx, account, [{ type }]);
}

type Wishes = Pick<ScheduleInput, 'resumed' | 'paused' | 'pausedUntil' | 'pausedBy' | 'pauseEnded'>;

/** The events of what a user wished, applied before and after those of something else. */
export function withWishes({ resumed, paused, ...wishes }: Wishes, events: ScheduleEvent[]): ScheduleEvent[] {
  return [
    ...(wishes.pauseEnded ? [{ type: 'pause_ended' } as const] : []),
    ...(resumed ? [{ type: 'resumed' } as const] : []),
    ...events,
    ...(paused
      ? [{ type: 'paused', until: instantOrNull(wishes.pausedUntil), by: wishes.pausedBy ?? null } as const]
      : []),
  ];
}

/** Null also for what an operator mistyped before messages were looked at. */
function instantOrNull(value: unknown): number | null {
  return isInstant(value) ? value : null;
}

/** Asked before, or by an activity that was thought lost: the account is as its workflow has left it since. */
export function isLate({ now }: Pick<ScheduleInput, 'now'>, { scheduleAsOf }: SyncAccount): boolean {
  return now !== undefined && scheduleAsOf !== null && now <= scheduleAsOf;
}

/**
 * Writes what a pause, a resume or new settings make of the schedule, and notifies the watchers. Returns the result;
 * undefined where there is no such user.
 */
export function recordSchedule(
  em: EntityManager,
  input: RecordScheduleInput,
  defaults: SyncDefaults,
): Promise<(RecordedSchedule & { targets: string[] }) | undefined> {
  const { userId } = input;
  return em.transactional(async (tx) => {
    const account = await lockSyncAccount(tx, userId, defaults);
    if (!account) return undefined;
    if (isLate(input, account)) return { ...recorded(account, defaults), targets: [] };
    const after = await reschedule(tx, account, await eventsOf(tx, input, account), { now: input.now });
    const isPaused = account.pausedReason === null && after.pausedReason !== null;
    const targets = isPaused
      ? await writePausedEvent(tx, userId, after)
      : endsPauseByOperator(account, after)
        ? await writeResumedEvent(tx, userId, account)
        : [];
    await notifyStatusChanged(tx, userId);
    return { ...recorded(after, defaults), targets };
  });
}

function recorded(account: SyncAccount, defaults: SyncDefaults) {
  return { ...settingsFrom(account, defaults), ...scheduleAnswer(account) };
}

/** Whoever was told of it is told of its end, too. */
export function endsPauseByOperator(before: SyncAccount, after: SyncAccount): boolean {
  return before.pausedBy !== null && before.pausedReason === 'user' && after.pausedReason === null && after.connected;
}

/** What workflows take over. */
export function scheduleAnswer(account: SyncAccount) {
  const { nextSyncAt, reason, pausedReason, pausedUntil, pausedBy, streak, lastRevision } = account;
  return { nextSyncAt, scheduleReason: reason, pausedReason, pausedUntil, pausedBy, lastRevision, streak };
}

async function eventsOf(tx: EntityManager, input: RecordScheduleInput, { intervalMinutes }: SyncAccount) {
  const { userId, now, nextSyncAt = null, pausedReason = null, streak } = input;
  if (now === undefined) return [{ type: 'told', nextSyncAt, pausedReason, ...(streak && { streak }) } as const];
  const events: ScheduleEvent[] = [];
  if (input.settingsChanged) {
    const intervalBefore = input.intervalMinutes ?? intervalMinutes;
    events.push({ type: 'settings_changed', last: await readLastEnd(tx, userId), intervalBefore });
  }
  return withWishes(input, events);
}

/** How the last sync ended; null before the first. */
export async function readLastEnd(tx: EntityManager, userId: string) {
  const job = await kysely(tx)
    .selectFrom('sync_jobs')
    .select(['completedAt', 'errorCode'])
    .where('userId', '=', userId)
    .where('completedAt', 'is not', null)
    .orderBy('createdAt', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
  return job ? { completedAt: job.completedAt!.getTime(), errorCode: job.errorCode } : null;
}

async function writeSchedule(tx: EntityManager, account: SyncAccount): Promise<void> {
  const { userId, nextSyncAt, reason, pausedReason, scheduleAsOf, lastRevision, lastSyncAt, lastErrorCode, streak } =
    account;
  const { consecutiveFailures, failingSince, warning } = streak;
  const { pausedUntil, pausedBy, againAt } = account;
  await kysely(tx)
    .updateTable('portal_accounts')
    .set({ nextSyncAt: time(nextSyncAt), scheduleReason: reason, scheduleAsOf: time(scheduleAsOf), pausedReason })
    .set({ pausedUntil: time(pausedUntil), pausedBy, againAt: time(againAt) })
    .set({ consecutiveFailures, failingSince: time(failingSince), syncWarning: warning })
    .set({ lastRevision, lastErrorCode, lastSyncAt: time(lastSyncAt), updatedAt: currentTime })
    .where('userId', '=', userId)
    .execute();
}

function time(epochMs: number | null): Date | null {
  return epochMs === null ? null : new Date(epochMs);
}
