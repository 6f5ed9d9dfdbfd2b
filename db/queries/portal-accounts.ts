/** Portal accounts: credentials, the saved portal session, and what an attempt needs to begin. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { activeStatuses } from '#domain/sync-states.ts';
import { withoutSession } from '#domain/portal-session.ts';
import { secretContext, SecretsError, type Secrets } from '../secrets.ts';
import { kysely, now, type Row } from '../kysely.ts';
import { rescheduleForCredentials } from './schedule.ts';
import { earlierAttemptsStopped, notifyStatusChanged, retryOfAttempt, statusNotified } from './sync-jobs.ts';
import { lockUser } from './users.ts';

const columns = [
  ...(['id', 'username', 'trialUsername', 'state', 'revision', 'pausedReason', 'nextSyncAt', 'lastSyncAt'] as const),
  ...(['consecutiveFailures', 'createdAt', 'updatedAt'] as const),
];

/** A user's portal account without its secrets. */
export type PortalAccountRow = Pick<Row<'portal_accounts'>, (typeof columns)[number]>;

/** What one attempt works with. Both secrets are sealed, see `secretContext`. */
export interface AttemptCredentials {
  portalAccountId: string;
  revision: number;
  username: string;
  passwordSealed: string;
  /** The cookies of the last visit, of an account of the same name. */
  sessionSealed: string | null;
  /** These are not the stored credentials but new ones, see {@link acceptPendingCredentials}. */
  pendingCredentials: boolean;
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
  {
    userId,
    jobId,
    attempt,
    dryRun = false,
    narrowed = false,
  }: { userId: string; jobId: string; attempt: number; dryRun?: boolean | undefined; narrowed?: boolean },
): Promise<AttemptCredentials | null> {
  const begun = await kysely(em)
    .with('account', (db) =>
      db
        .selectFrom('portal_accounts')
        .where((eb) => eb.and({ userId, state: 'connected' }))
        .select((eb) => [
          ...(['id', 'userId', 'revision'] as const),
          eb('trialUsername', 'is not', null).$castTo<boolean>().as('pendingCredentials'),
          eb.fn.coalesce('trialUsername', 'username').$notNull().as('username'),
          eb.fn.coalesce('trialPasswordSealed', 'passwordSealed').$notNull().as('passwordSealed'),
          eb
            .case()
            .when(eb.fn.coalesce('trialUsername', 'username'), '=', eb.ref('username'))
            .then(eb.ref('sessionSealed'))
            .end()
            .as('sessionSealed'),
        ]),
    )
    .with('job', (db) =>
      db
        .updateTable('sync_jobs as j')
        .from('account')
        .set((eb) => ({
          ...({ status: 'running', phase: 'initializing', attempt, done: 0, total: null } as const),
          retry: retryOfAttempt(attempt),
          dryRun,
          narrowed,
          // What the whole list held says nothing about the size of a part of it.
          ...(narrowed && { expectedTotal: null, expectedMs: null }),
          revision: eb.ref('account.revision'),
          startedAt: eb.fn.coalesce('j.startedAt', now),
        }))
        .where('j.id', '=', jobId)
        .whereRef('j.userId', '=', 'account.userId')
        .where('j.status', 'in', activeStatuses)
        .where('j.reconciledAt', 'is', null)
        .where('j.attempt', '<=', attempt)
        .returning((eb) => [
          'j.userId',
          statusNotified(eb.ref('j.userId')),
          earlierAttemptsStopped(eb.cast<string>('j.id', 'text'), eb.ref('j.attempt')),
        ]),
    )
    .selectFrom('job')
    .innerJoin('account', 'account.userId', 'job.userId')
    .select(['account.id as portalAccountId', 'account.revision', 'account.username', 'account.passwordSealed'])
    .select(['account.sessionSealed', 'account.pendingCredentials'])
    .executeTakeFirst();
  return begun ?? null;
}

/** Keeps a portal session for later syncs; returns false if the credentials changed since `revision`. */
export async function savePortalSession(
  em: EntityManager,
  { userId, revision, sessionSealed }: { userId: string; revision: number; sessionSealed: string },
): Promise<boolean> {
  const { numUpdatedRows } = await kysely(em)
    .updateTable('portal_accounts')
    .set({ sessionSealed, updatedAt: now })
    .where((eb) => eb.and({ userId, revision, state: 'connected' }))
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/**
 * Makes the pending credentials the stored ones: the portal let us in with them. Their revision is the one that they
 * were tried under. False, and nothing changed, where the credentials changed since `revision`.
 */
export async function acceptPendingCredentials(
  em: EntityManager,
  { userId, revision }: { userId: string; revision: number },
): Promise<boolean> {
  const { numUpdatedRows } = await kysely(em)
    .updateTable('portal_accounts')
    .set((eb) => ({
      username: eb.ref('trialUsername'),
      passwordSealed: eb.ref('trialPasswordSealed'),
      keyId: sql<string>`split_part(trial_password_sealed, '.', 2)`,
      ...withoutPending,
      sessionSealed: eb.case().when('trialUsername', '=', eb.ref('username')).then(eb.ref('sessionSealed')).end(),
      updatedAt: now,
    }))
    .where((eb) => eb.and({ userId, revision }))
    .where('trialUsername', 'is not', null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

const withoutPending = { trialUsername: null, trialPasswordSealed: null };

const revisionRisen = sql<number>`revision + 1`;

/**
 * Stores credentials and makes the next sync due at once. The revision rises, the saved session goes (cookies by which the
 * portal knows the browser stay for the same username), and so does a pause for bad credentials; the user's own pause stays. Notifies the watchers. Throws {@link NoSuchUserError}.
 */
export function savePortalCredentials(
  em: EntityManager,
  secrets: Secrets,
  { userId, username, password }: { userId: string; username: string; password: string },
): Promise<{ revision: number }> {
  return em.transactional(async (tx) => {
    const { id, ...before } = await lockPortalAccount(tx, userId);
    const sessionSealed = before.username === username ? knownBrowser(secrets, id, before.sessionSealed) : null;
    const passwordSealed = secrets.seal(password, secretContext.portalPassword(id));
    const { currentKeyId: keyId } = secrets;
    const saved = await kysely(tx)
      .updateTable('portal_accounts')
      .set({ username, passwordSealed, keyId, sessionSealed, ...withoutPending })
      .set({ revision: revisionRisen, state: 'connected', updatedAt: now })
      .where('id', '=', id)
      .returning('revision')
      .executeTakeFirstOrThrow();
    await rescheduleForCredentials(tx, userId, 'credentials_saved');
    await notifyStatusChanged(tx, userId);
    return saved;
  });
}

/**
 * Keeps credentials as pending and makes the next sync due at once, which signs in with them: they replace the stored ones
 * when the portal accepts them, and are dropped when it does not. Where no working ones exist, the new ones are stored
 * right away. Notifies the watchers. Throws {@link NoSuchUserError}.
 */
export function tryPortalCredentials(
  em: EntityManager,
  secrets: Secrets,
  { userId, username, password }: { userId: string; username: string; password: string },
): Promise<{ revision: number }> {
  return em.transactional(async (tx) => {
    const { id } = await lockPortalAccount(tx, userId);
    const trialPasswordSealed = secrets.seal(password, secretContext.portalPassword(id));
    const tried = await kysely(tx)
      .updateTable('portal_accounts')
      .set({ trialUsername: username, trialPasswordSealed, revision: revisionRisen, updatedAt: now })
      .where((eb) => eb.and({ id, state: 'connected' }))
      .where((eb) => eb.or([eb('pausedReason', 'is', null), eb('pausedReason', '=', 'user')]))
      .returning('revision')
      .executeTakeFirst();
    if (!tried) return savePortalCredentials(tx, secrets, { userId, username, password });
    await rescheduleForCredentials(tx, userId, 'credentials_saved');
    await notifyStatusChanged(tx, userId);
    return tried;
  });
}

/** What is saved, without the session: new credentials are to be tried, by a browser that the portal knows. */
function knownBrowser(secrets: Secrets, id: string, sessionSealed: string | null): string | null {
  if (sessionSealed === null) return null;
  try {
    const place = secretContext.portalSession(id);
    const kept = withoutSession(secrets.open(sessionSealed, place));
    return kept && secrets.seal(kept, place);
  } catch (error) {
    if (error instanceof SecretsError) return null; // its key is gone
    throw error;
  }
}

async function lockPortalAccount(
  tx: EntityManager,
  userId: string,
): Promise<Pick<Row<'portal_accounts'>, 'id' | 'username' | 'sessionSealed'>> {
  if (!(await lockUser(tx, userId))) throw new NoSuchUserError();
  const accounts = kysely(tx);
  await accounts
    .insertInto('portal_accounts')
    .values({ userId })
    .onConflict((conflict) => conflict.column('userId').doNothing())
    .execute();
  const own = accounts.selectFrom('portal_accounts').select(['id', 'username', 'sessionSealed']);
  return own.where('userId', '=', userId).forUpdate().executeTakeFirstOrThrow();
}

/** Wipes the credentials and the saved session; the row stays, with a higher revision. Notifies the watchers. Null where none were stored. */
export function deletePortalCredentials(em: EntityManager, userId: string): Promise<{ revision: number } | null> {
  return em.transactional(async (tx) => {
    if (!(await lockUser(tx, userId))) return null;
    const deleted = await kysely(tx)
      .updateTable('portal_accounts')
      .set({ username: null, passwordSealed: null, keyId: null, sessionSealed: null, ...withoutPending })
      .set({ revision: revisionRisen, state: 'disconnected', updatedAt: now })
      .where((eb) => eb.and({ userId, state: 'connected' }))
      .returning('revision')
      .executeTakeFirst();
    if (!deleted) return null;
    await rescheduleForCredentials(tx, userId, 'disconnected');
    await notifyStatusChanged(tx, userId);
    return deleted;
  });
}

/** The account without its secrets, or null where the user never stored credentials. */
export async function readPortalAccount(em: EntityManager, userId: string): Promise<PortalAccountRow | null> {
  const account = kysely(em).selectFrom('portal_accounts').select(columns).where('userId', '=', userId);
  return (await account.executeTakeFirst()) ?? null;
}
