/** What a user sees of upcoming syncs, and the extra one that they may ask for. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { plannedSyncs, type PlannedSync } from '#domain/planned-syncs.ts';
import type { PausedReason } from '#domain/sync-states.ts';
import { readLastEnd, reschedule } from './schedule.ts';
import { lockSyncAccount, readSyncAccount, type SyncAccount, type SyncDefaults } from './sync-settings.ts';

export interface SyncPlan {
  pausedUntil: Date | null;
  againAt: Date | null;
  syncs: (Omit<PlannedSync, 'at'> & { at: Date })[];
}

const mostSyncs = 5;

/** Null where there is no such user. */
export async function readSyncPlan(
  em: EntityManager,
  userId: string,
  defaults: SyncDefaults,
): Promise<SyncPlan | null> {
  const account = await readSyncAccount(em, userId, defaults);
  return account && planOf(account);
}

function planOf(account: SyncAccount): SyncPlan {
  const { pausedUntil, againAt, readAt } = account;
  return {
    pausedUntil: pausedUntil === null ? null : new Date(pausedUntil),
    againAt: againAt === null ? null : new Date(againAt),
    syncs: plannedSyncs(account, readAt, mostSyncs).map(({ at, reason }) => ({ at: new Date(at), reason })),
  };
}

/**
 * One more sync at this time, replacing any that was asked for before; null: none. Refused, with the reason, where it could not
 * begin then. Null where there is no such user.
 */
export function wantAgain(
  em: EntityManager,
  userId: string,
  at: Date | null,
  defaults: SyncDefaults,
): Promise<{ refused: PausedReason | 'no_credentials' } | SyncPlan | null> {
  return em.transactional(async (tx) => {
    const account = await lockSyncAccount(tx, userId, defaults);
    if (!account) return null;
    const refused = at && refusalAt(account, at.getTime());
    if (refused) return { refused };
    const last = await readLastEnd(tx, userId);
    const { intervalMinutes: intervalBefore } = account;
    const wanted = { type: 'again', at: at?.getTime() ?? null } as const;
    return planOf(await reschedule(tx, account, [wanted, { type: 'settings_changed', last, intervalBefore }]));
  });
}

function refusalAt({ connected, pausedReason, pausedUntil }: SyncAccount, at: number) {
  if (!connected) return 'no_credentials';
  return pausedUntil !== null && pausedUntil <= at ? null : pausedReason;
}
