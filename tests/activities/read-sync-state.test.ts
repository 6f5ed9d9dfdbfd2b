import { expect, it } from 'vitest';
import { createReadSyncState } from '#activities/read-sync-state.ts';
import { makeConnectedUser, rental, syncList, useDatabase, anyNumber } from '../db/fixtures.ts';
import { runner } from './light-activities.ts';

const { em, orm } = useDatabase();
const read = runner(createReadSyncState, orm);

it('says what is stored, in numbers, ids and kinds only', async () => {
  const userId = await makeConnectedUser(em());
  const { jobId } = await syncList(em(), userId, [rental('one', { name: 'A secret rehearsal' })]);
  const state = await read({ userId });
  expect(state).toMatchObject({
    connected: true,
    revision: 1,
    lastRevision: 1,
    intervalMinutes: 120,
    limitMs: 300_000,
    nextSyncAt: anyNumber,
    lastSyncAt: anyNumber,
    lastJob: { id: jobId, status: 'completed' },
  });
  for (const secret of ['dancer', 'plié', 'v1.', 'rehearsal', '@example.test'])
    expect(JSON.stringify(state)).not.toContain(secret);
});

it('is not connected for a user who is not there', async () => {
  expect(await read({ userId: 'nobody' })).toMatchObject({ connected: false, lastJob: null, nextSyncAt: null });
});

it('says where operators have their pages, where that is configured', async () => {
  const userId = await makeConnectedUser(em());
  const PUBLIC_URL = 'https://console.example';
  const readThere = runner((deps) => createReadSyncState({ ...deps, config: { ...deps.config, PUBLIC_URL } }), orm);
  expect((await readThere({ userId })).consoleUrl).toBe(PUBLIC_URL);
  expect(await read({ userId })).not.toHaveProperty('consoleUrl');
});
