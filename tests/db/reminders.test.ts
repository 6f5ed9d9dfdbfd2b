/** Reminders of rentals: when they come, when they do not, and what they say. */
import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { claimBundle } from '#db/queries/delivery-bundles.ts';
import { listEvents } from '#db/queries/events.ts';
import { readNoticeChoices, writeNoticeChoices } from '#db/queries/notices.ts';
import { listForgottenReminders, queueReminders } from '#db/queries/reminders.ts';
import type { NamedReminderLead, NoticeKind, ReminderLead } from '#domain/notifications.ts';
import { tellOf } from '#notifications/words.ts';
import { affected, rows, sql } from '../support/sql.ts';
import { hourMs, makeConnectedUser, rental, syncList, useDatabase } from './fixtures.ts';
import { addTarget } from './targets.ts';

const { em } = useDatabase();
let userId: string;
let device: string;

beforeEach(async () => {
  userId = await makeConnectedUser(em());
  device = await turnOn();
});

const turnOn = (kinds: NoticeKind[] = ['sync.paused']) =>
  addTarget(em(), userId, { channel: 'push', address: `https://push.test/${randomUUID()}`, events: kinds });
const want = (lead: NamedReminderLead | null, zone = 'America/New_York') =>
  affected(em(), sql`update users set remind_before = ${lead}, time_zone = ${zone} where id = ${userId}`);
/** The list as a sync reads it, of rentals that were known for days. */
async function known(...rentals: [name: string, inMs: number, location?: string][]): Promise<void> {
  const of = ([name, inMs, location = '280 Broadway (Lower Manhattan)']: (typeof rentals)[number]) => {
    const startsAt = new Date(start + inMs);
    return rental(name, { startsAt, endsAt: new Date(startsAt.getTime() + hourMs), location });
  };
  await syncList(em(), userId, rentals.map(of));
  await affected(em(), sql`update bookings set first_seen_at = now() - interval '5 days' where user_id = ${userId}`);
}
const start = Date.now();
const minute = 60_000;
const claimed = async (target = device) => {
  const { deliveries } = await claimBundle(em(), { id: target, userId }, 100);
  await affected(em(), sql`update deliveries set status = 'delivered' where target_id = ${target}`);
  return deliveries.map(tellOf);
};

it('one comes in its time, once, to each device, and is no event for others', async () => {
  const other = await turnOn();
  await known(['a', 50 * minute]);
  expect(await queueReminders(em(), userId)).toBeNull();
  expect(await claimed()).toEqual([]);
  await want('1h');
  await Promise.all([queueReminders(em(), userId), queueReminders(em(), userId)]);
  expect(await queueReminders(em(), userId)).toBeNull();
  for (const target of [device, other])
    expect((await claimed(target)).map(({ headline }) => headline)).toEqual([expect.stringMatching(/^Reminder: /)]);
  expect((await listEvents(em(), userId, { limit: 10 })).events.map(({ type }) => type)).not.toContain('reminder');
});

it('one that is not due yet is waited for, and one that was forgotten is found', async () => {
  await want('2h');
  await known(['a', 150 * minute]);
  expect(await queueReminders(em(), userId)).toBeGreaterThan(0);
  expect(await listForgottenReminders(em(), minute, 10)).not.toContain(device);
  await known(['a', 90 * minute]);
  expect(await listForgottenReminders(em(), minute, 10)).toContain(device);
  await queueReminders(em(), userId);
  expect(await listForgottenReminders(em(), minute, 10)).not.toContain(device);
});

it('one comes so many minutes before as were chosen, and by the names again after that', async () => {
  const choose = async (remindBefore: ReminderLead | null) => {
    await writeNoticeChoices(em(), userId, { remindBefore });
    expect((await readNoticeChoices(em(), userId))!.remindBefore).toBe(remindBefore);
    return queueReminders(em(), userId);
  };
  await known(['a', 50 * minute]);
  const wait = await choose(45);
  expect(wait).toBeGreaterThan(4 * minute);
  expect(wait).toBeLessThanOrEqual(5 * minute);
  expect(await choose(1_440)).toBeNull();
  expect(await claimed()).toHaveLength(1);
  await known(['a', 110 * minute]);
  expect(await choose('1h')).toBeGreaterThan(45 * minute);
  expect(await choose(10)).toBeGreaterThan(95 * minute);
  expect(await choose(null)).toBeNull();
  await choose('2h');
  expect(await claimed()).toHaveLength(1);
});

it('a rental that moves takes it along, also one that was reminded of', async () => {
  await want('1h');
  await known(['a', 50 * minute]);
  await queueReminders(em(), userId);
  expect(await claimed()).toHaveLength(1);
  await known(['a', 200 * minute]);
  expect(await queueReminders(em(), userId)).toBeGreaterThan(0);
  expect(await claimed()).toEqual([]);
  await known(['a', 40 * minute]);
  await queueReminders(em(), userId);
  expect(await claimed()).toHaveLength(1);
});

it('none comes of what is gone, has begun, or was booked later than that', async () => {
  await want('2h');
  await known(['gone', 90 * minute], ['begun', -10 * minute], ['late', 80 * minute]);
  await affected(
    em(),
    sql`update bookings set removed_at = now() where user_id = ${userId} and starts_at > now() + interval '85 minutes'`,
  );
  await affected(
    em(),
    sql`update bookings set first_seen_at = now() where user_id = ${userId} and starts_at < now() + interval '85 minutes'`,
  );
  expect(await queueReminders(em(), userId)).toBeNull();
  expect(await claimed()).toEqual([]);
});

/** Reminders, as they were written. */
const written = () =>
  rows(
    em(),
    sql`select d.status, d.attempts -> -1 ->> 'error' as error from deliveries d join events e on e.seq = d.event_seq
    where d.target_id = ${device} and e.type = 'reminder'`,
  );
const change = {
  'was moved': () => known(['a', 200 * minute]),
  'was canceled': () => affected(em(), sql`update bookings set status = 'Canceled' where user_id = ${userId}`),
  'is gone': () => affected(em(), sql`update bookings set removed_at = now() where user_id = ${userId}`),
  'is no longer to be reminded of': () => want(null),
};
it.each(Object.entries(change))(
  'one that waits for another try is given up where its rental %s',
  async (_, happens) => {
    await want('1h');
    await known(['a', 50 * minute]);
    await queueReminders(em(), userId);
    await queueReminders(em(), userId);
    expect(await written()).toEqual([{ status: 'pending', error: null }]);
    await happens();
    await queueReminders(em(), userId);
    expect(await written()).toEqual([{ status: 'given_up', error: expect.stringMatching(/^Not sent: /) as string }]);
  },
);

it('it says when to leave the other house', async () => {
  await want('1h');
  await known(['before', -40 * minute, '890 Broadway (Union Square)'], ['a', 50 * minute]);
  await queueReminders(em(), userId);
  const { lines } = (await claimed())[0]!;
  expect(lines.at(-1)).toMatch(/^Leave 890 Broadway.* by \d+:\d\d [AP]M\.$/);
});

it('the evening before is that of the person’s zone, and passes quiet hours', async () => {
  // Where it is about six in the evening now.
  const ahead = ((18 - new Date(start).getUTCHours() + 36) % 24) - 12;
  await want('evening', `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`);
  const quiet = sql`update users set notify_quiet_from = '00:00', notify_quiet_to = '23:59', urgent_passes = false where id = ${userId}`;
  await affected(em(), quiet);
  await known(['tomorrow', 14 * hourMs], ['the day after', 38 * hourMs]);
  expect(await queueReminders(em(), userId)).toBeGreaterThan(hourMs);
  expect(await claimed()).toHaveLength(1);
});

describe('one that becomes due only because the rental was moved', () => {
  const quiet = (from: string, to: string) =>
    affected(em(), sql`update users set notify_quiet_from = ${from}, notify_quiet_to = ${to} where id = ${userId}`);
  // Where it is about two at night now.
  const ahead = ((2 - new Date(start).getUTCHours() + 36) % 24) - 12;
  const zone = `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;

  it('is left out where the change tells the same, and the change is told', async () => {
    const hearsOfIt = await turnOn(['booking.changed']);
    await want('1h');
    await known(['a', 120 * minute]);
    expect(await queueReminders(em(), userId)).toBeGreaterThan(0);
    await known(['a', 30 * minute]);
    await queueReminders(em(), userId);
    expect((await claimed(hearsOfIt)).map(({ headline }) => headline.split(':')[0])).toEqual(['Moved']);
    expect((await claimed()).map(({ headline }) => headline.split(':')[0])).toEqual(['Reminder']);
    expect(await listForgottenReminders(em(), 0, 10)).not.toContain(hearsOfIt);
  });

  it('comes beside a change that says something else', async () => {
    const hearsOfIt = await turnOn(['booking.changed']);
    await want('1h');
    await known(['a', 30 * minute]);
    await known(['a', 30 * minute, '890 Broadway (Union Square)']);
    await queueReminders(em(), userId);
    expect((await claimed(hearsOfIt)).map(({ headline }) => headline.split(':')[0])).toEqual(['New place', 'Reminder']);
  });

  it('waits for the end of quiet hours', async () => {
    await want('evening', zone);
    await known(['a', 34 * hourMs]);
    await queueReminders(em(), userId);
    await quiet('22:00', '08:00');
    await known(['a', 9 * hourMs]);
    await queueReminders(em(), userId);
    expect(await claimed()).toEqual([]);
  });

  it('does not wait where the rental begins before they end, unless nothing is to pass', async () => {
    await want('evening', zone);
    await known(['a', 34 * hourMs]);
    await quiet('22:00', '08:00');
    await known(['a', 4 * hourMs]);
    await queueReminders(em(), userId);
    await affected(em(), sql`update users set urgent_passes = false where id = ${userId}`);
    expect((await claimBundle(em(), { id: device, userId }, 100)).deliveries).toEqual([]);
    await affected(em(), sql`update users set urgent_passes = true where id = ${userId}`);
    expect(await claimed()).toHaveLength(1);
  });
});
