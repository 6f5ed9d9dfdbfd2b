import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  acceptPendingCredentials,
  beginAttempt,
  deletePortalCredentials,
  NoSuchUserError,
  readPortalAccount,
  savePortalCredentials,
  savePortalSession,
  tryPortalCredentials,
} from '#db/queries/portal-accounts.ts';
import { recordSchedule } from '#db/queries/schedule.ts';
import { secretContext } from '#db/secrets.ts';
import { serializeSession } from '#domain/portal-session.ts';
import { firstRow, sql } from '../support/sql.ts';
import { beginJob, defaults, makeConnectedUser, makeUser, secrets, useDatabase, anyDate } from './fixtures.ts';

const { em } = useDatabase();

interface StoredSecrets {
  id: string;
  username: string | null;
  password_sealed: string | null;
  session_sealed: string | null;
  key_id: string | null;
}

async function storedSecretsOf(userId: string): Promise<StoredSecrets> {
  const found = await firstRow<StoredSecrets>(
    em(),
    sql`select id, username, password_sealed, session_sealed, key_id from portal_accounts where user_id = ${userId}`,
  );
  return found!;
}

const save = (userId: string, password = 'arabesque') =>
  savePortalCredentials(em(), secrets, { userId, username: 'dancer', password });

describe('saving credentials', () => {
  it('stores the password sealed for this very row, and makes a sync due', async () => {
    const userId = await makeUser(em());
    expect(await save(userId)).toEqual({ revision: 1 });
    const stored = await storedSecretsOf(userId);
    expect(stored).toMatchObject({ username: 'dancer', key_id: 'test', session_sealed: null });
    expect(stored.password_sealed).not.toContain('arabesque');
    expect(secrets.open(stored.password_sealed!, secretContext.portalPassword(stored.id))).toBe('arabesque');
    expect(await readPortalAccount(em(), userId)).toMatchObject({
      username: 'dancer',
      state: 'connected',
      revision: 1,
      pausedReason: null,
      nextSyncAt: anyDate,
      lastSyncAt: null,
    });
  });

  it('again raises the revision and forgets the portal session', async () => {
    const userId = await makeConnectedUser(em());
    await savePortalSession(em(), { userId, revision: 1, sessionSealed: 'v1.sealed' });
    expect(await save(userId, 'other')).toEqual({ revision: 2 });
    const stored = await storedSecretsOf(userId);
    expect(stored.session_sealed).toBeNull();
    expect(secrets.open(stored.password_sealed!, secretContext.portalPassword(stored.id))).toBe('other');
  });

  it('by many at once gives each a revision of its own', async () => {
    const userId = await makeUser(em());
    const saved = await Promise.all(Array.from({ length: 5 }, () => save(userId)));
    expect(saved.map(({ revision }) => revision).sort()).toEqual([1, 2, 3, 4, 5]);
  });

  it.each(['invalid_credentials', 'account_locked', 'verification_required'] as const)(
    'ends a pause for %s',
    async (pausedReason) => {
      const userId = await makeConnectedUser(em());
      await recordSchedule(em(), { userId, nextSyncAt: null, pausedReason }, defaults);
      await save(userId);
      expect(await readPortalAccount(em(), userId)).toMatchObject({ pausedReason: null, nextSyncAt: anyDate });
    },
  );

  it('does not end the user’s own pause', async () => {
    const userId = await makeConnectedUser(em());
    await recordSchedule(em(), { userId, nextSyncAt: null, pausedReason: 'user' }, defaults);
    await save(userId);
    expect(await readPortalAccount(em(), userId)).toMatchObject({ pausedReason: 'user', nextSyncAt: null });
  });

  it('for a user that does not exist says so', async () => {
    await expect(save(randomUUID())).rejects.toThrow(NoSuchUserError);
  });
});

describe('trying credentials', () => {
  const other = { username: 'other', password: 'fouetté' };
  const attempt = (userId: string) => (tried: { username: string; password: string }) =>
    tryPortalCredentials(em(), secrets, { userId, ...tried });

  it('puts them beside the stored ones, whose session stays, and makes a sync due', async () => {
    const userId = await makeConnectedUser(em());
    await savePortalSession(em(), { userId, revision: 1, sessionSealed: 'v1.sealed' });
    await recordSchedule(em(), { userId, nextSyncAt: Date.UTC(2030), pausedReason: null }, defaults);
    expect(await attempt(userId)(other)).toEqual({ revision: 2 });
    expect(await storedSecretsOf(userId)).toMatchObject({ username: 'dancer', session_sealed: 'v1.sealed' });
    const account = await readPortalAccount(em(), userId);
    expect(account).toMatchObject({ username: 'dancer', trialUsername: 'other', revision: 2 });
    expect(account!.nextSyncAt!.getTime()).toBeLessThanOrEqual(Date.now());
  });

  it('gives them to the next attempt, without the session of the stored ones', async () => {
    const userId = await makeConnectedUser(em());
    await savePortalSession(em(), { userId, revision: 1, sessionSealed: 'v1.sealed' });
    await attempt(userId)(other);
    const jobId = await beginJob(em(), userId);
    const begun = await beginAttempt(em(), { userId, jobId, attempt: 2 });
    expect(begun).toMatchObject({ username: 'other', pendingCredentials: true, sessionSealed: null, revision: 2 });
    expect(secrets.open(begun!.passwordSealed, secretContext.portalPassword(begun!.portalAccountId))).toBe('fouetté');
  });

  it('stores them once they are accepted, as they were tried', async () => {
    const userId = await makeConnectedUser(em());
    await attempt(userId)(other);
    expect(await acceptPendingCredentials(em(), { userId, revision: 2 })).toBe(true);
    const stored = await storedSecretsOf(userId);
    expect(stored).toMatchObject({ username: 'other', key_id: 'test', session_sealed: null });
    expect(secrets.open(stored.password_sealed!, secretContext.portalPassword(stored.id))).toBe('fouetté');
    expect(await readPortalAccount(em(), userId)).toMatchObject({ trialUsername: null, revision: 2 });
    expect(await acceptPendingCredentials(em(), { userId, revision: 2 })).toBe(false);
  });

  it('accepts no others than those that were tried', async () => {
    const userId = await makeConnectedUser(em());
    await attempt(userId)(other);
    await attempt(userId)({ username: 'third', password: 'p' });
    expect(await acceptPendingCredentials(em(), { userId, revision: 2 })).toBe(false);
    await save(userId);
    expect(await acceptPendingCredentials(em(), { userId, revision: 3 })).toBe(false);
    expect(await readPortalAccount(em(), userId)).toMatchObject({ username: 'dancer', trialUsername: null });
  });

  it('stores them right away where none are stored, or Gibney refuses those that are', async () => {
    const userId = await makeUser(em());
    await attempt(userId)(other);
    expect(await readPortalAccount(em(), userId)).toMatchObject({
      username: 'other',
      trialUsername: null,
      revision: 1,
    });
    await recordSchedule(em(), { userId, nextSyncAt: null, pausedReason: 'invalid_credentials' }, defaults);
    await attempt(userId)({ username: 'third', password: 'p' });
    const account = await readPortalAccount(em(), userId);
    expect(account).toMatchObject({ username: 'third', trialUsername: null, pausedReason: null, nextSyncAt: anyDate });
  });

  it('leaves a pause of the user’s own, and nothing due', async () => {
    const userId = await makeConnectedUser(em());
    await recordSchedule(em(), { userId, nextSyncAt: null, pausedReason: 'user' }, defaults);
    await attempt(userId)(other);
    const account = await readPortalAccount(em(), userId);
    expect(account).toMatchObject({ trialUsername: 'other', pausedReason: 'user', nextSyncAt: null });
  });

  it('is over when the stored ones are deleted', async () => {
    const userId = await makeConnectedUser(em());
    await attempt(userId)(other);
    await deletePortalCredentials(em(), userId);
    expect(await readPortalAccount(em(), userId)).toMatchObject({ username: null, trialUsername: null });
  });
});

describe('the portal session', () => {
  it('is kept for the credentials that it was made with, and for no others', async () => {
    const userId = await makeConnectedUser(em());
    expect(await savePortalSession(em(), { userId, revision: 1, sessionSealed: 'v1.first' })).toBe(true);
    await save(userId);
    expect(await savePortalSession(em(), { userId, revision: 1, sessionSealed: 'v1.late' })).toBe(false);
    expect((await storedSecretsOf(userId)).session_sealed).toBeNull();
  });

  const rest = { domain: 'portal.test', path: '/', httpOnly: true, secure: true, sameSite: 'None' as const };
  const sid = { ...rest, name: 'sid', value: 'session', expires: -1 };
  const device = { ...rest, name: 'sfdc_lv2', value: 'known', expires: 4_000_000_000 };

  async function withCookies(): Promise<{ userId: string; place: string }> {
    const userId = await makeConnectedUser(em());
    const place = secretContext.portalSession((await storedSecretsOf(userId)).id);
    const sessionSealed = secrets.seal(serializeSession([sid, device]), place);
    await savePortalSession(em(), { userId, revision: 1, sessionSealed });
    return { userId, place };
  }

  it('goes where the same username is saved again, and the cookies stay by which the portal knows the browser', async () => {
    const { userId, place } = await withCookies();
    await save(userId, 'other');
    const stored = await storedSecretsOf(userId);
    expect(secrets.open(stored.session_sealed!, place)).toBe(serializeSession([device]));
    await savePortalCredentials(em(), secrets, { userId, username: 'another', password: 'p' });
    expect((await storedSecretsOf(userId)).session_sealed).toBeNull();
  });

  it('stays where a new password of the same username is tried and accepted', async () => {
    const { userId } = await withCookies();
    const { session_sealed: kept } = await storedSecretsOf(userId);
    await tryPortalCredentials(em(), secrets, { userId, username: 'dancer', password: 'p' });
    const jobId = await beginJob(em(), userId);
    const begun = await beginAttempt(em(), { userId, jobId, attempt: 2 });
    expect(begun).toMatchObject({ pendingCredentials: true, sessionSealed: kept });
    await acceptPendingCredentials(em(), { userId, revision: 2 });
    expect((await storedSecretsOf(userId)).session_sealed).toBe(kept);
  });

  it('is not kept for a user who disconnected', async () => {
    const userId = await makeConnectedUser(em());
    await deletePortalCredentials(em(), userId);
    expect(await savePortalSession(em(), { userId, revision: 2, sessionSealed: 'v1.late' })).toBe(false);
  });
});

describe('deleting credentials', () => {
  it('wipes every secret and raises the revision', async () => {
    const userId = await makeConnectedUser(em());
    await savePortalSession(em(), { userId, revision: 1, sessionSealed: 'v1.sealed' });
    expect(await deletePortalCredentials(em(), userId)).toEqual({ revision: 2 });
    expect(await storedSecretsOf(userId)).toMatchObject({
      username: null,
      password_sealed: null,
      session_sealed: null,
      key_id: null,
    });
    expect(await readPortalAccount(em(), userId)).toMatchObject({ state: 'disconnected', nextSyncAt: null });
    expect(await save(userId)).toEqual({ revision: 3 });
  });

  it('a second time, or where none were stored, changes nothing', async () => {
    const userId = await makeConnectedUser(em());
    await deletePortalCredentials(em(), userId);
    expect(await deletePortalCredentials(em(), userId)).toBeNull();
    expect(await deletePortalCredentials(em(), await makeUser(em()))).toBeNull();
  });
});

it('is nobody’s where the user never connected', async () => {
  expect(await readPortalAccount(em(), await makeUser(em()))).toBeNull();
});
