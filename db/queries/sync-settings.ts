/** What a user's rows say about syncing, for the workflow. */
import type { PausedReason, ScheduleReason, SyncWarning } from '#domain/sync-states.ts';
import type { SyncJobSnapshot } from '#domain/sync.ts';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { StoredSyncState, SyncSettings } from '#domain/activities.ts';
import type { Config } from '#platform/config.ts';
import { failureText } from '#domain/failure-kinds.ts';
import { phaseText } from '#domain/phases.ts';
import { studioZone, type QuietHours } from '#domain/quiet-hours.ts';
import { nothingDue, scheduleAfter, type ScheduledAccount } from '#domain/schedule.ts';
import { firstRow, isUuid, sql, withTimes, type AsRead } from '../sql.ts';
import { jobColumns, jobTimes, type SyncJobRow } from './sync-jobs.ts';
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
export interface SyncAccount extends ScheduledAccount {
  /** New credentials wait for the portal to accept them. */
  onTrial: boolean;
  /** The workflow's time when it last had the schedule written. */
  scheduleAsOf: number | null;
  /** PostgreSQL's time. */
  readAt: number;
}

interface AccountRow {
  connected: boolean;
  revision: number;
  lastRevision: number | null;
  onTrial: boolean;
  intervalMinutes: number | null;
  pausedReason: PausedReason | null;
  nextSyncAt: Date | null;
  scheduleReason: ScheduleReason | null;
  scheduleAsOf: Date | null;
  lastSyncAt: Date | null;
  consecutiveFailures: number;
  failingSince: Date | null;
  warning: SyncWarning | null;
  quiet: QuietHours | null;
  readAt: Date;
}

const accountTimes = ['nextSyncAt', 'scheduleAsOf', 'lastSyncAt', 'failingSince', 'readAt'] as const;

const accountColumns = sql`coalesce(a.state = 'connected', false) as connected, coalesce(a.revision, 0) as revision,
  a.last_revision as "lastRevision", coalesce(a.trial_username is not null, false) as "onTrial",
  u.interval_minutes as "intervalMinutes", a.paused_reason as "pausedReason", a.next_sync_at as "nextSyncAt",
  a.schedule_reason as "scheduleReason", a.schedule_as_of as "scheduleAsOf", a.last_sync_at as "lastSyncAt",
  coalesce(a.consecutive_failures, 0) as "consecutiveFailures", a.failing_since as "failingSince",
  a.sync_warning as "warning", clock_timestamp() as "readAt",
  case when u.quiet_from is not null and u.quiet_to is not null then jsonb_build_object('from', u.quiet_from,
    'to', u.quiet_to, 'timeZone', coalesce(u.time_zone, ${studioZone}::text)) end as "quiet"`;

function accountOf(userId: string, row: AsRead<AccountRow>, defaults: SyncDefaults): SyncAccount {
  const { nextSyncAt, scheduleReason, scheduleAsOf, lastSyncAt, consecutiveFailures, failingSince, warning, ...rest } =
    withTimes<AccountRow>(row, ...accountTimes);
  return {
    ...rest,
    userId,
    intervalMinutes: rest.intervalMinutes ?? defaults.intervalMinutes,
    nextSyncAt: nextSyncAt?.getTime() ?? null,
    reason: scheduleReason,
    scheduleAsOf: scheduleAsOf?.getTime() ?? null,
    lastSyncAt: lastSyncAt?.getTime() ?? null,
    streak: { consecutiveFailures, failingSince: failingSince?.getTime() ?? null, warning },
    readAt: rest.readAt.getTime(),
  };
}

/** Locks the user's portal account for the rest of the transaction, and reads it. Null where there is no such user. */
export async function lockSyncAccount(
  tx: EntityManager,
  userId: string,
  defaults: SyncDefaults,
): Promise<SyncAccount | null> {
  if (!(await lockUser(tx, userId))) return null;
  await firstRow(tx, sql`select 1 from portal_accounts where user_id = ${userId} for update`);
  const account = await firstRow<AsRead<AccountRow>>(
    tx,
    sql`select ${accountColumns} from users u left join portal_accounts a on a.user_id = u.id where u.id = ${userId}`,
  );
  return account && accountOf(userId, account, defaults);
}

export function settingsFrom(account: SyncAccount | null, defaults: SyncDefaults): SyncSettings {
  return {
    connected: account?.connected ?? false,
    revision: account?.revision ?? 0,
    intervalMinutes: account?.intervalMinutes ?? defaults.intervalMinutes,
    limitMs: defaults.limitMs,
  };
}

/**
 * All that a workflow needs that begins anew at `now`, the server's time: the newest final job is in it, and what is due.
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
    lastJob: account?.job ? snapshotOf(account.job) : null,
  };
}

async function readAccountAndJob(em: EntityManager, userId: string, defaults: SyncDefaults) {
  const found = await firstRow<AsRead<AccountRow> & { job: AsRead<SyncJobRow> | null }>(
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
    ...accountOf(userId, account, defaults),
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
