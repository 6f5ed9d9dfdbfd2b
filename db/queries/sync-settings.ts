/** What a user's rows say about syncing, for the workflow. */
import type { SyncJobSnapshot } from '#domain/sync.ts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { activeStatuses } from '#domain/sync-states.ts';
import type { StoredSyncState, SyncSettings } from '#domain/activities.ts';
import type { Config } from '#platform/config.ts';
import { failureText, type FailureKind } from '#domain/failure-kinds.ts';
import { phaseText } from '#domain/phases.ts';
import { studioZone } from '#domain/studio-zone.ts';
import { nothingDue, scheduleAfter, type ScheduledAccount } from '#domain/schedule.ts';
import { kysely } from '../kysely.ts';
import { isHeldStatus } from '../rental-status.ts';
import { isUuid } from '#domain/ids.ts';
import { joinedJob, newestJob, syncJobColumns, type SyncJobRow } from './sync-jobs.ts';
import { lockUser } from './users.ts';

/** The defaults where the user chose nothing. */
export interface SyncDefaults {
  intervalMinutes: number;
  limitMs: number;
  consoleUrl?: string | undefined;
}

export function syncDefaults(
  config: Pick<Config, 'SYNC_INTERVAL_MINUTES' | 'SYNC_TIMEOUT_SECONDS'> & Partial<Pick<Config, 'PUBLIC_URL'>>,
): SyncDefaults {
  const { SYNC_INTERVAL_MINUTES: intervalMinutes, SYNC_TIMEOUT_SECONDS, PUBLIC_URL: consoleUrl } = config;
  return { intervalMinutes, limitMs: SYNC_TIMEOUT_SECONDS * 1000, consoleUrl };
}

/** A user's portal account and schedule, locked or as of one moment. */
export interface SyncAccount extends ScheduledAccount {
  /** New credentials wait for the portal to accept them. */
  pendingCredentials: boolean;
  /** The workflow's time when it last had the schedule written. */
  scheduleAsOf: number | null;
  /** What the last sync that ended failed as. */
  lastErrorCode: FailureKind | null;
  /** PostgreSQL's time. */
  readAt: number;
}

/** As far ahead as the syncs that anybody looks at are planned, and more. */
const closerBefore = sql<number[]>`case when u.closer_before_rentals then array(
    select (extract(epoch from b.starts_at) * 1000)::float8 from bookings b
    where b.user_id = u.id and b.removed_at is null and b.starts_at between now() and now() + interval '14 days'
      and ${isHeldStatus(sql`b.status`)} order by b.starts_at limit 100
  ) else '{}' end`;

const accountOf = (em: EntityManager, userId: string) =>
  kysely(em)
    .selectFrom('users as u')
    .leftJoin('portal_accounts as a', 'a.userId', 'u.id')
    .where('u.id', '=', userId)
    .select(['u.intervalMinutes', 'u.quietFrom', 'u.quietTo', 'u.timeZone'])
    .select(['a.state', 'a.revision', 'a.lastRevision', 'a.trialUsername', 'a.pausedReason', 'a.nextSyncAt'])
    .select(['a.pausedUntil', 'a.pausedBy', 'a.againAt', closerBefore.as('closerBefore')])
    .select(['a.scheduleReason', 'a.scheduleAsOf', 'a.lastSyncAt', 'a.consecutiveFailures', 'a.failingSince'])
    .select(['a.syncWarning', 'a.lastErrorCode', sql<Date>`clock_timestamp()`.as('readAt')]);

type AccountRow = NonNullable<Awaited<ReturnType<ReturnType<typeof accountOf>['executeTakeFirst']>>>;

function syncAccountFrom(userId: string, row: AccountRow, defaults: SyncDefaults): SyncAccount {
  const { quietFrom, quietTo, timeZone } = row;
  return {
    userId,
    connected: row.state === 'connected',
    revision: row.revision ?? 0,
    lastRevision: row.lastRevision,
    pendingCredentials: row.trialUsername !== null,
    intervalMinutes: row.intervalMinutes ?? defaults.intervalMinutes,
    quiet: quietFrom && quietTo ? { from: quietFrom, to: quietTo, timeZone: timeZone ?? studioZone } : null,
    closerBefore: row.closerBefore,
    pausedReason: row.pausedReason,
    pausedUntil: row.pausedUntil?.getTime() ?? null,
    pausedBy: row.pausedBy,
    againAt: row.againAt?.getTime() ?? null,
    nextSyncAt: row.nextSyncAt?.getTime() ?? null,
    reason: row.scheduleReason,
    scheduleAsOf: row.scheduleAsOf?.getTime() ?? null,
    lastErrorCode: row.lastErrorCode,
    lastSyncAt: row.lastSyncAt?.getTime() ?? null,
    streak: {
      consecutiveFailures: row.consecutiveFailures ?? 0,
      failingSince: row.failingSince?.getTime() ?? null,
      warning: row.syncWarning,
    },
    readAt: row.readAt.getTime(),
  };
}

/** Locks the user's portal account for the rest of the transaction, and reads it. Null where there is no such user. */
export async function lockSyncAccount(
  tx: EntityManager,
  userId: string,
  defaults: SyncDefaults,
): Promise<SyncAccount | null> {
  if (!(await lockUser(tx, userId))) return null;
  await kysely(tx).selectFrom('portal_accounts').select('id').where('userId', '=', userId).forUpdate().execute();
  return readSyncAccount(tx, userId, defaults);
}

/** As of now. Null where there is no such user. */
export async function readSyncAccount(
  em: EntityManager,
  userId: string,
  defaults: SyncDefaults,
): Promise<SyncAccount | null> {
  const account = await accountOf(em, userId).executeTakeFirst();
  return account ? syncAccountFrom(userId, account, defaults) : null;
}

export function settingsFrom(account: SyncAccount | null, defaults: SyncDefaults): SyncSettings {
  return {
    connected: account?.connected ?? false,
    revision: account?.revision ?? 0,
    intervalMinutes: account?.intervalMinutes ?? defaults.intervalMinutes,
    limitMs: defaults.limitMs,
    ...(defaults.consoleUrl !== undefined && { consoleUrl: defaults.consoleUrl }),
  };
}

/**
 * Everything that a workflow needs to begin anew at `now`, the server's time: includes the newest final job, and what is due.
 */
export async function readSyncState(
  em: EntityManager,
  { userId, now }: { userId: string; now?: number },
  defaults: SyncDefaults,
): Promise<StoredSyncState> {
  const account = isUuid(userId) ? await readAccountAndJob(em, userId, defaults) : null;
  const due = account
    ? scheduleAfter(account, { type: 'restored' }, { now: now ?? account.readAt, random: 0 })
    : nothingDue;
  return {
    ...settingsFrom(account, defaults),
    ...due.streak,
    lastRevision: account?.lastRevision ?? null,
    nextSyncAt: due.nextSyncAt,
    scheduleReason: due.reason,
    scheduleAsOf: account?.scheduleAsOf ?? null,
    lastSyncAt: account?.lastSyncAt ?? null,
    pausedReason: due.pausedReason,
    pausedUntil: due.pausedUntil,
    pausedBy: due.pausedBy,
    lastJob: account?.job ? snapshotOf(account.job) : null,
  };
}

async function readAccountAndJob(em: EntityManager, userId: string, defaults: SyncDefaults) {
  const job = newestJob(kysely(em)).where('j.status', 'not in', activeStatuses).as('j');
  const found = await accountOf(em, userId)
    .leftJoinLateral(job, (join) => join.onTrue())
    .select(syncJobColumns)
    .executeTakeFirst();
  return found ? { ...syncAccountFrom(userId, found, defaults), job: joinedJob(found) } : null;
}

function snapshotOf(job: SyncJobRow): SyncJobSnapshot {
  const { id, status, phase, done, total, bookingsSynced, triggeredManually, errorCode, partial } = job;
  return {
    id,
    status,
    phase,
    progress: phaseText(phase, { done, total }, errorCode ? failureText(errorCode) : undefined),
    done,
    total,
    bookingsSynced,
    startedAt: job.startedAt?.toISOString() ?? null,
    completedAt: job.completedAt?.toISOString() ?? null,
    triggeredManually,
    errorCode,
    partial,
  };
}
