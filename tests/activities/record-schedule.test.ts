import { expect, it } from 'vitest';
import { createRecordSchedule } from '#activities/record-schedule.ts';
import { readPortalAccount } from '#db/queries/portal-accounts.ts';
import { makeConnectedUser, useDatabase } from '../db/fixtures.ts';
import { runner } from './light-activities.ts';

const { em, orm } = useDatabase();
const record = runner(createRecordSchedule, orm);

it('stores when the next sync is due, and a pause, as often as it is run', async () => {
  const userId = await makeConnectedUser(em());
  const nextSyncAt = Date.UTC(2026, 10, 23, 12);
  for (let time = 0; time < 2; time += 1) await record({ userId, nextSyncAt, pausedReason: 'user' });
  expect(await readPortalAccount(em(), userId)).toMatchObject({
    nextSyncAt: new Date(nextSyncAt),
    pausedReason: 'user',
  });
  await record({ userId, nextSyncAt: null, pausedReason: null });
  expect(await readPortalAccount(em(), userId)).toMatchObject({ nextSyncAt: null, pausedReason: null });
});

it('has nothing to say about a user who is not there', async () => {
  await expect(record({ userId: 'nobody', nextSyncAt: 1, pausedReason: null })).resolves.toBeUndefined();
});
