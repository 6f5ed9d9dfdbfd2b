/** When what is chosen is due. */
import { beforeEach, describe, expect, it } from 'vitest';
import { notePushFailure, readPushTarget } from '#db/queries/calendar-connections.ts';
import { closeSyncJob } from '#db/queries/close-sync-job.ts';
import { claimBundle } from '#db/queries/delivery-bundles.ts';
import { listDeliveries, sendGivenUp } from '#db/queries/deliveries.ts';
import { listEvents, writePausedEvent } from '#db/queries/events.ts';
import { fitWaitingToZone, readNoticeChoices, writeNoticeChoices, type NoticeChoice } from '#db/queries/notices.ts';
import { savePortalCredentials } from '#db/queries/portal-accounts.ts';

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
  await writePausedEvent(em(), userId, { pausedReason: 'invalid_credentials' });
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
  expect(await fitWaitingToZone(em(), userId)).toEqual([id]);
  expect(await due()).toEqual([nextOnClock(digestAt, before, other)]);
});

it('what waits on a device for the end of quiet hours follows to another zone, too', async () => {
  const device = { channel: 'push', address: `https://p.test/${userId}`, secretSealed: 'x', events: [...noticeKinds] };
  const id = await addTarget(em(), userId, device as Parameters<typeof addTarget>[2]);
  await affected(
    em(),
    sql`update users set notify_quiet_from = '09:00', notify_quiet_to = '15:00' where id = ${userId}`,
  );
  await syncList(em(), userId, [rental('a')]);
  const waits = async () => (await due())[0]!.getTime() - Date.now();
  expect(await waits()).toBeGreaterThan(hourMs);
  // There it is about midnight now.
  const other = `Etc/GMT${ahead > 0 ? '+' : '-'}${12 - Math.abs(ahead)}`;
  await affected(em(), sql`update users set time_zone = ${other} where id = ${userId}`);
  expect(await fitWaitingToZone(em(), userId)).toEqual([id]);
  expect(await waits()).toBeLessThan(hourMs);
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

describe('while a message waits until it is no longer quiet', () => {
  const soon = new Date(Date.now() + hourMs);
  const begin = async () => {
    await syncList(em(), userId, [rental('a', { startsAt: soon }), rental('b')]);
    const id = await choose({});
    await syncList(em(), userId, [rental('a', { startsAt: soon }), rental('b', { studio: 'Studio 9' })]);
    expect((await claim(id)).deliveries).toHaveLength(1);
    await affected(
      em(),
      sql`update deliveries set tries = 1, sending_since = null, next_at = now() - interval '1 second'
      where target_id = ${id}`,
    );
    await affected(
      em(),
      sql`update users set notify_quiet_from = '11:00', notify_quiet_to = '14:30' where id = ${userId}`,
    );
    const { deliveries, waitMs } = await claim(id);
    expect(deliveries).toEqual([]);
    expect(waitMs).toBeGreaterThan(hourMs);
    return id;
  };
  const claimNext = async (id: string) => {
    const { deliveries } = await claim(id);
    for (const one of deliveries)
      await affected(em(), sql`update deliveries set status = 'delivered' where id = ${one.id}`);
    return deliveries.map(({ type }) => type);
  };

  it('what is canceled for today goes before it', async () => {
    const id = await begin();
    const canceled = rental('a', { startsAt: soon, status: 'Canceled' });
    await syncList(em(), userId, [canceled, rental('b', { studio: 'Studio 9' }), rental('c')]);
    expect(await claimNext(id)).toEqual(['booking.canceled']);
    const { deliveries, waitMs } = await claim(id);
    expect(deliveries).toEqual([]);
    expect(waitMs).toBeGreaterThan(hourMs);
    await affected(em(), sql`update users set notify_quiet_from = null, notify_quiet_to = null where id = ${userId}`);
    expect(await claimNext(id)).toEqual(['booking.changed']);
    await choose({});
    expect(await claimNext(id)).toEqual(['booking.added']);
  });

  it('what it tells of the same rental goes first', async () => {
    const id = await begin();
    const isToday = { startsAt: soon, studio: 'Studio 9' };
    await affected(
      em(),
      sql`update bookings set starts_at = ${soon}, ends_at = ${new Date(soon.getTime() + hourMs)}
      where user_id = ${userId} and studio = 'Studio 9'`,
    );
    await syncList(em(), userId, [rental('a', { startsAt: soon }), rental('b', { ...isToday, status: 'Canceled' })]);
    expect(await claimNext(id)).toEqual(['booking.changed']);
    expect(await claimNext(id)).toEqual(['booking.canceled']);
  });

  it('nothing goes before it that fails as it did', async () => {
    const id = await begin();
    await affected(em(), sql`update delivery_targets set held_until = now() + interval '1 hour' where id = ${id}`);
    await syncList(em(), userId, [rental('a', { startsAt: soon, status: 'Canceled' }), rental('b', { studio: '9' })]);
    const { deliveries, waitMs } = await claim(id);
    expect(deliveries).toEqual([]);
    expect(waitMs).toBeGreaterThan(hourMs / 2);
    expect(waitMs).toBeLessThanOrEqual(hourMs);
  });
});

it('what waits for the digest goes along, in order, where its rental is canceled for today', async () => {
  const startsAt = new Date(Date.now() + hourMs);
  await syncList(em(), userId, [rental('a', { startsAt }), rental('b')]);
  const id = await choose({ digestAt });
  await syncList(em(), userId, [rental('a', { startsAt, studio: 'Studio 9' }), rental('b', { studio: 'Studio 9' })]);
  const canceled = rental('a', { startsAt, studio: 'Studio 9', status: 'Canceled' });
  await syncList(em(), userId, [canceled, rental('b', { studio: 'Studio 9' })]);
  expect((await claim(id)).deliveries.map(({ type }) => type)).toEqual(['booking.changed', 'booking.canceled']);
});

describe('what begins before it would be told', () => {
  // It is about noon: tomorrow at nine, and at three.
  const [early, late] = [21, 27].map((hours) => new Date(Date.now() + hours * hourMs)) as [Date, Date];
  const later = new Date(early.getTime() + 6 * hourMs);
  const isDue = async () => {
    const now = Date.now();
    return (await listDeliveries(em(), userId, { limit: 10 })).deliveries
      .filter(({ channel }) => channel !== 'webhook')
      .map(({ nextAt }) => nextAt!.getTime() <= now);
  };
  const change = async (is: object, startsAt = early) => {
    await syncList(em(), userId, [rental('a', { startsAt })]);
    await choose({ digestAt: '11:00' });
    await syncList(em(), userId, [rental('a', { startsAt, ...is })]);
  };

  it.each([
    ['is canceled', { status: 'Canceled' }, early, true],
    ['is canceled, but begins after that', { status: 'Canceled' }, late, false],
    ['is moved', { startsAt: later }, early, true],
    ['is moved there', { startsAt: early }, late, true],
    ['is elsewhere', { location: '890 Broadway' }, early, true],
    ['is in the same house, of a part of town', { location: '280 Broadway (Tribeca)' }, early, false],
    ['is in another studio', { studio: 'Studio 9' }, early, true],
    ['costs more', { priceCents: 9_900 }, early, false],
  ])('does not wait for the digest where it %s', async (_, is, startsAt, passes) => {
    await change(is, startsAt);
    expect(await isDue()).toEqual([passes]);
  });

  it('takes along what the digest holds of the same rental, and no other', async () => {
    const id = await choose({ digestAt: '11:00' });
    await syncList(em(), userId, [rental('a', { startsAt: early }), rental('b')]);
    await syncList(em(), userId, [rental('a', { startsAt: early, status: 'Canceled' }), rental('b')]);
    expect((await claim(id)).deliveries.map(({ type }) => type)).toEqual(['booking.added', 'booking.canceled']);
  });

  it('does not wait for the end of quiet hours on a device, unless nothing is to pass', async () => {
    const quiet = sql`notify_quiet_from = '11:00', notify_quiet_to = '10:00'`;
    for (const urgentPasses of [true, false]) {
      userId = await userAtNoon();
      await syncList(em(), userId, [rental('a', { startsAt: early })]);
      await addTarget(em(), userId, { channel: 'push', address: `https://p.test/${userId}`, events: [...noticeKinds] });
      await affected(em(), sql`update users set ${quiet}, urgent_passes = ${urgentPasses} where id = ${userId}`);
      await syncList(em(), userId, [rental('a', { startsAt: early, status: 'Canceled' })]);
      expect(await isDue()).toEqual([urgentPasses]);
    }
  });
});

it('those who chose nothing are told only where they are needed', async () => {
  expect(await readNoticeChoices(em(), userId)).toMatchObject({ kinds: ['sync.paused'], target: null });
  await choose({ kinds: [] });
  expect(await readNoticeChoices(em(), userId)).toMatchObject({ kinds: [], target: { disabledReason: 'user' } });
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

describe('a rental that is over', () => {
  const heard = async () =>
    (await listDeliveries(em(), userId, { limit: 50 })).deliveries.map(({ channel, event }) => [channel, event]);
  const begin = async () => {
    await syncList(em(), userId, [rental('a'), rental('b')]);
    await affected(
      em(),
      sql`update bookings set starts_at = now() - interval '3 hours', ends_at = now() - interval '1 hour'
      where user_id = ${userId} and record_id = 'a'`,
    );
    await choose({});
    await addTarget(em(), userId, { channel: 'push', address: `https://p.test/${userId}`, events: [...noticeKinds] });
    await addTarget(em(), userId);
  };
  const over = async () => {
    const times = (await firstRow<{ startsAt: Date; endsAt: Date }>(
      em(),
      sql`select starts_at as "startsAt", ends_at as "endsAt" from bookings where user_id = ${userId} and record_id = 'a'`,
    ))!;
    return { startsAt: new Date(times.startsAt), endsAt: new Date(times.endsAt) };
  };

  it('and leaves the list is told by webhooks alone', async () => {
    await begin();
    await syncList(em(), userId, [rental('b')]);
    expect((await heard()).filter(([, event]) => event === 'booking.removed')).toEqual([
      ['webhook', 'booking.removed'],
    ]);
    expect((await heard()).filter(([channel]) => channel !== 'webhook')).toEqual([]);
  });

  it('and is completed is told by webhooks alone', async () => {
    await begin();
    await syncList(em(), userId, [rental('a', { ...(await over()), status: 'Completed' }), rental('b')]);
    expect((await heard()).filter(([channel]) => channel !== 'webhook')).toEqual([]);
    expect(await heard()).toContainEqual(['webhook', 'booking.changed']);
  });

  it('is told by all where it was not over before', async () => {
    await syncList(em(), userId, [rental('a'), rental('b')]);
    await choose({});
    const startsAt = new Date(Date.now() - 3 * hourMs);
    await syncList(em(), userId, [rental('a', { startsAt, endsAt: new Date(Date.now() - hourMs) }), rental('b')]);
    expect(await heard()).toEqual([['mail', 'booking.changed']]);
  });
});

it('a rental that was canceled before is told once: neither as gone, nor as new, nor as back', async () => {
  await choose({});
  const canceled = rental('a', { status: 'Canceled' });
  const heard = async () =>
    (await listDeliveries(em(), userId, { limit: 50 })).deliveries.map(({ event }) => event).reverse();
  await syncList(em(), userId, [canceled, rental('b')]);
  expect((await heard()).sort()).toEqual(['booking.added', 'booking.canceled']);
  await syncList(em(), userId, [rental('b')]);
  expect(await heard()).toHaveLength(2);
  await syncList(em(), userId, [canceled, rental('b')]);
  expect((await listEvents(em(), userId, { limit: 50 })).events.map(({ type }) => type)).not.toContain(
    'booking.restored',
  );
});

it('what was given up and is no longer chosen is not sent again, what needs the person is', async () => {
  await choose({});
  await syncList(em(), userId, [rental('a')]);
  await writePausedEvent(em(), userId, { pausedReason: 'invalid_credentials' });
  await stopCalendar();
  await affected(
    em(),
    sql`update deliveries set status = 'given_up', next_at = null, done_at = now() where user_id = ${userId}`,
  );
  await choose({ kinds: ['sync.paused'] });
  expect(await sendGivenUp(em(), userId, new Date(Date.now() - hourMs))).toMatchObject({ count: 2 });
  const pending = (await listDeliveries(em(), userId, { limit: 10 })).deliveries.filter(
    ({ status }) => status === 'pending',
  );
  expect(pending.map(({ event }) => event).sort()).toEqual(['calendar.needs_you', 'sync.paused']);
});

const stopCalendar = async () =>
  notePushFailure(em(), (await readPushTarget(em(), await addCalendar(em(), userId)))!, 'calendar_full');
