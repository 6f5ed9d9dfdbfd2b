import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { closeSyncJob } from '#db/queries/close-sync-job.ts';
import { openSyncJob } from '#db/queries/open-sync-job.ts';
import { recordSchedule } from '#db/queries/schedule.ts';
import { afterQuietHours } from '#domain/quiet-hours.ts';
import { affected, firstRow, sql } from '../support/sql.ts';
import { beginJob, closing, defaults, hourMs, makeConnectedUser, useDatabase } from '../db/fixtures.ts';

const night = { from: '22:00', to: '07:00', timeZone: 'America/New_York' };
const noon = { from: '12:00', to: '13:30', timeZone: 'Europe/Berlin' };
const late = { from: '23:00', to: '01:30', timeZone: 'America/New_York' };
const island = { from: '23:00', to: '01:45', timeZone: 'Australia/Lord_Howe' };
const south = { from: '22:00', to: '00:30', timeZone: 'America/Santiago' };
const after = (at: string, quiet = night) => afterQuietHours(new Date(at), quiet, 0).toISOString();

describe('a moment', () => {
  it.each([
    ['in the evening', '2026-07-04T02:30:00.000Z', night, '2026-07-04T11:00:00.000Z'],
    ['in the morning', '2026-07-04T10:59:59.000Z', night, '2026-07-04T11:00:00.000Z'],
    ['at the first quiet minute', '2026-07-04T02:00:00.000Z', night, '2026-07-04T11:00:00.000Z'],
    ['in a night that winter time makes longer', '2026-11-01T03:00:00.000Z', night, '2026-11-01T12:00:00.000Z'],
    ['in a night that summer time makes shorter', '2026-03-08T04:00:00.000Z', night, '2026-03-08T11:00:00.000Z'],
    ['in hours of one day', '2026-07-04T10:15:00.000Z', noon, '2026-07-04T11:30:00.000Z'],
    ['before an end that comes twice', '2026-11-01T04:00:00.000Z', late, '2026-11-01T05:30:00.000Z'],
    ['after the first of two ends', '2026-11-01T06:10:00.000Z', late, '2026-11-01T06:30:00.000Z'],
    ['at the first minute that is quiet again', '2026-11-01T06:00:00.000Z', late, '2026-11-01T06:30:00.000Z'],
    ['where clocks change by half an hour', '2026-04-04T15:05:00.000Z', island, '2026-04-04T15:15:00.000Z'],
    ['where clocks change at midnight', '2026-09-06T03:30:00.000Z', south, '2026-09-06T04:30:00.000Z'],
  ])('%s is moved to the end of the quiet hours', (_, at, quiet, expected) => {
    expect(after(at, quiet)).toBe(expected);
  });

  it.each([
    ['at their end', '2026-07-04T11:00:00.000Z', night],
    ['in the afternoon', '2026-07-04T19:00:00.000Z', night],
    ['just before they begin', '2026-07-04T01:59:59.000Z', night],
    ['outside of hours of one day', '2026-07-04T11:30:00.000Z', noon],
    ['between two ends', '2026-11-01T05:45:00.000Z', late],
  ])('%s stays', (_, at, quiet) => {
    expect(after(at, quiet)).toBe(at);
  });

  it('whose end does not exist that day is moved to the hour after', () => {
    const quiet = { ...night, to: '02:30' };
    expect(after('2026-03-08T05:00:00.000Z', quiet)).toBe('2026-03-08T07:30:00.000Z');
  });

  it('is spread over five minutes, so that not all wake at once', () => {
    const last = afterQuietHours(new Date('2026-07-04T02:30:00Z'), night, 0.999).getTime();
    expect(last).toBeGreaterThan(Date.parse('2026-07-04T11:04:00Z'));
    expect(last).toBeLessThan(Date.parse('2026-07-04T11:05:00Z'));
  });
});

const { em } = useDatabase();

/** Quiet from an hour ago until two hours from now, in UTC. */
async function makeQuiet(userId: string): Promise<void> {
  const clock = (offset: number) => new Date(Date.now() + offset * hourMs).toISOString().slice(11, 16);
  await affected(
    em(),
    sql`update users set quiet_from = ${clock(-1)}, quiet_to = ${clock(2)}, time_zone = 'UTC' where id = ${userId}`,
  );
}

const nextSyncOf = async (userId: string) =>
  new Date(
    (await firstRow<{ next: string }>(
      em(),
      sql`select next_sync_at as next from portal_accounts where user_id = ${userId}`,
    ))!.next,
  ).getTime();

describe('in quiet hours', () => {
  it('the next sync after one is due when they are over', async () => {
    const userId = await makeConnectedUser(em());
    await makeQuiet(userId);
    const jobId = await beginJob(em(), userId);
    await affected(em(), sql`update users set interval_minutes = 60 where id = ${userId}`);
    const completedAt = Date.now();
    const closed = await closeSyncJob(em(), closing({ userId, jobId }, { completedAt, bookingsSynced: 1 }), defaults);
    expect(closed).toMatchObject({ scheduleReason: 'quiet_hours' });
    expect(closed.nextSyncAt).toBeGreaterThan(completedAt + hourMs);
    expect(await nextSyncOf(userId)).toBe(closed.nextSyncAt);
  });

  it('a scheduled sync is held back without a job, and one that somebody asks for is not', async () => {
    const userId = await makeConnectedUser(em());
    const first = await beginJob(em(), userId);
    await closeSyncJob(em(), closing({ userId, jobId: first }, { bookingsSynced: 1 }), defaults);
    await makeQuiet(userId);
    const scheduled = { userId, jobId: randomUUID(), triggeredManually: false, deferrable: true, now: Date.now() };
    const held = await openSyncJob(em(), scheduled, defaults);
    expect(held).toMatchObject({ heldBy: 'quiet_hours', scheduleReason: 'quiet_hours' });
    expect(held.heldUntil).toBeGreaterThan(Date.now() + hourMs);
    expect(await nextSyncOf(userId)).toBe(held.heldUntil);
    expect(await firstRow(em(), sql`select 1 from sync_jobs where id = ${scheduled.jobId}`)).toBeNull();
    const asked = { userId, jobId: randomUUID(), triggeredManually: true, deferrable: false };
    expect((await openSyncJob(em(), asked, defaults)).heldUntil).toBeNull();
  });
});

describe('somebody who resumes in their quiet hours', () => {
  const resume = (userId: string) => recordSchedule(em(), { userId, resumed: true, now: Date.now() }, defaults);
  const due = (userId: string) => ({
    userId,
    jobId: randomUUID(),
    triggeredManually: false,
    deferrable: true,
    now: Date.now(),
  });

  it('waits for a sync that is owed, which starts at once', async () => {
    const userId = await makeConnectedUser(em());
    const job = { userId, jobId: await beginJob(em(), userId) };
    const failure = { status: 'failed', errorCode: 'account_locked' } as const;
    await closeSyncJob(em(), closing({ userId, jobId: await syncedOnce(userId, job) }, failure), defaults);
    await makeQuiet(userId);
    const resumed = await resume(userId);
    expect(resumed).toMatchObject({ scheduleReason: 'awaited', pausedReason: null });
    expect(resumed!.nextSyncAt).toBeLessThanOrEqual(Date.now());
    expect(await openSyncJob(em(), due(userId), defaults)).toMatchObject({ heldUntil: null });
  });

  it('is told that one which is not due yet comes after them', async () => {
    const userId = await makeConnectedUser(em());
    await affected(em(), sql`update users set interval_minutes = 60 where id = ${userId}`);
    const job = { userId, jobId: await beginJob(em(), userId) };
    await closeSyncJob(em(), { ...closing(job), paused: true }, defaults);
    await makeQuiet(userId);
    const resumed = await resume(userId);
    expect(resumed).toMatchObject({ scheduleReason: 'quiet_hours' });
    expect(resumed!.nextSyncAt).toBeGreaterThan(Date.now() + hourMs);
    expect(await nextSyncOf(userId)).toBe(resumed!.nextSyncAt);
  });

  /** Ends this one well, and begins another. */
  async function syncedOnce(userId: string, job: { userId: string; jobId: string }): Promise<string> {
    await closeSyncJob(em(), closing(job), defaults);
    return beginJob(em(), userId);
  }
});

describe('a worker with a wrong clock', () => {
  it('holds nothing back that the server’s time lets through', async () => {
    const userId = await makeConnectedUser(em());
    const first = await beginJob(em(), userId);
    await closeSyncJob(em(), closing({ userId, jobId: first }, { bookingsSynced: 1 }), defaults);
    await makeQuiet(userId);
    // The quiet hours lie around this machine's time; the server says that half a day has gone by.
    const now = Date.now() + 12 * hourMs;
    const job = { userId, jobId: randomUUID(), triggeredManually: false, deferrable: true, now };
    expect(await openSyncJob(em(), job, defaults)).toMatchObject({ heldUntil: null });
  });
});
