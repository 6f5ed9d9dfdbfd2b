/** The feed as calendar apps fetch it: over HTTP, read with another parser. */
import { describe, expect, it } from 'vitest';
import { affected, sql } from '../support/sql.ts';
import { useApp } from './support/app.ts';
import type { TestUser } from './support/app.ts';
import {
  controls,
  daysAgo,
  feedPath,
  instantOf,
  notPrintable,
  parseCalendar,
  seedBooking,
  seedManyBookings,
  type SeededBooking,
} from './support/calendar.ts';

const app = await useApp();

const em = () => app.services.orm.em.fork();

async function userWith(...bookings: Partial<SeededBooking>[]): Promise<TestUser & { path: string }> {
  const user = await app.newUser();
  for (const booking of bookings) await seedBooking(app, user.id, booking);
  return { ...user, path: feedPath(user.calendarUrl) };
}

async function fetchCalendar(path: string) {
  const { status, text } = await app.call('GET', path);
  expect(status).toBe(200);
  return { text, ...parseCalendar(text) };
}

describe('a booking in the feed', () => {
  it('has its times, place, price, status and link, and an id that stays', async () => {
    const { id, path } = await userWith();
    const bookingId = await seedBooking(app, id, {
      startsAt: '2027-07-04T19:05:00Z',
      endsAt: '2027-07-04T21:00:00Z',
      sequence: 3,
      updatedAt: '2026-11-20T10:00:00.500Z',
    });
    const { text, event, component } = await fetchCalendar(path);
    const found = event();
    expect(found.uid).toBe(`${bookingId}@gibney-sync`);
    expect(found.summary).toBe('Studio A · R-490015');
    expect(found.location).toBe('Studio A, 280 Broadway, New York, NY 10007');
    expect(found.description).toBe('Rental: R-490015\nStatus: Approved\nPrice: $19.00');
    expect(found.sequence).toBe(3);
    expect(text).toContain('\r\nDTSTART;TZID=America/New_York:20270704T150500\r\n');
    expect(text).toContain('\r\nDTSTAMP:20261120T100000Z\r\n');
    expect(text).toContain('\r\nLAST-MODIFIED:20261120T100000Z\r\n');
    expect([instantOf(found.startDate), instantOf(found.endDate)]).toEqual([
      '2027-07-04T19:05:00.000Z',
      '2027-07-04T21:00:00.000Z',
    ]);
    const property = (name: string) => found.component.getFirstPropertyValue(name);
    expect(property('status')).toBe('CONFIRMED');
    expect(property('url')).toBe('https://portal.test/s/booking-item/a0B000000000001AAA/r-490015');
    expect(component.getFirstPropertyValue('x-wr-calname')).toBe('My rentals');
    expect(component.getFirstPropertyValue('x-wr-timezone')).toBe('America/New_York');
    expect(component.getFirstPropertyValue('method')).toBe('PUBLISH');
  });

  it('is at 890 Broadway with its own postal code, and elsewhere in the portal’s words', async () => {
    const { path } = await userWith(
      { name: 'R-1', location: '890 Broadway (Union Square)' },
      { name: 'R-2', location: 'Pier 4, Brooklyn' },
    );
    const { event } = await fetchCalendar(path);
    expect(event('R-1').location).toBe('Studio A, 890 Broadway, New York, NY 10003');
    expect(event('R-2').location).toBe('Studio A, Pier 4, Brooklyn');
  });

  it('keeps commas, semicolons, line breaks and every script, in lines of at most 75 octets', async () => {
    const name = `Plié; jeté, "tendu" \\ 練習 ${'舞踊🩰'.repeat(30)}`;
    const { path } = await userWith({ name, studio: 'Studio A,B' });
    const { text, event } = await fetchCalendar(path);
    expect(event().summary).toBe(`Studio A,B · ${name}`);
    const lines = text.split('\r\n');
    expect(Math.max(...lines.map((line) => Buffer.byteLength(line)))).toBeLessThanOrEqual(75);
    expect(lines.at(-1)).toBe('');
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  });

  it('with a line break in its name cannot put a line of its own into the file', async () => {
    const { path } = await userWith({
      name: 'R-1\r\nEND:VEVENT\r\nATTACH:https://evil.test',
      recordUrl: 'javascript:alert(1)',
    });
    const { event, text } = await fetchCalendar(path);
    expect(event().component.getFirstProperty('attach')).toBeNull();
    expect(text).not.toContain('javascript:');
  });

  it('has no control character in any of its lines, nor has the calendar’s own name', async () => {
    const user = await userWith({ name: controls, studio: controls, status: controls, location: controls });
    await affected(em(), sql`update calendar_feeds set name = ${controls} where user_id = ${user.id}`);
    const { text, event, component } = await fetchCalendar(user.path);
    expect(text).not.toMatch(notPrintable);
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n\t]/);
    expect(event().summary).toBe('odd end · odd end');
    expect(component.getFirstPropertyValue('x-wr-calname')).toBe('odd end');
  });

  it.each([
    ['2027-07-04T19:05:00Z', ';TZID=America/New_York:20270704T150500'],
    ['2026-11-01T05:30:00Z', ':20261101T053000Z'],
  ])('that ends when it starts, at %s, has no end', async (startsAt, written) => {
    const { path } = await userWith({ startsAt, endsAt: startsAt });
    const { text, event } = await fetchCalendar(path);
    expect(text).toContain(`\r\nDTSTART${written}\r\n`);
    expect(event().component.getFirstProperty('dtend')).toBeNull();
  });

  it.each([
    [{ status: 'Canceled' }, 'Canceled: Studio A · R-490015'],
    [{ status: 'Cancelled by studio', studio: '' }, 'Canceled: R-490015'],
    [{ status: 'Declined' }, 'Canceled: Studio A · R-490015'],
    [{ removedAt: daysAgo(1) }, 'Canceled: Studio A · R-490015'],
    [{ status: 'Approved' }, 'Studio A · R-490015'],
    [{ status: 'Pending Approval' }, 'Studio A · R-490015'],
  ])('%o is named %s', async (booking, title) => {
    const { path } = await userWith(booking);
    expect((await fetchCalendar(path)).event().summary).toBe(title);
  });

  it.each([
    ['Approved', 'CONFIRMED', 'OPAQUE'],
    ['Completed', 'CONFIRMED', 'OPAQUE'],
    ['Rescheduled', 'CONFIRMED', 'OPAQUE'],
    ['Pending Approval', 'TENTATIVE', 'OPAQUE'],
    ['Canceled', 'CANCELLED', 'TRANSPARENT'],
    ['Cancelled by studio', 'CANCELLED', 'TRANSPARENT'],
    ['Declined', 'CANCELLED', 'TRANSPARENT'],
    ['No Show', 'CANCELLED', 'TRANSPARENT'],
    ['EXPIRED', 'CANCELLED', 'TRANSPARENT'],
  ])('that is %s is %s and %s', async (status, expected, busy) => {
    const { path } = await userWith({ status });
    const { component } = (await fetchCalendar(path)).event();
    expect(component.getFirstPropertyValue('status')).toBe(expected);
    expect(component.getFirstPropertyValue('transp')).toBe(busy);
  });

  it('has no price where the portal gave none', async () => {
    const { path } = await userWith({ priceCents: null });
    expect((await fetchCalendar(path)).event().description).not.toContain('Price');
  });
});

describe('New York’s clock in the feed', () => {
  it.each([
    [
      'an evening in summer',
      '2026-07-04T23:00:00.000Z',
      '2026-07-05T01:00:00.000Z',
      ';TZID=America/New_York:20260704T190000',
    ],
    [
      'across the change in spring',
      '2026-03-08T06:30:00.000Z',
      '2026-03-08T07:30:00.000Z',
      ';TZID=America/New_York:20260308T013000',
    ],
    [
      'across the change in autumn',
      '2026-11-01T04:00:00.000Z',
      '2026-11-01T08:00:00.000Z',
      ';TZID=America/New_York:20261101T000000',
    ],
    [
      'in the repeated hour, the first time',
      '2026-11-01T05:15:00.000Z',
      '2026-11-01T05:45:00.000Z',
      ':20261101T051500Z',
    ],
    [
      'in the repeated hour, the second time',
      '2026-11-01T06:15:00.000Z',
      '2026-11-01T06:45:00.000Z',
      ':20261101T061500Z',
    ],
    [
      'from the first into the second repeated hour',
      '2026-11-01T05:30:00.000Z',
      '2026-11-01T06:30:00.000Z',
      ':20261101T053000Z',
    ],
    ['before daylight saving of 2007', '2006-03-20T17:00:00.000Z', '2006-03-20T18:00:00.000Z', ':20060320T170000Z'],
  ])('%s', async (_, startsAt, endsAt, written) => {
    const { path } = await userWith({ startsAt, endsAt });
    const { event, text } = await fetchCalendar(path);
    expect(text).toContain(`\r\nDTSTART${written}\r\n`);
    expect([instantOf(event().startDate), instantOf(event().endDate)]).toEqual([startsAt, endsAt]);
  });
});

describe('what happened to a booking', () => {
  it('raises SEQUENCE under the same UID, and changes the ETag', async () => {
    const user = await userWith();
    const id = await seedBooking(app, user.id, { sequence: 0 });
    const before = await app.call('GET', user.path);
    await affected(
      em(),
      sql`update bookings set starts_at = starts_at + interval '1 hour',
      ends_at = ends_at + interval '1 hour', sequence = sequence + 1, updated_at = now() where id = ${id}`,
    );
    const after = await app.call('GET', user.path, { headers: { 'if-none-match': before.headers.get('etag')! } });
    expect(after.status).toBe(200);
    const [was, is] = [parseCalendar(before.text).event(), parseCalendar(after.text).event()];
    expect([is.uid, was.sequence, is.sequence]).toEqual([was.uid, 0, 1]);
    expect(is.startDate.toUnixTime() - was.startDate.toUnixTime()).toBe(3_600);
  });

  it('stays for two weeks as canceled, then goes', async () => {
    const { path } = await userWith(
      { name: 'R-kept', updatedAt: daysAgo(400) },
      { name: 'R-canceled-lately', status: 'Canceled', updatedAt: daysAgo(13) },
      { name: 'R-canceled-long-ago', status: 'Canceled', updatedAt: daysAgo(16) },
      { name: 'R-gone-lately', removedAt: daysAgo(13), updatedAt: daysAgo(13) },
      { name: 'R-gone-long-ago', removedAt: daysAgo(16), updatedAt: daysAgo(16) },
    );
    const { events } = await fetchCalendar(path);
    const states = events.map(({ summary, component }) => [
      summary.split('R-')[1],
      component.getFirstPropertyValue('status'),
    ]);
    expect(Object.fromEntries(states)).toEqual({
      kept: 'CONFIRMED',
      'canceled-lately': 'CANCELLED',
      'gone-lately': 'CANCELLED',
    });
  });
});

describe('a calendar', () => {
  it('without bookings is one all the same', async () => {
    const { path } = await userWith();
    const { events, component } = await fetchCalendar(path);
    expect(events).toEqual([]);
    expect(component.getFirstSubcomponent('vtimezone')!.getFirstPropertyValue('tzid')).toBe('America/New_York');
  });

  it('holds nothing of another user', async () => {
    const [owner, stranger] = [await userWith({ name: 'R-the-owner-only' }), await userWith({})];
    expect((await fetchCalendar(stranger.path)).text).not.toContain('R-the-owner-only');
    expect((await fetchCalendar(owner.path)).events).toHaveLength(1);
  });

  it('of 5,000 bookings holds each of them once', { timeout: 120_000 }, async () => {
    const { id, path } = await userWith();
    await seedManyBookings(app, id, 5_000);
    const { events } = await fetchCalendar(path);
    expect(new Set(events.map(({ uid }) => uid)).size).toBe(5_000);
    const starts = events.map(({ startDate }) => startDate.toUnixTime());
    expect(starts).toEqual([...starts].sort((one, other) => one - other));
    expect(new Date(starts[0]! * 1000).toISOString()).toBe('2020-01-01T22:00:00.000Z');
    expect(starts.at(-1)! - starts[0]!).toBe(4_999 * 7 * 3_600);
  });
});
