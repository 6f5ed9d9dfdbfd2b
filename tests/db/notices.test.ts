/** When what is chosen is due. */
import { beforeEach, describe, expect, it } from 'vitest';
import {
  endConnection,
  notePushFailure,
  noteUpToDate,
  readPushTarget,
  reviveConnection,
} from '#db/queries/calendar-connections.ts';
import { closeSyncJob } from '#db/queries/close-sync-job.ts';
import { claimBundle } from '#db/queries/delivery-bundles.ts';
import { listDeliveries } from '#db/queries/deliveries.ts';
import { listEvents, writePausedEvent } from '#db/queries/events.ts';
import { fitWaitingToZone, readNoticeChoices, writeNoticeChoices, type NoticeChoice } from '#db/queries/notices.ts';
import { savePortalCredentials } from '#db/queries/portal-accounts.ts';
import { calendarFailures, type CalendarFailureCode } from '#domain/calendar-failures.ts';
import { noticeKinds } from '#domain/notifications.ts';
import { nextOnClock } from '#domain/quiet-hours.ts';
import { affected, firstRow, sql } from '../support/sql.ts';
import { addCalendar } from './calendars.ts';
import { beginJob, closing, defaults, secrets } from './fixtures.ts';
import { hourMs, makeConnectedUser, rental, syncList, useDatabase } from './fixtures.ts';
import { addTarget } from './targets.ts';

const { em } = useDatabase();
let userId: string;

beforeEach(async () => {
  userId = await userAtNoon();
});

async function userAtNoon(): Promise<string> {
  const id = await makeConnectedUser(em());
  await affected(em(), sql`update users set time_zone = ${zone} where id = ${id}`);
  return id;
}

const all: NoticeChoice = { kinds: [...noticeKinds], digestAt: null, quiet: null, urgentPasses: true };
const choose = async (values: Partial<NoticeChoice>) =>
  (await writeNoticeChoices(em(), userId, { ...all, ...values }))[0]!;
const claim = (id: string) => claimBundle(em(), { id, userId }, 100);
const due = async () => (await listDeliveries(em(), userId, { limit: 10 })).deliveries.map(({ nextAt }) => nextAt);

/** Where it is about noon now, so that no test runs at midnight, and the zone is not that of the studios. */
const ahead = 12 - new Date().getUTCHours();
const zone = `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
const digestAt = '21:00';

it('what a digest holds waits for its hour in the zone of the person, and is one message then', async () => {
  const id = await choose({ digestAt });
  const before = new Date();
  await syncList(em(), userId, [rental('a'), rental('b')]);
  await syncList(em(), userId, [rental('a', { studio: 'Studio 9' }), rental('b')]);
  const hour = nextOnClock(digestAt, before, zone);
  expect(await due()).toEqual([hour, hour, hour]);
  const { deliveries, waitMs } = await claim(id);
  expect(deliveries).toEqual([]);
  expect(waitMs).toBeGreaterThan(60_000);
  await affected(em(), sql`update deliveries set next_at = now() where target_id = ${id}`);
  const claimed = await claim(id);
  expect(new Set(claimed.deliveries.map(({ bundle }) => bundle)).size).toBe(1);
  expect(claimed.deliveries.map(({ type, wasCutOff }) => [type, wasCutOff])).toEqual([
    ...[1, 2].map(() => ['booking.added', false]),
    ['booking.changed', false],
  ]);
});

it('what is canceled for today passes where that is wanted', async () => {
  const startsAt = new Date(Date.now() + hourMs);
  const other = await userAtNoon();
  for (const [user, urgentPasses] of [
    [userId, true],
    [other, false],
  ] as const) {
    await syncList(em(), user, [rental('a', { startsAt })]);
    await writeNoticeChoices(em(), user, { ...all, digestAt, urgentPasses });
    await syncList(em(), user, [rental('a', { startsAt, status: 'Canceled' })]);
  }
  const waits = async (user: string) =>
    (await firstRow<{ waits: boolean }>(
      em(),
      sql`select next_at > now() as waits from deliveries where user_id = ${user}`,
    ))!.waits;
  expect([await waits(userId), await waits(other)]).toEqual([false, true]);
});

it('what waits follows a new choice: another hour, or no longer wanted', async () => {
  const id = await choose({ digestAt });
  await syncList(em(), userId, [rental('a')]);
  await choose({ kinds: ['booking.added'] });
  expect((await claim(id)).deliveries).toHaveLength(1);
  await choose({ kinds: ['booking.canceled'] });
  expect((await listDeliveries(em(), userId, { limit: 10 })).deliveries).toMatchObject([
    { status: 'given_up', attempts: [{ error: 'Not sent: this is no longer wanted here.' }] },
  ]);
});

it('what waits follows to a later hour, too, while what needs the person waits for none', async () => {
  await choose({});
  const before = new Date();
  await syncList(em(), userId, [rental('a')]);
  await writePausedEvent(em(), userId, 'invalid_credentials');
  const atOnce = (await due())[0]!;
  await choose({ digestAt });
  expect((await due()).map((at) => at!.getTime() > before.getTime() + hourMs)).toEqual([false, true]);
  expect(atOnce.getTime()).toBeLessThan(before.getTime() + hourMs);
  await choose({ digestAt: '22:00' });
  expect((await due())[1]).toEqual(nextOnClock('22:00', before, zone));
});

it('what waits is told by the clock of the zone that was chosen last', async () => {
  const id = await choose({ digestAt });
  await syncList(em(), userId, [rental('a')]);
  const other = ahead === 0 ? 'Etc/GMT-1' : 'Etc/GMT';
  await affected(em(), sql`update users set time_zone = ${other} where id = ${userId}`);
  const before = new Date();
  expect(await fitWaitingToZone(em(), userId)).toBe(id);
  expect(await due()).toEqual([nextOnClock(digestAt, before, other)]);
});

it('what was away until it is quiet waits for the end of that, but for what is canceled for today', async () => {
  const startsAt = new Date(Date.now() + hourMs);
  await syncList(em(), userId, [rental('a', { startsAt }), rental('b')]);
  const id = await choose({});
  await syncList(em(), userId, [rental('a', { startsAt, status: 'Canceled' }), rental('b', { studio: 'Studio 9' })]);
  await affected(
    em(),
    sql`update users set notify_quiet_from = '11:00', notify_quiet_to = '14:30' where id = ${userId}`,
  );
  const { deliveries } = await claim(id);
  expect(deliveries.map(({ type }) => type)).toEqual(['booking.canceled']);
  await affected(em(), sql`update deliveries set status = 'delivered' where id = ${deliveries[0]!.id}`);
  const { deliveries: none, waitMs } = await claim(id);
  expect(none).toEqual([]);
  expect(waitMs).toBeGreaterThan(hourMs);
});

it('those who chose nothing are told only where they are needed', async () => {
  expect(await readNoticeChoices(em(), userId)).toMatchObject({ kinds: ['sync.paused'], target: null });
  await choose({ kinds: [] });
  expect(await readNoticeChoices(em(), userId)).toMatchObject({ kinds: [], target: { disabledReason: 'user' } });
});

describe('a calendar that stopped', () => {
  const types = async () => (await listEvents(em(), userId, { limit: 50 })).events.map(({ type }) => type);
  const heard = async () =>
    (await listDeliveries(em(), userId, { limit: 50 })).deliveries.map(({ channel, event }) => [channel, event]);
  const stop = async (id: string, error: CalendarFailureCode) =>
    notePushFailure(em(), (await readPushTarget(em(), id))!, error);
  const revive = (id: string) => reviveConnection(em(), secrets, { userId, id, password: 'another' });

  it('is told once, with what to do, and again once it had worked', async () => {
    const id = await addCalendar(em(), userId);
    await stop(id, 'server_unavailable');
    expect(await types()).toEqual([]);
    const { targets } = (await stop(id, 'credentials_refused'))!;
    expect(targets).toHaveLength(1);
    await stop(id, 'credentials_refused');
    await revive(id);
    await stop(id, 'credentials_refused');
    expect(await heard()).toEqual([['mail', 'calendar.needs_you']]);
    const { events } = await listEvents(em(), userId, { limit: 1 });
    expect(events).toMatchObject([
      {
        type: 'calendar.needs_you',
        data: {
          calendar: { id, kind: 'caldav', name: 'Rentals' },
          reason: 'credentials_refused',
          message: calendarFailures.credentials_refused.message,
        },
      },
    ]);
    await revive(id);
    await noteUpToDate(em(), (await readPushTarget(em(), id))!);
    await stop(id, 'credentials_refused');
    expect(await types()).toEqual(['calendar.needs_you', 'calendar.needs_you']);
  });

  it('is told to whom is told where syncing needs them, and waits for no digest', async () => {
    const mail = await choose({ kinds: ['sync.paused'], digestAt });
    const device = await addTarget(em(), userId, {
      channel: 'push',
      address: 'https://p.test/1',
      events: ['sync.paused'],
    });
    await addTarget(em(), userId, { channel: 'push', address: 'https://p.test/2', events: ['booking.added'] });
    const hook = await addTarget(em(), userId);
    await addTarget(em(), userId, { events: ['sync.paused'] });
    await addTarget(em(), userId, { events: ['booking.changed'] });
    const own = await addTarget(em(), userId, { events: ['calendar.needs_you'] });
    const told = (await stop(await addCalendar(em(), userId), 'calendar_gone'))!;
    expect(told.targets.sort()).toEqual([mail, device, hook, own].sort());
    expect((await due()).every((at) => at!.getTime() <= Date.now())).toBe(true);
    await choose({ kinds: ['sync.paused'], digestAt: '22:00' });
    expect((await claim(mail)).deliveries).toMatchObject([{ type: 'calendar.needs_you' }]);
  });

  it('is told to nobody who wants no such thing', async () => {
    await choose({ kinds: ['booking.added', 'sync.resumed'] });
    expect((await stop(await addCalendar(em(), userId), 'calendar_full'))!.targets).toEqual([]);
    await choose({ kinds: [] });
    await stop(await addCalendar(em(), userId, 'https://c.test/other/'), 'calendar_full');
    expect(await heard()).toEqual([]);
  });

  it('is not told where it is being disconnected', async () => {
    const id = await addCalendar(em(), userId);
    await endConnection(em(), { userId, id, keepEvents: false });
    await stop(id, 'credentials_refused');
    expect(await types()).toEqual([]);
  });
});

it.each([
  ['nothing', undefined, ['sync.paused']],
  ['where they are needed', ['sync.paused'], ['sync.paused']],
  ['that it works again', ['sync.resumed'], ['sync.resumed']],
] as const)('that syncing works again is told where it is chosen: those who chose %s', async (_, kinds, heard) => {
  if (kinds) await choose({ kinds: [...kinds] });
  const failed = { status: 'failed', errorCode: 'invalid_credentials' } as const;
  await closeSyncJob(em(), closing({ userId, jobId: await beginJob(em(), userId) }, failed), defaults);
  await savePortalCredentials(em(), secrets, { userId, username: 'dancer', password: 'tendu-43' });
  await syncList(em(), userId, []);
  const { deliveries } = await listDeliveries(em(), userId, { limit: 50 });
  expect(deliveries.map(({ event }) => event)).toEqual(heard);
});

it('a rental that was over when it was first found is told by webhooks alone', async () => {
  await choose({});
  await addTarget(em(), userId, { events: ['booking.added', 'booking.changed'] });
  const startsAt = new Date(Date.now() - 50 * hourMs);
  await syncList(em(), userId, [rental('old', { startsAt }), rental('new')]);
  const { deliveries } = await listDeliveries(em(), userId, { limit: 50 });
  expect(deliveries.map(({ channel }) => channel).sort()).toEqual(['mail', 'webhook', 'webhook']);
});
