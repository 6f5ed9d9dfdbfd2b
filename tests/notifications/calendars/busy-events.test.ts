/** When events of a person's own calendar keep them busy, whatever program wrote them. */
import { describe, expect, it } from 'vitest';
import { busyIn } from '#notifications/calendars/busy-events.ts';

const ann = { timeZone: 'America/New_York', addresses: new Set(['ann@dance.test']) };

const object = (...events: string[][]) =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', ...events.flatMap((lines) => ['BEGIN:VEVENT', ...lines, 'END:VEVENT'])]
    .concat('END:VCALENDAR', '')
    .join('\r\n');
/** `2026-11-03T23:30/2026-11-04T00:30`, in UTC. */
const busy = (lines: string[], person = ann) =>
  busyIn(object(['UID:x', ...lines]), person).map(({ startsAt, endsAt }) =>
    [startsAt, endsAt].map((at) => at.toISOString().slice(0, 16)).join('/'),
  );

const evening = ['DTSTART:20261103T233000Z', 'DTEND:20261104T003000Z'];
const day = ['DTSTART;VALUE=DATE:20261103', 'DTEND;VALUE=DATE:20261104'];
const invited = (answer: string, address = 'ANN@dance.test') =>
  `ATTENDEE;PARTSTAT=${answer};CN="Ann":MAILTO:${address}`;

describe('an event', () => {
  const written = '2026-11-03T23:30/2026-11-04T00:30';
  it.each<[string, string[], string[]]>([
    ['in UTC', evening, [written]],
    ['tentative', [...evening, 'STATUS:TENTATIVE'], [written]],
    ['canceled', [...evening, 'STATUS:CANCELLED'], []],
    ['shown as free', [...evening, 'TRANSP:TRANSPARENT'], []],
    ['shown as free by Outlook', [...evening, 'TRANSP:OPAQUE', 'X-MICROSOFT-CDO-BUSYSTATUS:FREE'], []],
    ['declined', [...evening, invited('ACCEPTED', 'bob@dance.test'), invited('DECLINED')], []],
    ['declined by somebody else', [...evening, invited('DECLINED', 'bob@dance.test')], [written]],
    ['not answered yet', [...evening, invited('NEEDS-ACTION')], [written]],
    ['of ours', ['UID:0d8f2d3a@gibney-sync', ...evening].slice(0), []],
    ['a moment', ['DTSTART:20261103T233000Z'], []],
    ['that ends before it begins', ['DTSTART:20261103T233000Z', 'DTEND:20261103T230000Z'], []],
    ['with a length', ['DTSTART:20261103T233000Z', 'DURATION:PT1H'], [written]],
    ['on New York’s clock', ['DTSTART;TZID=America/New_York:20261103T183000', 'DURATION:PT1H'], [written]],
    ['by a long name', ['DTSTART;TZID=/x.test/America/New_York:20261103T183000', 'DURATION:PT1H'], [written]],
    ['by Outlook’s name', ['DTSTART;TZID=Pacific Standard Time:20261103T153000', 'DURATION:PT1H'], [written]],
    ['in a zone that nobody knows', ['DTSTART;TZID=Customized:20261103T183000', 'DURATION:PT1H'], [written]],
    ['without a zone', ['DTSTART:20261103T183000', 'DTEND:20261103T193000'], [written]],
    ['over midnight', ['DTSTART:20261104T040000Z', 'DTEND:20261104T070000Z'], ['2026-11-04T04:00/2026-11-04T07:00']],
    ['with a time that is none', ['DTSTART:20261403T183000', 'DTEND:20261103T193000'], []],
  ])('%s', (_, lines, expected) => {
    const own = lines.some((line) => line.startsWith('UID:'));
    const found = own ? busyIn(object(lines), ann).map(String) : busy(lines);
    expect(found).toEqual(expected);
  });
});

describe('an event over a whole day', () => {
  const whole = ['2026-11-03T05:00/2026-11-04T05:00'];
  it.each<[string, string[], string[]]>([
    ['counts where it is shown as busy', [...day, 'TRANSP:OPAQUE'], whole],
    ['does not where it says nothing', day, []],
    ['does not where it is free', [...day, 'TRANSP:TRANSPARENT'], []],
    ['does not while it is only offered', [...day, 'TRANSP:OPAQUE', invited('NEEDS-ACTION')], []],
    ['has a day where it names no end', [day[0]!, 'TRANSP:OPAQUE'], whole],
  ])('%s', (_, lines, expected) => expect(busy(lines)).toEqual(expected));

  it('is the day of the person', () => {
    const tokyo = { ...ann, timeZone: 'Asia/Tokyo' };
    expect(busy([...day, 'TRANSP:OPAQUE'], tokyo)).toEqual(['2026-11-02T15:00/2026-11-03T15:00']);
  });
});

describe('the changes of the clock', () => {
  it('make a day of 25 hours, and one of 23', () => {
    const on = (from: string, to: string) =>
      busy([`DTSTART;VALUE=DATE:${from}`, `DTEND;VALUE=DATE:${to}`, 'TRANSP:OPAQUE']);
    expect(on('20261101', '20261102')).toEqual(['2026-11-01T04:00/2026-11-02T05:00']);
    expect(on('20270314', '20270315')).toEqual(['2027-03-14T05:00/2027-03-15T04:00']);
  });

  it('move a time that there is not, and keep what lies over them', () => {
    const local = (from: string, to: string) =>
      busy([`DTSTART;TZID=America/New_York:${from}`, `DTEND;TZID=America/New_York:${to}`]);
    expect(local('20270314T023000', '20270314T033000')).toEqual([]);
    expect(local('20261031T230000', '20261101T060000')).toEqual(['2026-11-01T03:00/2026-11-01T11:00']);
  });
});

it('works out no series, however it is written', () => {
  const endless = ['RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30', ...evening];
  expect(busy(endless)).toEqual(['2026-11-03T23:30/2026-11-04T00:30']);
});

it('takes nothing of what it cannot read, and all of what it can', () => {
  expect(busyIn('nothing of the kind', ann)).toEqual([]);
  expect(busyIn(object(['UID:a', ...evening], ['UID:b'], ['UID:c', ...evening]), ann)).toHaveLength(2);
});
