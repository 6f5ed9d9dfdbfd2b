import type { PausedBy, PausedReason, ScheduleReason, SyncWarning } from '#domain/sync-states.ts';
import { defineEntity, p } from '@mikro-orm/core';
import type { FailureKind } from '#domain/failure-kinds.ts';
import { id, time, timeOfCreation } from './columns.ts';
import { User } from './user.ts';

/**
 * A user's account at the portal and the schedule of its syncs. The row outlives its credentials, so that the revision
 * only ever rises. Secrets are sealed, see `db/secrets.ts`.
 */
export const PortalAccount = defineEntity({
  name: 'PortalAccount',
  tableName: 'portal_accounts',
  properties: {
    id: id(),
    userId: p.manyToOne(User).mapToPk().joinColumn('user_id').deleteRule('cascade').unique(),
    username: p.text().nullable(),
    passwordSealed: p.text().nullable().hidden().lazy(),
    sessionSealed: p.text().nullable().hidden().lazy(),
    /** The key that sealed the password. */
    keyId: p.text().nullable(),
    /** Credentials that replace the stored ones as soon as the portal accepts them, and are dropped if it does not. */
    trialUsername: p.text().nullable(),
    trialPasswordSealed: p.text().nullable().hidden().lazy(),
    /** Rises each time credentials are saved, deleted or put on trial. */
    revision: p.integer().default(0),
    /** The revision that the last sync used. */
    lastRevision: p.integer().nullable(),
    state: p
      .text()
      .$type<'connected' | 'disconnected'>()
      .default('disconnected')
      .check(`state in ('connected', 'disconnected')`),
    pausedReason: p.text().$type<PausedReason>().nullable(),
    /** When the user's own pause ends by itself. */
    pausedUntil: time().nullable(),
    /** Who made that pause; null where the user did. */
    pausedBy: p.text().$type<PausedBy>().nullable(),
    nextSyncAt: time().nullable(),
    /** One more sync that the user wants at this time. */
    againAt: time().nullable(),
    scheduleReason: p.text().$type<ScheduleReason>().nullable(),
    /** The workflow's time when it last had the schedule written: what comes later but is older changes nothing. */
    scheduleAsOf: time().nullable(),
    /** The end of the last sync that completed. */
    lastSyncAt: time().nullable(),
    /** What the last sync that ended failed as. */
    lastErrorCode: p.text().$type<FailureKind>().nullable(),
    consecutiveFailures: p.integer().default(0),
    /** Since when no sync has succeeded; null while they succeed. */
    failingSince: time().nullable(),
    /** What the user is warned of because of long failure. */
    syncWarning: p.text().$type<SyncWarning>().nullable(),
    createdAt: timeOfCreation(),
    updatedAt: timeOfCreation(),
  },
  indexes: [
    // How accounts stand, for counts; and the pages of those that fail and of those that are paused.
    { name: 'portal_accounts_standing_index', properties: ['state', 'pausedReason', 'lastErrorCode'] },
    {
      name: 'portal_accounts_last_error_index',
      properties: ['lastErrorCode', 'userId'],
      where: 'last_error_code is not null',
    },
    { name: 'portal_accounts_paused_index', properties: ['userId'], where: 'paused_reason is not null' },
    {
      // Whose sync is overdue, the longest first: those without a next one stand at the front.
      name: 'portal_accounts_due_index',
      expression: `create index "portal_accounts_due_index" on "portal_accounts" ((coalesce(next_sync_at, '-infinity'::timestamptz)), "user_id") where state = 'connected' and paused_reason is null`,
    },
  ],
});
