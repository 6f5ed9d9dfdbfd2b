/** What is told of syncs that fail for days: by the outbox, to whom it is for, and once. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { beforeEach, expect, it, vi } from 'vitest';
import { createTellUser } from '#activities/tell-user.ts';
import { listDeliveries } from '#db/queries/deliveries.ts';
import { listEvents, writePausedEvent } from '#db/queries/events.ts';
import { writeNoticeChoices } from '#db/queries/notices.ts';
import { nextOnClock } from '#domain/quiet-hours.ts';
import type { LongFailureNotice } from '#domain/sync.ts';
import { tellOf } from '#notifications/words.ts';
import { makeConnectedUser, useDatabase } from '../db/fixtures.ts';
import { addTarget } from '../db/targets.ts';
import { affected, sql } from '../support/sql.ts';

const { em, orm } = useDatabase();
let userId: string;
let started: string[];

beforeEach(async () => {
  userId = await makeConnectedUser(em());
  started = [];
  await failSince(5);
});

const failSince = (days: number) =>
  affected(
    em(),
    sql`update portal_accounts set failing_since = now() - ${days} * interval '1 day', consecutive_failures = 20
      where user_id = ${userId}`,
  );

async function tell(notice: LongFailureNotice): Promise<void> {
  const temporal = { deliver: (id: string) => Promise.resolve(void started.push(id)) } as never;
  await new MockActivityEnvironment().run(createTellUser({ orm: orm(), temporal }), { userId, notice });
}

const sent = async () => (await listDeliveries(em(), userId, { limit: 20, withEvents: true })).deliveries;
const heard = async () => (await sent()).map(({ channel, event, status }) => [channel, event, status]);
const choose = (values: object = {}) =>
  writeNoticeChoices(em(), userId, { digestAt: null, quiet: null, urgentPasses: true, ...values });

it('a warning goes out once in a streak, by mail and on devices, and to no webhook', async () => {
  const device = await addTarget(em(), userId, {
    channel: 'push',
    address: `https://p.test/${userId}`,
    events: ['sync.paused'],
  });
  await addTarget(em(), userId);
  await tell('pausing_soon');
  await tell('pausing_soon');
  expect((await heard()).sort()).toEqual([
    ['mail', 'sync.failing', 'pending'],
    ['push', 'sync.failing', 'pending'],
  ]);
  await vi.waitFor(() => expect(started).toContain(device));
  expect((await listEvents(em(), userId, { limit: 10 })).events).toEqual([]);
  const { eventAt, eventData } = (await sent())[0]!;
  expect(tellOf({ type: 'sync.failing', data: eventData!, at: eventAt! })).toMatchObject({
    headline: 'Your syncs have been failing for days',
    page: '/dashboard',
    needsYou: true,
  });
  await affected(em(), sql`update events set at = now() - interval '9 days' where user_id = ${userId}`);
  await tell('pausing_soon');
  expect(await heard()).toHaveLength(4);
});

it('it keeps quiet hours, and goes to no address that was given up or turned off', async () => {
  await affected(em(), sql`update users set time_zone = 'Etc/GMT' where id = ${userId}`);
  const hours = new Date().getUTCHours();
  const clock = (ahead: number) => `${String((hours + ahead + 24) % 24).padStart(2, '0')}:00`;
  await choose({ quiet: { from: clock(-1), to: clock(3) } });
  await tell('pausing_soon');
  const end = nextOnClock(clock(3), new Date(), 'Etc/GMT').getTime();
  expect((await sent())[0]!.nextAt!.getTime()).toBeGreaterThanOrEqual(end);
  const stops = [
    () => affected(em(), sql`update delivery_targets set disabled_reason = 'gone' where user_id = ${userId}`),
    () => affected(em(), sql`update delivery_targets set events = '{booking.added}' where user_id = ${userId}`),
  ];
  for (const stop of stops) {
    userId = await makeConnectedUser(em());
    await failSince(5);
    await choose();
    await stop();
    await tell('pausing_soon');
    expect(await heard()).toEqual([]);
  }
});

it('nothing is told of a streak that has ended', async () => {
  await affected(em(), sql`update portal_accounts set failing_since = null where user_id = ${userId}`);
  await tell('pausing_soon');
  expect(await heard()).toEqual([]);
});

it('a pause is mailed by the outbox with what it is written with, and where the version before wrote it', async () => {
  await writePausedEvent(em(), userId, { pausedReason: 'repeated_failure' });
  await tell('repeated_failure');
  expect(await heard()).toEqual([['mail', 'sync.paused', 'pending']]);
  await affected(em(), sql`delete from deliveries where user_id = ${userId}`);
  await tell('repeated_failure');
  await tell('repeated_failure');
  expect(await heard()).toEqual([['mail', 'sync.paused', 'pending']]);
});
