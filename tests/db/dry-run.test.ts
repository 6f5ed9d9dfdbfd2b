/** A dry run: it says what a sync would change, and leaves no trace but that. */
import { expect, it } from 'vitest';
import { listBookings, listChanges } from '#db/queries/bookings.ts';
import { closeSyncJob } from '#db/queries/close-sync-job.ts';
import { listEvents } from '#db/queries/events.ts';
import { beginAttempt } from '#db/queries/portal-accounts.ts';
import { reconcileBookings } from '#db/queries/reconcile-bookings.ts';
import { listJobLogs, readJob, readLatestState } from '#db/queries/sync-jobs.ts';
import { affected, firstRow, sql } from '../support/sql.ts';
import {
  beginJob,
  closing,
  defaults,
  makeConnectedUser,
  rental,
  stage,
  stored,
  syncList,
  useDatabase,
} from './fixtures.ts';

const { em } = useDatabase();

it('says what would change, writes no booking, and makes nothing look newer', async () => {
  const userId = await makeConnectedUser(em());
  await syncList(em(), userId, [rental('one'), rental('two'), rental('three')]);
  const before = await listBookings(em(), userId, { limit: 100 });
  const lastError = () => firstRow(em(), sql`select last_error_code from portal_accounts where user_id = ${userId}`);
  await affected(em(), sql`update portal_accounts set last_error_code = 'portal_down' where user_id = ${userId}`);
  const { lastSyncAt, nextSyncAt } = (await readLatestState(em(), userId))!;
  const { events: told } = await listEvents(em(), userId, { limit: 100 });

  const jobId = await beginJob(em(), userId);
  await beginAttempt(em(), { userId, jobId, attempt: 1, dryRun: true });
  const list = [rental('one', { name: 'R-other' }), rental('two'), rental('four')];
  const input = await stage(em(), { userId, jobId }, list);
  const counts = { bookingsSynced: 3, added: 1, changed: 1, removed: 1 };
  expect(await reconcileBookings(em(), input)).toEqual(stored(counts));
  expect(await reconcileBookings(em(), input)).toEqual(stored(counts));
  await closeSyncJob(em(), closing({ userId, jobId }, { bookingsSynced: 3, part: true }), defaults);

  expect(await listBookings(em(), userId, { limit: 100 })).toEqual(before);
  expect((await listEvents(em(), userId, { limit: 100 })).events).toEqual(told);
  expect((await listChanges(em(), userId, { limit: 100, jobId })).changes).toEqual([]);
  expect(await readLatestState(em(), userId)).toMatchObject({ lastSyncAt, nextSyncAt });
  expect(await lastError()).toEqual({ last_error_code: 'portal_down' });
  expect(await readJob(em(), userId, jobId)).toMatchObject({ status: 'completed', dryRun: true, ...counts });
  const { logs } = await listJobLogs(em(), userId, jobId, { limit: 100 });
  const [line, ...rest] = logs;
  expect(line!.message).toBe('Dry run: 1 would be new, 1 changed, 1 gone. Nothing was stored.');
  expect(line!.data!.changes).toEqual(
    expect.arrayContaining([
      expect.objectContaining({
        kind: 'renamed',
        recordId: 'one',
        before: { name: 'R-one' },
        after: { name: 'R-other' },
      }),
      expect.objectContaining({ kind: 'removed', recordId: 'three', after: null }),
      expect.objectContaining({ kind: 'added', recordId: 'four', before: null }),
    ]),
  );
  expect(rest.map(({ message }) => message)).toEqual(
    expect.arrayContaining([
      'R-four would be new.',
      'R-three would be marked as gone.',
      'Dry run finished; nothing was stored',
    ]),
  );
});

it('of a part of the list takes nothing for gone, nor for a gap', async () => {
  const userId = await makeConnectedUser(em());
  await syncList(em(), userId, [rental('one'), rental('two'), rental('three')]);
  const { result } = await syncList(em(), userId, [rental('one')], { complete: false, partRead: true });
  expect(result).toEqual(stored({ bookingsSynced: 1 }));
  const { bookings } = await listBookings(em(), userId, { limit: 100 });
  expect(bookings.map(({ removedAt }) => removedAt)).toEqual([null, null, null]);
});

it('stores nothing either where a worker of the release before began the attempt', async () => {
  const userId = await makeConnectedUser(em());
  const jobId = await beginJob(em(), userId);
  const input = await stage(em(), { userId, jobId }, [rental('one')]);
  expect(await reconcileBookings(em(), { ...input, dryRun: true })).toEqual(stored({ bookingsSynced: 1, added: 1 }));
  expect((await listBookings(em(), userId, { limit: 100 })).bookings).toEqual([]);
});

it('or a sync of a part, however often, leaves the schedule, the streak and the last sync to the whole one', async () => {
  const userId = await makeConnectedUser(em());
  const failed = await beginJob(em(), userId);
  const failure = { status: 'failed', errorCode: 'portal_unavailable', bookingsSynced: null } as const;
  await closeSyncJob(em(), closing({ userId, jobId: failed }, failure), defaults);
  const before = (await readLatestState(em(), userId))!;
  const jobId = await beginJob(em(), userId);
  await closeSyncJob(em(), closing({ userId, jobId }, { bookingsSynced: 1, part: true }), defaults);
  const { lastSyncAt, nextSyncAt, consecutiveFailures } = before;
  expect(consecutiveFailures).toBe(1);
  expect(await readLatestState(em(), userId)).toMatchObject({ lastSyncAt, nextSyncAt, consecutiveFailures });
});
