import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { createCloseSyncJob } from '#activities/close-sync-job.ts';
import type { SyncDeps } from '#activities/deps.ts';
import { addConnection, notePushFailure, noteUpToDate, readPushTarget } from '#db/queries/calendar-connections.ts';
import { noteWritten, readPushWork } from '#db/queries/calendar-events.ts';
import { readLatestState } from '#db/queries/sync-jobs.ts';
import { initOrm } from '#db/orm.ts';
import {
  beginJob,
  closing,
  hourMs,
  makeConnectedUser,
  rental,
  secrets,
  syncList,
  useDatabase,
} from '../db/fixtures.ts';
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
  const given = { serverUrl: 'https://calendar.test/', username: 'ann', password: 'p', name: 'Rentals' };
  const connect = (userId: string) =>
    addConnection(em(), secrets, userId, { ...given, calendarUrl: `https://calendar.test/${userId}/` }, 5);

  /** Runs the end of a sync; the calendars that it told. */
  async function told(input: Parameters<typeof close>[0], pushCalendar?: () => Promise<void>): Promise<string[]> {
    const calls: string[] = [];
    const tell = async (id: string) => void calls.push(id);
    const temporal = { pushCalendar: pushCalendar ?? tell } as unknown as SyncDeps['temporal'];
    await new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR', () => undefined) }).run(
      createCloseSyncJob({ ...depsWith(orm()), temporal }),
      input,
    );
    return calls;
  }

  it('is told of a sync that changed something, and of no other', async () => {
    const userId = await makeConnectedUser(em());
    await syncList(em(), userId, [rental('one')]);
    const id = (await connect(userId))!;
    const target = (await readPushTarget(em(), id))!;
    const next = async () => told(closing({ userId, jobId: await beginJob(em(), userId) }));
    expect(await next()).toEqual([id]);
    const [work] = await readPushWork(em(), id, new Date(), 10);
    const { id: bookingId, contentHash, sequence } = work!;
    const written = { href: 'x.ics', name: 'x', etag: null, state: 'written' } as const;
    await noteWritten(em(), id, { bookingId, contentHash, sequence, ...written });
    await noteUpToDate(em(), { ...target, dueAt: (await readPushTarget(em(), id))!.dueAt });
    expect(await next()).toEqual([]);
    await syncList(em(), userId, [rental('one', { studio: 'Studio 2' })]);
    expect(await next()).toEqual([id]);
  });

  it('that waits for its person, or cannot be told, holds no sync up', async () => {
    const userId = await makeConnectedUser(em());
    await syncList(em(), userId, [rental('one')]);
    const target = (await readPushTarget(em(), (await connect(userId))!))!;
    const job = async () => closing({ userId, jobId: await beginJob(em(), userId) });
    expect(await told(await job(), () => Promise.reject(new Error('away')))).toEqual([]);
    await notePushFailure(em(), target, 'credentials_refused');
    expect(await told(await job())).toEqual([]);
  });
});
