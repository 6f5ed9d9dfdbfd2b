/** Portal accounts: credentials, the saved portal session, and what an attempt needs to begin. */
import type { PausedReason } from '#domain/sync-states.ts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { secretContext, type Secrets } from '../secrets.ts';
import { affected, firstRow, sql, withTimes, type AsRead } from '../sql.ts';
import { rescheduleForCredentials } from './schedule.ts';
import { notifyStatusChanged } from './sync-jobs.ts';
import { lockUser } from './users.ts';

/** A user's portal account without its secrets. */
export interface PortalAccountRow {
  id: string;
  /** Null where no credentials are stored. */
  username: string | null;
  /** The username of new credentials that the portal has not accepted yet. */
  trialUsername: string | null;
  state: 'connected' | 'disconnected';
  revision: number;
  pausedReason: PausedReason | null;
  nextSyncAt: Date | null;
  /** The end of the last sync that completed. */
  lastSyncAt: Date | null;
  consecutiveFailures: number;
  createdAt: Date;
  updatedAt: Date;
}

/** What one attempt works with. Both secrets are sealed, see `secretContext`. */
export interface AttemptCredentials {
  portalAccountId: string;
  revision: number;
  username: string;
  passwordSealed: string;
  sessionSealed: string | null;
  /** These are not the stored credentials but new ones, see {@link acceptTrialCredentials}. */
  onTrial: boolean;
}

export class NoSuchUserError extends Error {
  override name = 'NoSuchUserError';

  constructor() {
    super('The user does not exist.');
  }
}

/**
 * Makes the job `running`, notes its start once, notifies the watchers, and returns what the attempt works with. Null, and nothing
 * changed, where the job is not active, a later attempt has begun, or no credentials are stored. One statement.
 */
export async function beginAttempt(
  em: EntityManager,
  { userId, jobId, attempt }: { userId: string; jobId: string; attempt: number },
): Promise<AttemptCredentials | null> {
  return firstRow<AttemptCredentials>(
    em,
    sql`with account as (
          select id, user_id, revision, trial_username is not null as on_trial,
            coalesce(trial_username, username) as username,
            coalesce(trial_password_sealed, password_sealed) as password_sealed,
            case when trial_username is null then session_sealed end as session_sealed
          from portal_accounts where user_id = ${userId} and state = 'connected'
        ), job as (
          update sync_jobs set status = 'running', attempt = ${attempt}, revision = account.revision,
            phase = 'initializing', done = 0, total = null, started_at = coalesce(started_at, now())
          from account
          where sync_jobs.id = ${jobId} and sync_jobs.user_id = account.user_id
            and status in ('pending', 'running') and reconciled_at is null and attempt <= ${attempt}
          returning sync_jobs.user_id
        )
        select account.id as "portalAccountId", revision, username, password_sealed as "passwordSealed",
          session_sealed as "sessionSealed", on_trial as "onTrial", pg_notify('sync_status', job.user_id::text)
        from job join account on account.user_id = job.user_id`,
  ).then((found) => found && withoutRing(found));
}

function withoutRing(found: AttemptCredentials): AttemptCredentials {
  const { portalAccountId, revision, username, passwordSealed, sessionSealed, onTrial } = found;
  return { portalAccountId, revision, username, passwordSealed, sessionSealed, onTrial };
}

/** Keeps a portal session for later syncs, unless the credentials changed since `revision`: then false. */
export async function savePortalSession(
  em: EntityManager,
  { userId, revision, sessionSealed }: { userId: string; revision: number; sessionSealed: string },
): Promise<boolean> {
  const written = await affected(
    em,
    sql`update portal_accounts set session_sealed = ${sessionSealed}, updated_at = now()
        where user_id = ${userId} and revision = ${revision} and state = 'connected'`,
  );
  return written > 0;
}

/**
 * Makes the credentials on trial the stored ones: the portal let us in with them. Their revision is the one that they
 * were tried under. False, and nothing changed, where the credentials changed since `revision`.
 */
export async function acceptTrialCredentials(
  em: EntityManager,
  { userId, revision }: { userId: string; revision: number },
): Promise<boolean> {
  const written = await affected(
    em,
    sql`update portal_accounts set username = trial_username, password_sealed = trial_password_sealed,
          key_id = split_part(trial_password_sealed, '.', 2), session_sealed = null, trial_username = null,
          trial_password_sealed = null, updated_at = now()
        where user_id = ${userId} and revision = ${revision} and trial_username is not null`,
  );
  return written > 0;
}

/** Forgets a portal session that no longer works, unless the credentials changed since `revision`. */
export async function deletePortalSession(
  em: EntityManager,
  { userId, revision }: { userId: string; revision: number },
): Promise<void> {
  await affected(
    em,
    sql`update portal_accounts set session_sealed = null, updated_at = now()
        where user_id = ${userId} and revision = ${revision} and session_sealed is not null`,
  );
}

/**
 * Stores credentials and makes the next sync due at once. The revision rises, the saved session goes, and so does a
 * pause for bad credentials; the user's own pause stays. Notifies the watchers. Throws {@link NoSuchUserError}.
 */
export function savePortalCredentials(
  em: EntityManager,
  secrets: Secrets,
  { userId, username, password }: { userId: string; username: string; password: string },
): Promise<{ revision: number }> {
  return em.transactional(async (tx) => {
    const id = await lockPortalAccount(tx, userId);
    const passwordSealed = secrets.seal(password, secretContext.portalPassword(id));
    const saved = await firstRow<{ revision: number }>(
      tx,
      sql`update portal_accounts set username = ${username}, password_sealed = ${passwordSealed},
            session_sealed = null, key_id = ${secrets.currentKeyId}, trial_username = null,
            trial_password_sealed = null, revision = revision + 1, state = 'connected', updated_at = now()
          where id = ${id} returning revision`,
    );
    await rescheduleForCredentials(tx, userId, 'credentials_saved');
    await notifyStatusChanged(tx, userId);
    return { revision: saved!.revision };
  });
}

/**
 * Puts credentials on trial and makes the next sync due at once, which signs in with them: they replace the stored ones
 * when the portal accepts them, and are dropped when it does not. Where there are none that work, the new ones are stored
 * right away. Notifies the watchers. Throws {@link NoSuchUserError}.
 */
export function tryPortalCredentials(
  em: EntityManager,
  secrets: Secrets,
  { userId, username, password }: { userId: string; username: string; password: string },
): Promise<{ revision: number }> {
  return em.transactional(async (tx) => {
    const id = await lockPortalAccount(tx, userId);
    const trialSealed = secrets.seal(password, secretContext.portalPassword(id));
    const tried = await firstRow<{ revision: number }>(
      tx,
      sql`update portal_accounts set trial_username = ${username}, trial_password_sealed = ${trialSealed},
            revision = revision + 1, updated_at = now()
          where id = ${id} and state = 'connected' and coalesce(paused_reason, 'user') = 'user'
          returning revision`,
    );
    if (!tried) return savePortalCredentials(tx, secrets, { userId, username, password });
    await rescheduleForCredentials(tx, userId, 'credentials_saved');
    await notifyStatusChanged(tx, userId);
    return { revision: tried.revision };
  });
}

async function lockPortalAccount(tx: EntityManager, userId: string): Promise<string> {
  if (!(await lockUser(tx, userId))) throw new NoSuchUserError();
  await affected(tx, sql`insert into portal_accounts (user_id) values (${userId}) on conflict (user_id) do nothing`);
  const account = await firstRow<{ id: string }>(
    tx,
    sql`select id from portal_accounts where user_id = ${userId} for update`,
  );
  return account!.id;
}

/** Wipes the credentials and the saved session; the row stays, its revision risen. Notifies the watchers. Null where none were stored. */
export function deletePortalCredentials(em: EntityManager, userId: string): Promise<{ revision: number } | null> {
  return em.transactional(async (tx) => {
    if (!(await lockUser(tx, userId))) return null;
    const deleted = await firstRow<{ revision: number }>(
      tx,
      sql`update portal_accounts set username = null, password_sealed = null, session_sealed = null, key_id = null,
            trial_username = null, trial_password_sealed = null, revision = revision + 1, state = 'disconnected',
            updated_at = now()
          where user_id = ${userId} and state = 'connected' returning revision`,
    );
    if (!deleted) return null;
    await rescheduleForCredentials(tx, userId, 'disconnected');
    await notifyStatusChanged(tx, userId);
    return deleted;
  });
}

/** The account without its secrets, or null where the user never stored credentials. */
export async function readPortalAccount(em: EntityManager, userId: string): Promise<PortalAccountRow | null> {
  const found = await firstRow<AsRead<PortalAccountRow>>(
    em,
    sql`select id, username, trial_username as "trialUsername", state, revision, paused_reason as "pausedReason", next_sync_at as "nextSyncAt",
          last_sync_at as "lastSyncAt", consecutive_failures as "consecutiveFailures", created_at as "createdAt",
          updated_at as "updatedAt"
        from portal_accounts where user_id = ${userId}`,
  );
  return found && withTimes(found, 'nextSyncAt', 'lastSyncAt', 'createdAt', 'updatedAt');
}
