import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { closeSyncJob } from '#db/queries/close-sync-job.ts';
import { openSyncJob } from '#db/queries/open-sync-job.ts';
import { recordSchedule } from '#db/queries/sync-settings.ts';
import { afterQuietHours } from '#domain/quiet-hours.ts';
import { affected, firstRow, sql } from '../support/sql.ts';
import { beginJob, closing, defaults, hourMs, makeConnectedUser, useDatabase } from '../db/fixtures.ts';

const night = { from: '22:00', to: '07:00', timeZone: 'America/New_York' };
const noon = { from: '12:00', to: '13:30', timeZone: 'Europe/Berlin' };
const after = (at: string, quiet = night) => afterQuietHours(new Date(at), quiet, 0).toISOString();

describe('a moment', () => {
  it.each([
    ['in the evening', '2026-07-04T02:30:00.000Z', night, '2026-07-04T11:00:00.000Z'],
    ['in the morning', '2026-07-04T10:59:59.000Z', night, '2026-07-04T11:00:00.000Z'],
    ['at the first quiet minute', '2026-07-04T02:00:00.000Z', night, '2026-07-04T11:00:00.000Z'],
    ['in a night that winter time makes longer', '2026-11-01T03:00:00.000Z', night, '2026-11-01T12:00:00.000Z'],
    ['in a night that summer time makes shorter', '2026-03-08T04:00:00.000Z', night, '2026-03-08T11:00:00.000Z'],
    ['in hours of one day', '2026-07-04T10:15:00.000Z', noon, '2026-07-04T11:30:00.000Z'],
  ])('%s is moved to the end of the quiet hours', (_, at, quiet, expected) => {
    expect(after(at, quiet)).toBe(expected);
  });

  it.each([
    ['at their end', '2026-07-04T11:00:00.000Z', night],
    ['in the afternoon', '2026-07-04T19:00:00.000Z', night],
    ['just before they begin', '2026-07-04T01:59:59.000Z', night],
    ['outside of hours of one day', '2026-07-04T11:30:00.000Z', noon],
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
    const nextSyncAt = Date.now() + hourMs;
    const closed = await closeSyncJob(em(), closing({ userId, jobId }, { nextSyncAt, bookingsSynced: 1 }), defaults);
    expect(closed.nextSyncAt).toBeGreaterThan(nextSyncAt);
    expect(await nextSyncOf(userId)).toBe(closed.nextSyncAt);
  });

  it('a scheduled sync is held back without a job, and one that somebody asks for is not', async () => {
    const userId = await makeConnectedUser(em());
    const first = await beginJob(em(), userId);
    await closeSyncJob(em(), closing({ userId, jobId: first }, { bookingsSynced: 1 }), defaults);
    await makeQuiet(userId);
    const scheduled = { userId, jobId: randomUUID(), triggeredManually: false, holdUntil: Date.now() + hourMs / 6 };
    const held = await openSyncJob(em(), scheduled, defaults);
    expect(held.heldBy).toBe('quiet_hours');
    expect(held.heldUntil).toBeGreaterThan(Date.now() + hourMs);
    expect(await nextSyncOf(userId)).toBe(held.heldUntil);
    expect(await firstRow(em(), sql`select 1 from sync_jobs where id = ${scheduled.jobId}`)).toBeNull();
    const asked = { userId, jobId: randomUUID(), triggeredManually: true, holdUntil: null };
    expect((await openSyncJob(em(), asked, defaults)).heldUntil).toBeNull();
  });
});

describe('a schedule that changed outside a sync', () => {
  it('lets nothing fall into quiet hours, and says so', async () => {
    const userId = await makeConnectedUser(em());
    const first = await beginJob(em(), userId);
    await closeSyncJob(em(), closing({ userId, jobId: first }, { bookingsSynced: 1 }), defaults);
    await makeQuiet(userId);
    const nextSyncAt = new Date(Date.now() + hourMs / 2);
    const recorded = await recordSchedule(em(), { userId, nextSyncAt, pausedReason: null });
    expect(recorded!.nextSyncAt!.getTime()).toBeGreaterThan(Date.now() + hourMs);
    expect(await nextSyncOf(userId)).toBe(recorded!.nextSyncAt!.getTime());
    expect(await recordSchedule(em(), { userId, ...recorded!, pausedReason: null })).toEqual(recorded);
  });

  it('puts nothing off for which somebody waits', async () => {
    const userId = await makeConnectedUser(em());
    await makeQuiet(userId);
    const nextSyncAt = new Date();
    expect(await recordSchedule(em(), { userId, nextSyncAt, pausedReason: null })).toEqual({ nextSyncAt });
  });
});

describe('a worker with a wrong clock', () => {
  it('holds nothing back that the server’s time lets through', async () => {
    const userId = await makeConnectedUser(em());
    const first = await beginJob(em(), userId);
    await closeSyncJob(em(), closing({ userId, jobId: first }, { bookingsSynced: 1 }), defaults);
    await makeQuiet(userId);
    // The quiet hours lie around this machine's time; the server says that half a day has gone by.
    const now = Date.now() + 12 * hourMs;
    const job = { userId, jobId: randomUUID(), triggeredManually: false, holdUntil: now + hourMs / 6, now };
    expect(await openSyncJob(em(), job, defaults)).toMatchObject({ heldUntil: null });
  });
});
