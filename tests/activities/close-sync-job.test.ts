import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { createCloseSyncJob } from '#activities/close-sync-job.ts';
import type { SyncDeps } from '#activities/deps.ts';
import { notePushFailure, noteUpToDate, readPushTarget } from '#db/queries/calendar-connections.ts';
import { noteWritten, readPushWork } from '#db/queries/calendar-events.ts';
import { reconcileBookings } from '#db/queries/reconcile-bookings.ts';
import { readLatestState } from '#db/queries/sync-jobs.ts';
import { initOrm } from '#db/orm.ts';
import { affected, sql } from '../support/sql.ts';
import { addCalendar } from '../db/calendars.ts';
import { beginJob, closing, hourMs, makeConnectedUser, rental, stage, syncList, useDatabase } from '../db/fixtures.ts';
import { depsWith, runner } from './light-activities.ts';

const { em, orm, url } = useDatabase();
const close = runner(createCloseSyncJob, orm);

it('run twice, closes once and answers the same', async () => {
  const userId = await makeConnectedUser(em());
  const jobId = await beginJob(em(), userId);
  const input = closing({ userId, jobId }, { bookingsSynced: 4 });
  const first = await close(input);
  const state = await readLatestState(em(), userId);
  expect(first).toMatchObject({ connected: true, nextSyncAt: input.completedAt + 2 * hourMs, pausedReason: null });
  expect(await close(input)).toEqual(first);
  expect(await readLatestState(em(), userId)).toEqual(state);
  expect(state).toMatchObject({ job: { id: jobId, status: 'completed', bookingsSynced: 4 } });
});

it('fails while the database is away, so that it is tried again', async () => {
  const userId = await makeConnectedUser(em());
  const input = closing({ userId, jobId: await beginJob(em(), userId) });
  const away = await initOrm(new URL('/no_such_database', url()).href);
  await expect(runner(createCloseSyncJob, () => away)(input)).rejects.toThrow('no_such_database');
  await away.close();
  expect(await close(input)).toMatchObject({ connected: true });
});

describe('a connected calendar', () => {
  /** Runs the end of a sync; the calendars that it told. */
  async function told(input: Parameters<typeof close>[0], pushCalendar?: () => Promise<void>): Promise<string[]> {
    const calls: string[] = [];
    const tell = async (id: string) => void calls.push(id);
    const does = { pushCalendar: pushCalendar ?? tell, deliver: () => Promise.resolve() };
    const temporal = does as unknown as SyncDeps['temporal'];
    await new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR', () => undefined) }).run(
      createCloseSyncJob({ ...depsWith(orm()), temporal }),
      input,
    );
    return calls;
  }

  /** As a push does. */
  async function write(id: string): Promise<void> {
    const written = { href: 'x.ics', name: 'x', etag: null, state: 'written' } as const;
    for (const { id: bookingId, contentHash, sequence } of await readPushWork(em(), id, new Date(), 10))
      await noteWritten(em(), id, { bookingId, contentHash, sequence, ...written });
    await noteUpToDate(em(), (await readPushTarget(em(), id))!);
  }

  it('is told of a sync that changed something, and of no other', async () => {
    const userId = await makeConnectedUser(em());
    await syncList(em(), userId, [rental('one')]);
    const id = await addCalendar(em(), userId);
    const next = async () => told(closing({ userId, jobId: await beginJob(em(), userId) }));
    expect(await next()).toEqual([id]);
    await write(id);
    expect(await next()).toEqual([]);
    await syncList(em(), userId, [rental('one', { studio: 'Studio 2' })]);
    expect(await next()).toEqual([id]);
  });

  it('is compared with all bookings only after a change, and once a day of the studio', async () => {
    const userId = await makeConnectedUser(em());
    await syncList(em(), userId, [rental('one')]);
    const id = await addCalendar(em(), userId);
    await affected(em(), sql`update booking_changes set at = now() - interval '1 day' where user_id = ${userId}`);
    const next = async () => told(closing({ userId, jobId: await beginJob(em(), userId) }));
    await next();
    await write(id);
    await affected(em(), sql`update bookings set record_url = 'https://portal.test/moved' where user_id = ${userId}`);
    expect(await next()).toEqual([]);
    await affected(em(), sql`update calendar_connections set looked_at = now() - interval '2 days' where id = ${id}`);
    expect(await next()).toEqual([id]);
  });

  it('is told after the next sync of what was stored by one that was cut off', async () => {
    const userId = await makeConnectedUser(em());
    const id = await addCalendar(em(), userId);
    await told(closing({ userId, jobId: await beginJob(em(), userId) }));
    await write(id);
    const job = { userId, jobId: await beginJob(em(), userId) };
    await reconcileBookings(em(), await stage(em(), job, [rental('one')]));
    expect(await told(closing({ userId, jobId: await beginJob(em(), userId) }))).toEqual([id]);
  });

  it('that waits for its person, or cannot be told, holds no sync up', async () => {
    const userId = await makeConnectedUser(em());
    await syncList(em(), userId, [rental('one')]);
    const target = (await readPushTarget(em(), await addCalendar(em(), userId)))!;
    const job = async () => closing({ userId, jobId: await beginJob(em(), userId) });
    expect(await told(await job(), () => Promise.reject(new Error('away')))).toEqual([]);
    await notePushFailure(em(), target, 'credentials_refused');
    expect(await told(await job())).toEqual([]);
  });
});
