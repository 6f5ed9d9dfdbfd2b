import { expect, it } from 'vitest';
import { readSyncFigures } from '#db/queries/sync-figures.ts';
import { affected, sql } from '../support/sql.ts';
import { makeConnectedUser, useDatabase } from './fixtures.ts';

const { em } = useDatabase();

it('figures say how many are synced, why others are not, and how long ago that was', async () => {
  expect(await readSyncFigures(em())).toEqual({ accounts: [], ages: null });
  const [fresh, stale, never, paused, gone] = await Promise.all(
    Array.from({ length: 5 }, () => makeConnectedUser(em())),
  );
  const change = (userId: unknown, values: ReturnType<typeof sql>) =>
    affected(em(), sql`update portal_accounts set ${values} where user_id = ${userId}`);
  await change(fresh, sql`last_sync_at = now() - interval '1 minute'`);
  await change(stale, sql`last_sync_at = now() - interval '3 hours'`);
  await change(never, sql`last_sync_at = null, created_at = now() - interval '1 day'`);
  await change(paused, sql`paused_reason = 'invalid_credentials', last_sync_at = now() - interval '9 days'`);
  await change(gone, sql`state = 'disconnected', paused_reason = 'user'`);
  const { accounts, ages } = await readSyncFigures(em());
  expect(accounts.toSorted((one, other) => one.state.localeCompare(other.state))).toEqual([
    { state: 'disconnected', reason: '', count: 1 },
    { state: 'paused', reason: 'invalid_credentials', count: 1 },
    { state: 'syncing', reason: '', count: 3 },
  ]);
  expect(ages!.map((age) => Math.round(age / 60))).toEqual([180, 1_188, 1_415, 1_440]);
});
