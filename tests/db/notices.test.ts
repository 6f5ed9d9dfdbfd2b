/** When what is chosen is due. */
import { beforeEach, expect, it } from 'vitest';
import { claimBundle } from '#db/queries/delivery-bundles.ts';
import { listDeliveries } from '#db/queries/deliveries.ts';
import { readNoticeChoices, writeNoticeChoices, type NoticeChoice } from '#db/queries/notices.ts';
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
  (await writeNoticeChoices(em(), userId, { ...all, ...values }))!;
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
  const { deliveries, waitMs } = await claimBundle(em(), id, 100);
  expect(deliveries).toEqual([]);
  expect(waitMs).toBeGreaterThan(60_000);
  await affected(em(), sql`update deliveries set next_at = now() where target_id = ${id}`);
  const claimed = await claimBundle(em(), id, 100);
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
  expect((await claimBundle(em(), id, 100)).deliveries).toHaveLength(1);
  await choose({ kinds: ['booking.canceled'] });
  expect((await listDeliveries(em(), userId, { limit: 10 })).deliveries).toMatchObject([{ status: 'given_up' }]);
});

it('those who chose nothing are told only where they are needed', async () => {
  expect(await readNoticeChoices(em(), userId)).toMatchObject({ kinds: ['sync.paused'], target: null });
  await choose({ kinds: [] });
  expect(await readNoticeChoices(em(), userId)).toMatchObject({ kinds: [], target: { disabledReason: 'user' } });
});
