import { describe, expect, it } from 'vitest';
import { closeSyncJob } from '#db/queries/close-sync-job.ts';
import { readPortalAccount, tryPortalCredentials } from '#db/queries/portal-accounts.ts';
import { listJobLogs } from '#db/queries/sync-jobs.ts';
import { beginJob, closing, defaults, hourMs, makeConnectedUser, secrets, useDatabase } from './fixtures.ts';

const { em } = useDatabase();

const close = (job: { userId: string; jobId: string }, values: Parameters<typeof closing>[1] = {}) =>
  closeSyncJob(em(), closing(job, values), defaults);

describe('closing the job of credentials on trial', () => {
  const tried = async () => {
    const userId = await makeConnectedUser(em());
    await tryPortalCredentials(em(), secrets, { userId, username: 'other', password: 'new' });
    return { userId, jobId: await beginJob(em(), userId) };
  };
  const earlier = { username: 'dancer', trialUsername: null, state: 'connected' };

  it.each(['invalid_credentials', 'account_locked', 'verification_required', 'cancelled'] as const)(
    'that ended as %s drops them, and goes on with the earlier ones',
    async (errorCode) => {
      const job = await tried();
      const completedAt = Date.now();
      const closed = await close(job, { status: 'failed', errorCode, revision: 2, completedAt });
      expect(closed).toMatchObject({
        trialEnded: true,
        connected: true,
        pausedReason: null,
        nextSyncAt: completedAt + 2 * hourMs,
      });
      expect(await readPortalAccount(em(), job.userId)).toMatchObject({ ...earlier, consecutiveFailures: 0 });
      expect(
        (await listJobLogs(em(), job.userId, job.jobId, { limit: 5 })).logs.map(({ message }) => message),
      ).toContain('The new sign-in was not saved. The earlier one stays.');
    },
  );

  it('that could not be tried keeps them for the next sync', async () => {
    const job = await tried();
    const failure = { status: 'failed', errorCode: 'portal_unavailable', revision: 2 } as const;
    expect(await close(job, failure)).not.toHaveProperty('trialEnded');
    expect(await readPortalAccount(em(), job.userId)).toMatchObject({ ...earlier, trialUsername: 'other' });
  });

  it('keeps newer ones that came meanwhile', async () => {
    const job = await tried();
    await tryPortalCredentials(em(), secrets, { userId: job.userId, username: 'third', password: 'newer' });
    const failure = { status: 'failed', errorCode: 'invalid_credentials', revision: 2 } as const;
    const closed = await close(job, failure);
    expect(closed).toMatchObject({ pausedReason: null, revision: 3 });
    expect(await readPortalAccount(em(), job.userId)).toMatchObject({ ...earlier, trialUsername: 'third' });
  });

  it('keeps a pause of the user’s own', async () => {
    const job = await tried();
    const failure = { status: 'failed', errorCode: 'invalid_credentials', revision: 2 } as const;
    const closed = await close(job, { ...failure, paused: true });
    expect(closed).toMatchObject({ trialEnded: true, pausedReason: 'user' });
  });
});
