/** Bookings for calendars, and calendars as another program reads them. */
import { randomUUID } from 'node:crypto';
import ICAL from 'ical.js';
import { affected, firstRow, sql } from '../../support/sql.ts';
import type { App } from './app.ts';

export interface SeededBooking {
  recordId: string;
  name: string;
  startsAt: string;
  endsAt: string;
  studio: string;
  location: string;
  status: string;
  priceCents: number | null;
  recordUrl: string;
  removedAt: string | null;
  sequence: number;
  updatedAt: string;
}

/** Every character that programs may take for the end of a line, or refuse, and what PostgreSQL stores of it. */
export const controls = `odd${String.fromCodePoint(
  ...Array.from({ length: 31 }, (_, index) => index + 1),
  ...Array.from({ length: 33 }, (_, index) => index + 0x7f),
  ...[0x2028, 0x2029, 0xfffe, 0xffff, 0x1fffe],
)}end`;

/** All of them but the ends of lines that a file has itself. */
// eslint-disable-next-line no-control-regex -- they are looked for
export const notPrintable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff]|\u{1fffe}/u;

const hourMs = 3_600_000;

/** A booking that a sync stored: in a week, changed a day ago, unless said otherwise. Returns its id. */
export async function seedBooking(app: App, userId: string, values: Partial<SeededBooking> = {}): Promise<string> {
  const startsAt = values.startsAt ?? new Date(Date.now() + 7 * 24 * hourMs).toISOString();
  const booking = {
    recordId: randomUUID(),
    name: 'R-490015',
    endsAt: new Date(Date.parse(startsAt) + hourMs).toISOString(),
    studio: 'Studio A',
    location: '280 Broadway (Lower Manhattan)',
    status: 'Approved',
    priceCents: 1900,
    recordUrl: 'https://portal.test/s/booking-item/a0B000000000001AAA/r-490015',
    removedAt: null,
    sequence: 0,
    updatedAt: daysAgo(1),
    ...values,
    startsAt,
  };
  const row = await firstRow<{ id: string }>(
    app.services.orm.em.fork(),
    sql`insert into bookings (user_id, record_id, name, starts_at, ends_at, studio, location, status, price_cents,
          record_url, first_seen_at, last_seen_at, removed_at, sequence, updated_at)
        values (${userId}, ${booking.recordId}, ${booking.name}, ${booking.startsAt}, ${booking.endsAt},
          ${booking.studio}, ${booking.location}, ${booking.status}, ${booking.priceCents}, ${booking.recordUrl},
          ${booking.updatedAt}, now(), ${booking.removedAt}, ${booking.sequence}, ${booking.updatedAt})
        returning id`,
  );
  return row!.id;
}

/** Many bookings of half an hour each, one after the other, with one statement. */
export async function seedManyBookings(app: App, userId: string, count: number): Promise<void> {
  await affected(
    app.services.orm.em.fork(),
    sql`insert into bookings (user_id, record_id, name, starts_at, ends_at, studio, location, status, price_cents,
          record_url, first_seen_at, last_seen_at, updated_at)
        select ${userId}, 'r' || n, 'R-' || n, '2020-01-01T15:00Z'::timestamptz + n * interval '7 hours',
          '2020-01-01T15:30Z'::timestamptz + n * interval '7 hours', 'Studio ' || n % 9,
          '890 Broadway (Union Square)', 'Completed', 1900, 'https://portal.test/s/booking-item/' || n, now(), now(),
          now() - interval '1 day'
        from generate_series(1, ${count}::int) n`,
  );
}

/** Puts all the owner's bookings into a group that this member sees. Returns its id. */
export async function shareAll(app: App, ownerId: string, memberId: string): Promise<string> {
  const em = app.services.orm.em.fork();
  const group = await firstRow<{ id: string }>(
    em,
    sql`insert into groups (user_id, name, payer) values (${ownerId}, ${randomUUID()}, '') returning id`,
  );
  await affected(em, sql`update bookings set group_id = ${group!.id}, grouped_by = 'hand' where user_id = ${ownerId}`);
  await affected(
    em,
    sql`insert into group_members (group_id, user_id, role) values (${group!.id}, ${memberId}, 'viewer')`,
  );
  return group!.id;
}

export function daysAgo(days: number): string {
  return new Date(Date.now() - days * 24 * hourMs).toISOString();
}

export const feedPath = (url: string): string => new URL(url).pathname;

export interface ParsedCalendar {
  component: ICAL.Component;
  events: ICAL.Event[];
  /** The one event, or the one with this summary. */
  event(summary?: string): ICAL.Event;
}

/** Reads a calendar with a parser that is not ours. Fails where it is not well formed. */
export function parseCalendar(text: string): ParsedCalendar {
  ICAL.TimezoneService.reset();
  const component = new ICAL.Component(ICAL.parse(text) as unknown[]);
  const zone = component.getFirstSubcomponent('vtimezone');
  if (zone) ICAL.TimezoneService.register(zone);
  const events = component.getAllSubcomponents('vevent').map((event) => new ICAL.Event(event));
  const event = (summary?: string) => {
    const found = events.filter((one) => summary === undefined || one.summary.includes(summary));
    if (found.length !== 1) throw new Error(`${found.length} events where one is expected`);
    return found[0]!;
  };
  return { component, events, event };
}

/** The instant that the parser makes of a time, by the calendar's own description of the zone. */
export const instantOf = (time: ICAL.Time): string => new Date(time.toUnixTime() * 1000).toISOString();
