/** What becomes of a person's event when its booking changes. */
import ICAL from 'ical.js';
import { describe, expect, it } from 'vitest';
import { holdsEvent, mergeEvent, newEvent } from '#notifications/calendars/event-object.ts';

const name = '0f8fad5b-d9cb-469f-a165-70867728950e';
const booking: Parameters<typeof newEvent>[0] = {
  id: name,
  name: 'R-490015',
  startsAt: new Date('2026-12-05T23:00:00Z'),
  endsAt: new Date('2026-12-06T01:00:00Z'),
  studio: 'Studio 3',
  location: '280 Broadway (Lower Manhattan)',
  status: 'Approved',
  priceCents: 3800,
  recordUrl: 'https://portal.test/s/booking-item/1',
  firstSeenAt: new Date('2026-11-01T00:00:00Z'),
  removedAt: null,
  sequence: 1,
  updatedAt: new Date('2026-11-20T10:00:00Z'),
};
const later = {
  ...booking,
  startsAt: new Date('2026-12-06T00:00:00Z'),
  endsAt: new Date('2026-12-06T02:00:00Z'),
  studio: 'Studio 5',
  sequence: 2,
  updatedAt: new Date('2026-11-21T10:00:00Z'),
};
const canceled = { ...later, status: 'Canceled', sequence: 3 };
const moved = (object: string) => mergeEvent(object, later, name)!;
const first = newEvent(booking, name);

/** As an app would write it: after the first line of that kind. */
function edited(change: (event: ICAL.Component, calendar: ICAL.Component) => void, object = first): string {
  const calendar = new ICAL.Component(ICAL.parse(object) as unknown[]);
  change(calendar.getFirstSubcomponent('vevent')!, calendar);
  return calendar.toString();
}

function eventOf(object: string): ICAL.Component {
  return new ICAL.Component(ICAL.parse(object) as unknown[]).getFirstSubcomponent('vevent')!;
}
const valueOf = (object: string, property: string) => String(eventOf(object).getFirstPropertyValue(property));

it('is a calendar object of one event on the studio’s clock, without a method', () => {
  expect(first).toMatch(/^BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:.*\r\nCALSCALE:GREGORIAN\r\nBEGIN:VTIMEZONE/);
  expect(first).toContain(`UID:${name}@gibney-sync\r\n`);
  expect(first).toContain('DTSTART;TZID=America/New_York:20261205T180000\r\n');
  expect(first).not.toContain('METHOD');
  expect(first.match(/BEGIN:VEVENT/g)).toHaveLength(1);
});

it('takes time, place and status from the booking', () => {
  const after = moved(first);
  expect(after).toContain('DTSTART;TZID=America/New_York:20261205T190000');
  expect(after).toContain('DTEND;TZID=America/New_York:20261205T210000');
  expect([valueOf(after, 'summary'), valueOf(after, 'location')]).toEqual([
    'Studio 5 · R-490015',
    'Studio 5, 280 Broadway, New York, NY 10007',
  ]);
  expect(valueOf(after, 'sequence')).toBe('2');
  expect(after.match(/BEGIN:VTIMEZONE/g)).toHaveLength(1);
  expect(valueOf(mergeEvent(after, canceled, name)!, 'status')).toBe('CANCELLED');
});

it('is the very text where nothing of ours changes, whatever else a server or an app changed', () => {
  const other = edited((event) => {
    event.updatePropertyWithValue('x-server', 'a word');
    event.updatePropertyWithValue('sequence', 9);
  });
  expect(mergeEvent(first, booking, name)).toBe(first);
  expect(mergeEvent(other, { ...booking, sequence: 12, updatedAt: new Date() }, name)).toBe(other);
});

describe('of what the person added,', () => {
  it('alarms, colors, guests and unknown properties stay', () => {
    const own = edited((event) => {
      const alarm = new ICAL.Component('valarm');
      alarm.addPropertyWithValue('action', 'DISPLAY');
      alarm.addPropertyWithValue('trigger', ICAL.Duration.fromString('-PT30M'));
      event.addSubcomponent(alarm);
      event.addPropertyWithValue('color', 'tomato');
      event.addPropertyWithValue('categories', 'Solo');
      event.addPropertyWithValue('x-apple-travel-duration', 'PT30M');
      event.addPropertyWithValue('attendee', 'mailto:ben@example.com');
    });
    const after = mergeEvent(moved(own), canceled, name)!;
    for (const line of ['TRIGGER:-PT30M', 'COLOR:tomato', 'CATEGORIES:Solo', 'X-APPLE-TRAVEL-DURATION:PT30M'])
      expect(after).toContain(line);
    expect(after).toContain('ATTENDEE:mailto:ben@example.com');
  });

  it('notes stay below our lines, which are written anew', () => {
    const ours = valueOf(first, 'description');
    const own = edited((event) =>
      event.updatePropertyWithValue('description', `bring knee pads\n${ours}\nStatus: of the piece, unclear; ask Ben`),
    );
    const after = mergeEvent(own, { ...later, status: 'Completed' }, name)!;
    expect(valueOf(after, 'description')).toBe(
      'Rental: R-490015\nStatus: Completed\nPrice: $38.00\n\nbring knee pads\nStatus: of the piece, unclear; ask Ben',
    );
    expect(valueOf(mergeEvent(after, canceled, name)!, 'description')).toMatch(
      /^Rental.*\nStatus: Canceled\n.*\n\nbring/,
    );
  });

  it.each([
    ['Thunderbird’s', 'ALTREP="data:text/html,%3Cb%3ERental%3A%20R-490015%3C%2Fb%3E"', ''],
    ['Outlook’s', 'LANGUAGE=en', 'X-ALT-DESC;FMTTYPE=text/html:<b>Rental: R-490015</b> Status: Approved\r\n'],
  ])('%s other form of the notes goes where our lines change, and stays where nothing does', (_, parameter, line) => {
    const own = first.replace('DESCRIPTION:', `${line}DESCRIPTION;${parameter}:knee pads\\n`);
    const noted = mergeEvent(own, { ...booking, status: 'Completed' }, name)!;
    expect(noted).not.toMatch(/ALTREP|X-ALT-DESC/);
    expect(valueOf(noted, 'description')).toMatch(/^Rental: R-490015\nStatus: Completed\n[^]*\n\nknee pads$/);
    const same = own.replace('knee pads\\n', '');
    expect(mergeEvent(same, booking, name)).toBe(same);
  });

  it('a title stays, and says when it is canceled', () => {
    const own = edited((event) => event.updatePropertyWithValue('summary', 'Solo, run-through'));
    const gone = mergeEvent(moved(own), canceled, name)!;
    expect(valueOf(moved(own), 'summary')).toBe('Solo, run-through');
    expect(valueOf(gone, 'summary')).toBe('Canceled: Solo, run-through');
    expect(valueOf(mergeEvent(gone, later, name)!, 'summary')).toBe('Solo, run-through');
  });

  it.each(['Duet with Ann · Studio 3 · R-490015', '⭐ Studio 3 · R-490015', 'R-490015'])(
    'a title that ends as ours does stays, where we know what ours was: %s',
    (title) => {
      const own = edited((event) => event.updatePropertyWithValue('summary', title));
      expect(valueOf(mergeEvent(own, later, name, 'Studio 3 · R-490015')!, 'summary')).toBe(title);
    },
  );

  it('a title that we wrote does not stay, though the rental has another name now and spaces were tidied up', () => {
    const renamed = { ...later, name: 'Company class' };
    const own = edited((event) => event.updatePropertyWithValue('summary', ' Studio 3 ·  R-490015'));
    const after = mergeEvent(own, renamed, name, 'Studio 3 · R-490015')!;
    expect(valueOf(after, 'summary')).toBe('Studio 5 · Company class');
    const gone = mergeEvent(
      after,
      { ...renamed, name: 'Class', status: 'Canceled' },
      name,
      'Studio 5 · Company class',
    )!;
    expect(valueOf(gone, 'summary')).toBe('Canceled: Studio 5 · Class');
    expect(valueOf(mergeEvent(gone, renamed, name, 'Studio 5 · Class')!, 'summary')).toBe('Studio 5 · Company class');
  });

  it('being free stays until the rental is canceled or back', () => {
    const own = edited((event) => event.updatePropertyWithValue('transp', 'TRANSPARENT'));
    expect(valueOf(moved(own), 'transp')).toBe('TRANSPARENT');
    const gone = mergeEvent(first, canceled, name)!;
    expect(valueOf(gone, 'transp')).toBe('TRANSPARENT');
    expect(valueOf(mergeEvent(gone, later, name)!, 'transp')).toBe('OPAQUE');
  });

  it('another time and place do not stay', () => {
    const own = edited((event, calendar) => {
      event.removeAllProperties('dtend');
      event.updatePropertyWithValue('dtstart', ICAL.Time.fromString('2026-12-05T09:00:00Z', undefined));
      event.updatePropertyWithValue('duration', ICAL.Duration.fromString('PT1H'));
      event.updatePropertyWithValue('location', 'My kitchen');
      event.addPropertyWithValue('x-apple-structured-location', 'geo:40.7,-74.0');
      calendar.removeAllSubcomponents('vtimezone');
    });
    const after = mergeEvent(own, booking, name)!;
    expect(after).toContain('DTSTART;TZID=America/New_York:20261205T180000');
    expect(after).toContain('DTEND;TZID=America/New_York:20261205T200000');
    expect(after).toContain('BEGIN:VTIMEZONE');
    expect(after).not.toMatch(/DURATION|kitchen|STRUCTURED/);
  });
});

it.each([
  ['another event', first.replace(`UID:${name}`, 'UID:somebody-else')],
  ['no calendar', '<html>Sign in</html>'],
  ['an empty text', ''],
  ['a to-do', first.replaceAll('VEVENT', 'VTODO')],
])('%s is not touched', (_, object) => {
  expect(holdsEvent(object, name)).toBe(false);
  expect(mergeEvent(object, later, name)).toBeNull();
});

it.each([
  'DTSTART:garbage',
  'DTEND;VALUE=DATE:2026',
  'LAST-MODIFIED:20261129',
  'STATUS;VALUE=DATE-TIME:soon',
  'LOCATION;VALUE=PERIOD:a/b',
])('is left alone where a value cannot be read: %s', (line) => {
  const property = line.split(/[;:]/)[0]!;
  const [zone, event] = first.split(/(?=BEGIN:VEVENT)/) as [string, string];
  const broken = zone + event.replace(new RegExp(`^(${property}[;:].*|STATUS:CONFIRMED)\r\n`, 'm'), `${line}\r\n`);
  expect(broken).toContain(line);
  expect(mergeEvent(broken, later, name)).toBeNull();
  expect(holdsEvent(broken, name)).toBe(true);
});
