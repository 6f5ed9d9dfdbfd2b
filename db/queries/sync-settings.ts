/** What a user's rows say about syncing, for the workflow. */
import type { PausedReason, SyncJobSnapshot, SyncWarning } from '#domain/sync.ts';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { FailureStreak, StoredSyncState, SyncSettings } from '#domain/activities.ts';
import type { Config } from '#platform/config.ts';
import { failureText } from '#domain/failure-kinds.ts';
import { phaseText } from '#domain/phases.ts';
import { afterQuietHours, studioZone, type QuietHours } from '#domain/quiet-hours.ts';
import { affected, firstRow, isUuid, sql, withTimes, type AsRead, type Sql } from '../sql.ts';
import { jobColumns, jobTimes, notifyStatusChanged, type SyncJobRow } from './sync-jobs.ts';
import { lockUser } from './users.ts';

/** What holds where the user chose nothing. */
export interface SyncDefaults {
  intervalMinutes: number;
  limitMs: number;
}

export function syncDefaults(config: Pick<Config, 'SYNC_INTERVAL_MINUTES' | 'SYNC_TIMEOUT_SECONDS'>): SyncDefaults {
  return { intervalMinutes: config.SYNC_INTERVAL_MINUTES, limitMs: config.SYNC_TIMEOUT_SECONDS * 1000 };
}

/** A user's portal account and schedule, locked or as of one moment. */
export interface SyncAccount {
  connected: boolean;
  revision: number;
  lastRevision: number | null;
  /** New credentials wait for the portal to accept them. */
  onTrial: boolean;
  intervalMinutes: number | null;
  pausedReason: PausedReason | null;
  nextSyncAt: Date | null;
  lastSyncAt: Date | null;
  consecutiveFailures: number;
  /** Since when no sync has succeeded; null while they succeed. */
  failingSince: Date | null;
  warning: SyncWarning | null;
  /** When no sync begins by itself. */
  quiet: QuietHours | null;
}

const accountTimes = ['nextSyncAt', 'lastSyncAt', 'failingSince'] as const;

const accountColumns = sql`coalesce(a.state = 'connected', false) as connected, coalesce(a.revision, 0) as revision,
  a.last_revision as "lastRevision", coalesce(a.trial_username is not null, false) as "onTrial", u.interval_minutes as "intervalMinutes", a.paused_reason as "pausedReason",
  a.next_sync_at as "nextSyncAt", a.last_sync_at as "lastSyncAt",
  coalesce(a.consecutive_failures, 0) as "consecutiveFailures", a.failing_since as "failingSince",
  a.sync_warning as "warning",
  case when u.quiet_from is not null and u.quiet_to is not null then jsonb_build_object('from', u.quiet_from,
    'to', u.quiet_to, 'timeZone', coalesce(u.time_zone, ${studioZone}::text)) end as "quiet"`;

/** Locks the user's portal account for the rest of the transaction, and reads it. Null where there is no such user. */
export async function lockSyncSettings(tx: EntityManager, userId: string): Promise<SyncAccount | null> {
  if (!(await lockUser(tx, userId))) return null;
  await firstRow(tx, sql`select 1 from portal_accounts where user_id = ${userId} for update`);
  const account = await firstRow<AsRead<SyncAccount>>(
    tx,
    sql`select ${accountColumns} from users u left join portal_accounts a on a.user_id = u.id where u.id = ${userId}`,
  );
  return account && withTimes<SyncAccount>(account, ...accountTimes);
}

export function settingsFrom(account: SyncAccount | null, defaults: SyncDefaults): SyncSettings {
  return {
    connected: account?.connected ?? false,
    revision: account?.revision ?? 0,
    intervalMinutes: account?.intervalMinutes ?? defaults.intervalMinutes,
    limitMs: defaults.limitMs,
  };
}

/** All that is stored of a user's syncing, the newest final job included; for a workflow that begins anew. */
export async function readSyncState(
  em: EntityManager,
  userId: string,
  defaults: SyncDefaults,
): Promise<StoredSyncState> {
  const found = isUuid(userId) ? await readAccountAndJob(em, userId) : null;
  return {
    ...settingsFrom(found, defaults),
    lastRevision: found?.lastRevision ?? null,
    nextSyncAt: found?.nextSyncAt?.getTime() ?? null,
    lastSyncAt: found?.lastSyncAt?.getTime() ?? null,
    pausedReason: found?.pausedReason ?? null,
    consecutiveFailures: found?.consecutiveFailures ?? 0,
    failingSince: found?.failingSince?.getTime() ?? null,
    warning: found?.warning ?? null,
    lastJob: found?.job ? snapshotOf(found.job) : null,
  };
}

async function readAccountAndJob(em: EntityManager, userId: string) {
  const found = await firstRow<AsRead<SyncAccount> & { job: AsRead<SyncJobRow> | null }>(
    em,
    sql`select ${accountColumns}, (select to_jsonb(newest) from (
            select ${jobColumns} from sync_jobs j where j.user_id = u.id and j.status in ('completed', 'failed')
            order by j.created_at desc, j.id desc limit 1
          ) newest) as job
        from users u left join portal_accounts a on a.user_id = u.id where u.id = ${userId}`,
  );
  if (!found) return null;
  const { job, ...account } = found;
  return {
    ...withTimes<SyncAccount>(account, ...accountTimes),
    job: job && withTimes<SyncJobRow>(job, ...jobTimes),
  };
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

/** Somebody waits for the first sync, and for the first one with new credentials: nothing puts these off. */
export function isAwaited({ lastSyncAt, lastRevision, revision }: SyncAccount): boolean {
  return lastSyncAt === null || lastRevision !== revision;
}

/**
 * Stores a schedule or a pause that changed outside a sync, and notifies the watchers. Nothing is due where nothing is connected, nor in
 * the user's quiet hours. Returns what was written; undefined where there is no such user.
 */
export function recordSchedule(
  em: EntityManager,
  { userId, nextSyncAt, pausedReason, streak }: ScheduleChange,
): Promise<{ nextSyncAt: Date | null } | undefined> {
  return em.transactional(async (tx) => {
    const account = await lockSyncSettings(tx, userId);
    if (!account) return undefined;
    const due = account.connected ? nextSyncAt : null;
    const next = due && !isAwaited(account) ? afterQuietHours(due, account.quiet) : due;
    await affected(
      tx,
      sql`update portal_accounts set updated_at = now(), next_sync_at = ${next},
            paused_reason = ${account.connected ? pausedReason : null} ${streak ? streakColumns(streak) : sql``}
          where user_id = ${userId}`,
    );
    await notifyStatusChanged(tx, userId);
    return { nextSyncAt: next };
  });
}

export interface ScheduleChange {
  userId: string;
  nextSyncAt: Date | null;
  pausedReason: PausedReason | null;
  /** Where it changed. */
  streak?: FailureStreak | undefined;
}

function streakColumns({ consecutiveFailures, failingSince, warning }: FailureStreak): Sql {
  const since = failingSince === null ? null : new Date(failingSince);
  return sql`, consecutive_failures = ${consecutiveFailures}, failing_since = ${since}, sync_warning = ${warning}`;
}
