import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { closeSyncJob } from '#db/queries/close-sync-job.ts';
import { openSyncJob } from '#db/queries/open-sync-job.ts';
import { recordSchedule } from '#db/queries/schedule.ts';
import { readLatestState } from '#db/queries/sync-jobs.ts';
import { readSyncPlan, wantAgain, type SyncPlan } from '#db/queries/sync-plan.ts';
import { readSyncAccount, readSyncState } from '#db/queries/sync-settings.ts';
import { writeUserSettings } from '#db/queries/users.ts';
import {
  beginJob,
  closing,
  defaults,
  hourMs,
  makeConnectedUser,
  makeUser,
  rental,
  syncList,
  useDatabase,
} from './fixtures.ts';

const { em } = useDatabase();
const minuteMs = 60_000;

/** Synced just now. */
async function syncedUser(): Promise<{ userId: string; completedAt: number }> {
  const userId = await makeConnectedUser(em());
  const jobId = await beginJob(em(), userId);
  const completedAt = Date.now();
  await closeSyncJob(em(), closing({ userId, jobId }, { completedAt, bookingsSynced: 1 }), defaults);
  return { userId, completedAt };
}

const plan = async (userId: string) => (await readSyncPlan(em(), userId, defaults))!;
const reasons = ({ syncs }: SyncPlan) => syncs.map(({ reason }) => reason);

it('syncs come closer together before a rental that stands, where that is wanted', async () => {
  const userId = await makeConnectedUser(em());
  const tomorrow = new Date(Date.now() + 20 * hourMs);
  const far = rental('b', { startsAt: new Date('2040-01-01T00:00:00Z') });
  await syncList(em(), userId, [rental('a', { startsAt: tomorrow }), far]);
  const near = async () => (await readSyncAccount(em(), userId, defaults))!.closerBefore;
  expect(await near()).toEqual([]);
  const settings = { intervalMinutes: null, quietFrom: null, quietTo: null, timeZone: null };
  await writeUserSettings(em(), userId, { ...settings, closerBeforeRentals: true });
  expect(await near()).toEqual([tomorrow.getTime()]);
  await syncList(em(), userId, [rental('a', { startsAt: tomorrow, status: 'Canceled' }), far]);
  expect(await near()).toEqual([]);
});

describe('one more sync', () => {
  it('is kept beside the usual one, is given up again, and is over with the sync that began then', async () => {
    const { userId, completedAt } = await syncedUser();
    const at = new Date(completedAt + hourMs);
    const wanted = (await wantAgain(em(), userId, at, defaults)) as SyncPlan;
    expect(wanted).toMatchObject({ againAt: at, syncs: [{ at, reason: 'again' }, {}, {}, {}, {}] });
    expect(reasons(wanted).slice(1)).toEqual(['interval', 'interval', 'interval', 'interval']);
    expect(await plan(userId)).toEqual(wanted);
    expect(await readLatestState(em(), userId)).toMatchObject({ nextSyncAt: at, scheduleReason: 'again' });

    const without = await wantAgain(em(), userId, null, defaults);
    expect(without).toMatchObject({ againAt: null, syncs: [{ reason: 'interval' }, {}, {}, {}, {}] });
    const usual = { nextSyncAt: new Date(completedAt + 2 * hourMs), scheduleReason: 'interval' };
    expect(await readLatestState(em(), userId)).toMatchObject(usual);

    await wantAgain(em(), userId, new Date(completedAt + 1), defaults);
    const jobId = await beginJob(em(), userId);
    const later = Date.now();
    const end = await closeSyncJob(em(), closing({ userId, jobId }, { completedAt: later }), defaults);
    expect(end).toMatchObject({ nextSyncAt: later + 2 * hourMs, scheduleReason: 'interval' });
    expect(await plan(userId)).toMatchObject({ againAt: null });
  });

  it('begins although the hours are quiet', async () => {
    const { userId, completedAt } = await syncedUser();
    const hourOf = (ms: number) => `${new Date(ms).toISOString().slice(11, 13)}:00`;
    const [quietFrom, quietTo] = [hourOf(completedAt - hourMs), hourOf(completedAt + 3 * hourMs)];
    await writeUserSettings(em(), userId, {
      intervalMinutes: null,
      quietFrom,
      quietTo,
      timeZone: 'UTC',
      closerBeforeRentals: false,
    });
    const held = { userId, jobId: randomUUID(), triggeredManually: false, deferrable: true };
    const now = completedAt + minuteMs;
    expect(await openSyncJob(em(), { ...held, now }, defaults)).toMatchObject({ scheduleReason: 'quiet_hours' });
    await wantAgain(em(), userId, new Date(completedAt + minuteMs), defaults);
    const job = { userId, jobId: randomUUID(), triggeredManually: false, deferrable: true };
    const opened = await openSyncJob(em(), { ...job, now: completedAt + 2 * minuteMs }, defaults);
    expect(opened).toMatchObject({ heldUntil: null });
  });

  it('is refused where it could not begin, and is nobody else’s', async () => {
    const at = new Date(Date.now() + hourMs);
    expect(await wantAgain(em(), await makeUser(em()), at, defaults)).toEqual({ refused: 'no_credentials' });
    expect(await wantAgain(em(), randomUUID(), at, defaults)).toBeNull();
    const { userId } = await syncedUser();
    await recordSchedule(em(), { userId, paused: true, now: Date.now() }, defaults);
    expect(await wantAgain(em(), userId, at, defaults)).toEqual({ refused: 'user' });
    expect(await wantAgain(em(), userId, null, defaults)).toMatchObject({ againAt: null, syncs: [] });
    const pausedUntil = at.getTime() - minuteMs;
    await recordSchedule(em(), { userId, paused: true, pausedUntil, now: Date.now() + 1 }, defaults);
    expect(await wantAgain(em(), userId, at, defaults)).toMatchObject({ againAt: at });
    const other = await syncedUser();
    expect(await plan(other.userId)).toMatchObject({ againAt: null, pausedUntil: null });
  });
});

describe('a pause until a time', () => {
  it('outlives its workflow, and shows what comes after it', async () => {
    const { userId, completedAt } = await syncedUser();
    const until = completedAt + 24 * hourMs;
    const written = await recordSchedule(
      em(),
      { userId, paused: true, pausedUntil: until, now: completedAt },
      defaults,
    );
    expect(written).toMatchObject({ pausedReason: 'user', pausedUntil: until });
    expect(await readSyncState(em(), { userId, now: completedAt }, defaults)).toMatchObject({
      pausedReason: 'user',
      pausedUntil: until,
    });
    expect(await readLatestState(em(), userId)).toMatchObject({ pausedUntil: new Date(until) });
    const { syncs } = await plan(userId);
    expect(syncs[0]).toEqual({ at: new Date(until), reason: 'pause_ended' });
    const ended = await recordSchedule(em(), { userId, pauseEnded: true, now: until }, defaults);
    expect(ended).toMatchObject({ pausedReason: null, pausedUntil: null, nextSyncAt: until });
  });
});
