import { ApplicationFailure } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { expect, it } from 'vitest';
import { createReconcileBookings } from '#activities/reconcile-bookings.ts';
import { listBookings } from '#db/queries/bookings.ts';
import { beginJob, makeConnectedUser, rental, stage, useDatabase } from '../db/fixtures.ts';
import { depsWith, runner } from './light-activities.ts';

const { em, orm } = useDatabase();
const reconcile = runner(createReconcileBookings, orm);

it('run twice, stores once and answers the same', async () => {
  const userId = await makeConnectedUser(em());
  const jobId = await beginJob(em(), userId);
  const input = await stage(em(), { userId, jobId }, [rental('one'), rental('two')]);
  const counts = { outcome: 'stored', bookingsSynced: 2, listed: 2, added: 2, changed: 0, removed: 0, partial: false };
  expect(await reconcile(input)).toEqual(counts);
  expect(await reconcile(input)).toEqual(counts);
  expect((await listBookings(em(), userId, { limit: 10 })).total).toBe(2);
});

it('fails the sync for good where staged rows are missing, naming numbers only', async () => {
  const userId = await makeConnectedUser(em());
  const jobId = await beginJob(em(), userId);
  const input = await stage(em(), { userId, jobId }, [rental('one')], { count: 3 });
  const failure = await reconcile(input).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(ApplicationFailure);
  expect(failure).toMatchObject({
    type: 'internal',
    nonRetryable: true,
    message: '1 rows are staged where the attempt counted 3',
  });
  expect((await listBookings(em(), userId, { limit: 10 })).total).toBe(0);
});

it('tells the operators of a status that nobody knows, once', async () => {
  const logged: unknown[] = [];
  const logger = new DefaultLogger('WARN', ({ message, meta }) => logged.push([message, meta?.status]));
  const activity = createReconcileBookings(depsWith(orm()));
  for (const userId of [await makeConnectedUser(em()), await makeConnectedUser(em())]) {
    const jobId = await beginJob(em(), userId);
    const rentals = [rental('one', { status: 'Rescheduled' }), rental('two', { status: 'Declined' })];
    const input = await stage(em(), { userId, jobId }, rentals);
    await new MockActivityEnvironment({}, { logger }).run(activity, input);
  }
  expect(logged).toEqual([[expect.stringContaining('domain/rental-status.ts'), 'Rescheduled']]);
});
