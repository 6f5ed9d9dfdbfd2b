/** A whole life of a connected calendar, on real servers and on the stand-in for those that cannot be had. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import ICAL from 'ical.js';
import { endConnection } from '#db/queries/calendar-connections.ts';
import { findCalendars } from '#notifications/calendars/discovery.ts';
import { openDavSession } from '#notifications/calendars/dav-session.ts';
import { makeConnectedUser, rental, syncList, useDatabase } from '../../db/fixtures.ts';
import { rows, sql } from '../../support/sql.ts';
import { pythonCalendars, startCalendarServer, type CalendarServer } from '../../support/calendar-servers.ts';
import { startStandInCalendar } from '../../support/stand-in-calendar.ts';
import { allow, connect, type Connected } from './pushing.ts';

const { em, orm } = useDatabase();
const site = await pythonCalendars();

const kinds: [string, boolean, () => Promise<CalendarServer>][] = [
  ['Radicale', site !== null, () => startCalendarServer('radicale', site!)],
  ['Xandikos', site !== null, () => startCalendarServer('xandikos', site!)],
  ['the stand-in', true, () => startStandInCalendar().then((made) => ({ ...made, stop: () => made.close() }))],
];

describe.each(kinds)('on %s', (_name, isThere, start) => {
  describe.skipIf(!isThere)('a connected calendar', () => {
    let server: CalendarServer;
    let connected: Connected;
    const season = Array.from({ length: 12 }, (_, index) => rental(`r${index}`));
    const sync = (list = season) => syncList(em(), connected.userId, list);

    beforeAll(async () => {
      server = await start();
      connected = await connect(orm(), em, await makeConnectedUser(em()), server.login);
      await sync();
    });
    afterAll(async () => {
      connected.session.close();
      await server.stop();
    });

    /** The event of a rental as it is in the calendar. */
    async function eventOf(recordId: string): Promise<string | null> {
      const [row] = await rows<{ href: string }>(
        em(),
        sql`select e.href from calendar_events e join bookings b on b.id = e.booking_id
            where b.user_id = ${connected.userId} and b.record_id = ${recordId}`,
      );
      return row ? ((await connected.objects.read(row.href))?.body ?? null) : null;
    }

    async function asPerson(recordId: string, change: (event: ICAL.Component) => void): Promise<void> {
      const [{ id }] = (await rows(
        em(),
        sql`select id from bookings where user_id = ${connected.userId} and record_id = ${recordId}`,
      )) as [{ id: string }];
      const { body, etag } = (await connected.objects.read(`${id}.ics`))!;
      const calendar = new ICAL.Component(ICAL.parse(body) as unknown[]);
      change(calendar.getFirstSubcomponent('vevent')!);
      expect(await connected.objects.replace(`${id}.ics`, calendar.toString(), etag)).not.toBeTypeOf('string');
    }

    it('is found by the address of the server alone', async () => {
      const session = openDavSession(server.login, { allow });
      const { calendars } = await findCalendars(session, server.login.url);
      session.close();
      expect(calendars).toContainEqual({ url: connected.calendarUrl, name: 'Gibney rentals' });
    });

    it('is found by an address that people copy from their browser', async () => {
      const url = new URL('/.web/', server.login.url).href;
      const session = openDavSession({ ...server.login, url }, { allow });
      expect((await findCalendars(session, url)).calendars.map((one) => one.url)).toContain(connected.calendarUrl);
      session.close();
    });

    it('is filled, then asked for nothing until something changes', async () => {
      expect((await connected.view())[0]).toMatchObject({ state: 'filling', pending: 12, lastPushedAt: null });
      expect(await connected.push({ turn: { events: 5, ms: 60_000 } })).toBe(12);
      expect((await connected.view())[0]).toMatchObject({ state: 'ok', pending: 0, error: null });
      expect(await eventOf('r7')).toContain('SUMMARY:Studio A · R-r7');
      await sync();
      expect((await connected.view())[0]!.pending).toBe(0);
      expect(await connected.push()).toBe(0);
    });

    it('takes a change, and what the person added stays', async () => {
      await asPerson('r1', (event) => {
        event.updatePropertyWithValue(
          'description',
          `${event.getFirstPropertyValue('description') as string}\nknee pads`,
        );
        event.addPropertyWithValue('categories', 'Solo');
        const alarm = new ICAL.Component('valarm');
        alarm.addPropertyWithValue('action', 'DISPLAY');
        alarm.addPropertyWithValue('description', 'go');
        alarm.addPropertyWithValue('trigger', ICAL.Duration.fromString('-PT45M'));
        event.addSubcomponent(alarm);
      });
      const list = season.map((one) =>
        one.recordId === 'r1'
          ? { ...one, studio: 'Studio 5' }
          : one.recordId === 'r2'
            ? { ...one, status: 'Canceled' }
            : one,
      );
      await sync(list);
      expect((await connected.view())[0]).toMatchObject({ state: 'ok', pending: 2 });
      expect(await connected.push()).toBe(2);
      const after = (await eventOf('r1'))!;
      expect(after).toMatch(/LOCATION:Studio 5/);
      for (const part of ['knee pads', 'CATEGORIES:Solo', 'TRIGGER:-PT45M']) expect(after).toContain(part);
      for (const part of ['SUMMARY:Canceled: ', 'STATUS:CANCELLED']) expect(await eventOf('r2')).toContain(part);
    });

    it('loses no event twice: one that the person deleted comes back only with news of it', async () => {
      const hrefs = await rows<{ href: string; record: string }>(
        em(),
        sql`select e.href, b.record_id as record from calendar_events e join bookings b on b.id = e.booking_id
            where e.connection_id = ${connected.id} and b.record_id in ('r3', 'r4', 'r5')`,
      );
      for (const { href } of hrefs) expect(await connected.objects.remove(href, null)).toBe('removed');
      await sync();
      await connected.push();
      expect(await eventOf('r3')).toBeNull();
      // What we write of a booking has changed, and the booking has not.
      await rows(em(), sql`update calendar_events set content_hash = 'older' where connection_id = ${connected.id}`);
      await connected.push();
      expect([await eventOf('r3'), await eventOf('r4')]).toEqual([null, null]);
      await sync(
        season.map((one) =>
          one.recordId === 'r3'
            ? { ...one, studio: 'Studio 9' }
            : one.recordId === 'r4'
              ? { ...one, status: 'Declined' }
              : one,
        ),
      );
      await connected.push();
      expect(await eventOf('r3')).toContain('Studio 9');
      expect([await eventOf('r4'), await eventOf('r5')]).toEqual([null, null]);
    });

    it('takes up what an earlier attempt wrote and could not note down', async () => {
      await rows(em(), sql`delete from calendar_events where connection_id = ${connected.id}`);
      await asPerson('r6', (event) => event.addPropertyWithValue('categories', 'Mine'));
      await connected.push();
      expect(await eventOf('r6')).toContain('CATEGORIES:Mine');
      expect((await connected.view())[0]).toMatchObject({ state: 'ok', pending: 0, refused: 0 });
    });

    it('is left without our events, and with the person’s own', async () => {
      const own =
        'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//me//EN\r\nBEGIN:VEVENT\r\nUID:mine\r\nDTSTAMP:20261126T000000Z\r\nDTSTART:20261201T150000Z\r\nDTEND:20261201T160000Z\r\nSUMMARY:Dentist\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n';
      expect(await connected.objects.create('mine.ics', own)).not.toBeTypeOf('string');
      const [{ href }] = (await rows(
        em(),
        sql`select href from calendar_events where connection_id = ${connected.id} and state = 'written' limit 1`,
      )) as [{ href: string }];
      expect(await endConnection(em(), { userId: connected.userId, id: connected.id, keepEvents: false })).toBe(true);
      expect(await connected.view()).toEqual([]);
      await connected.push();
      expect(await connected.objects.read(href)).toBeNull();
      expect((await connected.objects.read('mine.ics'))?.body).toContain('Dentist');
      expect(await rows(em(), sql`select 1 from calendar_connections where id = ${connected.id}`)).toEqual([]);
    });
  });
});
