/** What a person has at the times of their rentals, read from real servers and from the stand-in. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomUUID } from 'node:crypto';
import { getVtimezoneComponent } from '@touch4it/ical-timezones';
import { listClashes, watchCalendars } from '#db/queries/calendar-clashes.ts';
import { readPushTarget } from '#db/queries/calendar-connections.ts';
import { findCalendars, makeCalendar } from '#notifications/calendars/discovery.ts';
import type { CalendarObjects } from '#notifications/calendars/connected-calendar.ts';
import { createCalendarObjects } from '#notifications/calendars/objects.ts';
import { readClashes } from '#notifications/calendars/read-clashes.ts';
import { makeConnectedUser, rental, secrets, syncList, useDatabase } from '../../db/fixtures.ts';
import { affected, sql } from '../../support/sql.ts';
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

/** Days from now, at this hour in UTC: a Tuesday of the series stays one. */
const start = Math.floor(Date.now() / 86_400_000) * 86_400_000;
const at = (days: number, hours: number) => new Date(start + days * 86_400_000 + hours * 3_600_000);
const stamp = (moment: Date) => moment.toISOString().replace(/[-:]|\.\d+/g, '');
const inUtc = (from: Date, to: Date) => [`DTSTART:${stamp(from)}`, `DTEND:${stamp(to)}`];
const zone = getVtimezoneComponent('America/New_York')!.trim().split(/\r?\n/);

describe.each(kinds)('on %s', (name, isThere, begin) => {
  describe.skipIf(!isThere)('what a person has', () => {
    let server: CalendarServer;
    let connected: Connected;
    let mine: { url: string; name: string };
    let objects: CalendarObjects<string>;
    const season = [2, 3, 4].map((days) => rental(`r${days}`, { startsAt: at(days, 22), endsAt: at(days + 1, 0) }));

    beforeAll(async () => {
      server = await begin();
      connected = await connect(orm(), em, await makeConnectedUser(em()), server.login);
      const home = await findCalendars(connected.session, server.login.url);
      mine = await makeCalendar(connected.session, home.url, randomUUID(), 'Mine');
      objects = createCalendarObjects(connected.session, mine.url);
      await syncList(em(), connected.userId, season);
    });
    afterAll(async () => {
      connected.session.close();
      await server.stop();
    });

    const put = async (uid: string, lines: string[], more: string[] = []) => {
      const event = [
        'BEGIN:VEVENT',
        `UID:${uid}`,
        'DTSTAMP:20261126T000000Z',
        'SUMMARY:Secret',
        ...lines,
        'END:VEVENT',
      ];
      const head = [
        'BEGIN:VCALENDAR',
        'VERSION:2.0',
        'PRODID:-//me//EN',
        ...(lines.join().includes('TZID') ? zone : []),
      ];
      const written = await objects.create(
        `${uid}.ics`,
        [...head, ...event, ...more, 'END:VCALENDAR', ''].join('\r\n'),
      );
      expect(written).not.toBeTypeOf('string');
    };
    const watch = (calendars = [mine]) =>
      watchCalendars(em(), { userId: connected.userId, id: connected.id, calendars });
    const read = async () => {
      const target = (await readPushTarget(em(), connected.id))!;
      await readClashes({ orm: orm(), secrets, allow }, target, new AbortController().signal);
      return shown();
    };
    /** Hours from the beginning of the first day. */
    const shown = async () =>
      (await listClashes(em(), connected.userId)).map(({ startsAt, endsAt }) =>
        [startsAt, endsAt].map((moment) => (moment.getTime() - start) / 3_600_000).join('-'),
      );

    it('is not read until it is chosen, and is nothing where nothing is there', async () => {
      await put('before', inUtc(at(2, 20), at(2, 22)));
      expect(await shown()).toEqual([]);
      expect(await watch()).toBe(true);
      expect(await read()).toEqual([]);
      expect((await readPushTarget(em(), connected.id))!.busyReadAt).toBeInstanceOf(Date);
    });

    it('is what is at the same time: not what is free, canceled or ours', async () => {
      await put('during', inUtc(at(2, 21.5), at(2, 22.5)));
      await put('meeting', inUtc(at(2, 22.25), at(2, 23)));
      await put('free', [...inUtc(at(3, 22), at(3, 23)), 'TRANSP:TRANSPARENT']);
      await put('off', [...inUtc(at(3, 22), at(3, 23)), 'STATUS:CANCELLED']);
      await put(`${randomUUID()}@gibney-sync`, inUtc(at(3, 22), at(3, 23)));
      await put('over-midnight', inUtc(at(4, 23), at(5, 3)));
      // What follows one another is one time, and says less of what it is.
      expect(await read()).toEqual(['69.5-71', '119-123']);
    });

    it('goes when their event or the rental moves, and when nothing is to be read any more', async () => {
      expect(await objects.remove('over-midnight.ics', null)).toBe('removed');
      expect(await read()).toHaveLength(1);
      const moved = season.map((one) =>
        one.recordId === 'r2' ? { ...one, startsAt: at(2, 23), endsAt: at(3, 0) } : one,
      );
      await syncList(em(), connected.userId, moved);
      expect(await shown()).toEqual([]);
      await syncList(em(), connected.userId, season);
      expect(await shown()).toHaveLength(1);
      await syncList(
        em(),
        connected.userId,
        season.map((one) => ({ ...one, status: 'Canceled' })),
      );
      expect(await shown()).toEqual([]);
      await syncList(em(), connected.userId, season);
      expect(await watch([])).toBe(true);
      expect(await shown()).toEqual([]);
    });

    // The stand-in works out no series.
    it.skipIf(name === 'the stand-in')('is the instances of a series, as they were moved or left out', async () => {
      await watch();
      const local = (moment: Date) => stamp(new Date(moment.getTime() - offsetMs(moment))).slice(0, -1);
      const newYork = (property: string, moment: Date) => `${property};TZID=America/New_York:${local(moment)}`;
      const hour = 3_600_000;
      const onDay = (days: number) => sameClock(at(4, 22.5), days - 4);
      const [first, moved] = [onDay(-40), onDay(3)];
      await put(
        'daily',
        [
          newYork('DTSTART', first),
          newYork('DTEND', new Date(first.getTime() + hour / 2)),
          'RRULE:FREQ=DAILY',
          newYork('EXDATE', onDay(2)),
        ],
        [
          ...['BEGIN:VEVENT', 'UID:daily', 'DTSTAMP:20261126T000000Z', newYork('RECURRENCE-ID', moved)],
          ...[
            newYork('DTSTART', new Date(moved.getTime() - 8 * hour)),
            newYork('DTEND', new Date(moved.getTime() - 7 * hour)),
          ],
          'END:VEVENT',
        ],
      );
      expect(await objects.remove('during.ics', null)).toBe('removed');
      expect(await objects.remove('meeting.ics', null)).toBe('removed');
      expect(await read()).toEqual(['118.5-119']);
    });

    it('is no longer asked for where the calendar is gone, and nobody is told', async () => {
      await watch([{ url: `${mine.url.slice(0, -1)}-gone/`, name: 'Gone' }]);
      expect(await read()).toEqual([]);
      expect((await connected.view())[0]).toMatchObject({ error: null });
    });

    it('says nothing once it was read too long ago', async () => {
      await watch();
      await put('late', inUtc(at(2, 22), at(2, 23)));
      expect(await read()).not.toEqual([]);
      await affected(
        em(),
        sql`update calendar_connections set busy_read_at = now() - interval '4 days' where id = ${connected.id}`,
      );
      expect(await shown()).toEqual([]);
    });
  });
});

/** How far New York's clock is behind. */
function offsetMs(moment: Date): number {
  const clock = new Date(moment.toLocaleString('en-US', { timeZone: 'America/New_York' }) + ' UTC');
  return Math.floor(moment.getTime() / 1_000) * 1_000 - clock.getTime();
}

/** So many days later, when New York's clock shows the same. */
function sameClock(moment: Date, days: number): Date {
  const later = new Date(moment.getTime() + days * 86_400_000);
  return new Date(later.getTime() + offsetMs(later) - offsetMs(moment));
}
