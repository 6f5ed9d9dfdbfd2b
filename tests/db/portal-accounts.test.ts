import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  deletePortalCredentials,
  deletePortalSession,
  NoSuchUserError,
  readPortalAccount,
  savePortalCredentials,
  savePortalSession,
} from '../../db/queries/portal-accounts.ts';
import { recordSchedule } from '../../db/queries/sync-settings.ts';
import { secretPlace } from '../../db/secrets.ts';
import { firstRow, sql } from '../../db/sql.ts';
import { makeConnectedUser, makeUser, secrets, useDatabase, anyDate } from './fixtures.ts';

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
    expect(secrets.open(stored.password_sealed!, secretPlace.portalPassword(stored.id))).toBe('arabesque');
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
    expect(secrets.open(stored.password_sealed!, secretPlace.portalPassword(stored.id))).toBe('other');
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
      await recordSchedule(em(), { userId, nextSyncAt: null, pausedReason });
      await save(userId);
      expect(await readPortalAccount(em(), userId)).toMatchObject({ pausedReason: null, nextSyncAt: anyDate });
    },
  );

  it('does not end the user’s own pause', async () => {
    const userId = await makeConnectedUser(em());
    await recordSchedule(em(), { userId, nextSyncAt: null, pausedReason: 'user' });
    await save(userId);
    expect(await readPortalAccount(em(), userId)).toMatchObject({ pausedReason: 'user', nextSyncAt: null });
  });

  it('for a user that does not exist says so', async () => {
    await expect(save(randomUUID())).rejects.toThrow(NoSuchUserError);
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

  it('is forgotten for its own credentials only', async () => {
    const userId = await makeConnectedUser(em());
    await save(userId);
    await savePortalSession(em(), { userId, revision: 2, sessionSealed: 'v1.new' });
    await deletePortalSession(em(), { userId, revision: 1 });
    expect((await storedSecretsOf(userId)).session_sealed).toBe('v1.new');
    await deletePortalSession(em(), { userId, revision: 2 });
    expect((await storedSecretsOf(userId)).session_sealed).toBeNull();
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
