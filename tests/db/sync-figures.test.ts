import { expect, it } from 'vitest';
import { readSyncFigures } from '#db/queries/sync-figures.ts';
import { affected, sql } from '../support/sql.ts';
import { makeConnectedUser, useDatabase } from './fixtures.ts';

const { em } = useDatabase();

it('figures say how many are synced, why others are not, and how long ago that was', async () => {
  expect(await readSyncFigures(em())).toEqual({ accounts: [], ages: null, overdue: null });
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

it('and for how long syncs are overdue, whatever intervals users chose', async () => {
  const users = await Promise.all(Array.from({ length: 4 }, () => makeConnectedUser(em())));
  // The others of this file do not count.
  await affected(em(), sql`update portal_accounts set paused_reason = 'user' where not user_id = any(${users})`);
  const due = [sql`'-10 minutes'`, sql`'-50 minutes'`, sql`'20 hours'`, sql`null`];
  for (const [index, userId] of users.entries())
    await affected(
      em(),
      sql`update portal_accounts set next_sync_at = now() + ${due[index]!}::interval,
        last_sync_at = now() - interval '30 minutes', created_at = now() - interval '9 days' where user_id = ${userId}`,
    );
  const { overdue } = await readSyncFigures(em());
  expect(Math.round(overdue![0]! / 60)).toBe(20);
  expect(Math.round(overdue!.at(-1)! / 60)).toBe(50);
});
