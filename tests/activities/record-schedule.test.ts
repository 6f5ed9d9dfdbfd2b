import { expect, it } from 'vitest';
import { createRecordSchedule } from '#activities/record-schedule.ts';
import { readPortalAccount } from '#db/queries/portal-accounts.ts';
import { makeConnectedUser, useDatabase } from '../db/fixtures.ts';
import { runner } from './light-activities.ts';

const { em, orm } = useDatabase();
const record = runner(createRecordSchedule, orm);

it('stores a pause, as often as it is run', async () => {
  const userId = await makeConnectedUser(em());
  const now = Date.now();
  for (let time = 0; time < 2; time += 1)
    expect(await record({ userId, paused: true, now })).toMatchObject({ pausedReason: 'user', intervalMinutes: 120 });
  expect(await readPortalAccount(em(), userId)).toMatchObject({ pausedReason: 'user' });
});

it('has nothing to say about a user who is not there', async () => {
  await expect(record({ userId: 'nobody', resumed: true, now: 1 })).resolves.toBeUndefined();
});
