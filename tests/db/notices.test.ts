/** When what is chosen is due. */
import { beforeEach, expect, it } from 'vitest';
import { claimBundle } from '#db/queries/delivery-bundles.ts';
import { listDeliveries } from '#db/queries/deliveries.ts';
import { writePausedEvent } from '#db/queries/events.ts';
import { fitWaitingToZone, readNoticeChoices, writeNoticeChoices, type NoticeChoice } from '#db/queries/notices.ts';
import { noticeKinds } from '#domain/notifications.ts';
import { nextOnClock } from '#domain/quiet-hours.ts';
import { affected, firstRow, sql } from '../support/sql.ts';
import { hourMs, makeConnectedUser, rental, syncList, useDatabase } from './fixtures.ts';

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
  expect((await listDeliveries(em(), userId, { limit: 10 })).deliveries).toMatchObject([{ status: 'given_up' }]);
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
