/**
 * When an object of a person's own calendar keeps them busy. Nothing but times is taken from it. No rule of a series is worked
 * out here, since anybody can send an invitation with one that never ends: servers are asked for the instances (`expand`).
 */
import ICAL from 'ical.js';
import { Temporal } from 'temporal-polyfill';
import { eventUid } from './vevent.ts';

export interface Busy {
  startsAt: Date;
  endsAt: Date;
}

export interface Person {
  /** The zone in which days begin, and in which times without a zone are meant. */
  timeZone: string;
  /** Mail addresses by which invitations name them, in lower case. */
  addresses: ReadonlySet<string>;
}

/** As jCal has it (RFC 7265). */
type Property = [name: string, parameters: Record<string, string | string[]>, type: string, value: unknown];
type Component = [name: string, properties: Property[], components: Component[]];

/** None for an object that cannot be read. */
export function busyIn(object: string, person: Person): Busy[] {
  return eventsIn(object).flatMap((event) => {
    try {
      return busyOf(event, person);
    } catch {
      return []; // not a time
    }
  });
}

function eventsIn(object: string): Component[] {
  try {
    const parsed = ICAL.parse(object) as unknown[];
    // Several calendars in one text are a list of them.
    const calendars = (Array.isArray(parsed[0]) ? parsed : [parsed]) as Component[];
    return calendars.flatMap(([, , parts]) => parts.filter(([name]) => name === 'vevent'));
  } catch {
    return [];
  }
}

function busyOf([, properties]: Component, person: Person): Busy[] {
  const get = (name: string) => properties.find(([one]) => one === name);
  const textOf = (name: string) => {
    const value = get(name)?.[3];
    return typeof value === 'string' ? value.toUpperCase() : '';
  };
  const start = get('dtstart');
  if (!start || isOurs(get('uid')) || textOf('status') === 'CANCELLED') return [];
  const answer = answerOf(properties, person);
  if (textOf('transp') === 'TRANSPARENT' || answer === 'DECLINED' || isFreeAtMicrosoft(textOf)) return [];
  // Programs differ in what they take a whole day for, birthdays too: it counts where it says so, and was not only offered.
  if (start[2] === 'date' && (textOf('transp') !== 'OPAQUE' || answer === 'NEEDS-ACTION')) return [];
  const from = momentOf(start, person);
  const to = endOf(from, get('dtend'), get('duration'), start[2] === 'date', person);
  const [startsAt, endsAt] = [from, to].map(({ epochMilliseconds }) => new Date(epochMilliseconds)) as [Date, Date];
  return endsAt > startsAt ? [{ startsAt, endsAt }] : [];
}

const ourEnding = eventUid('');

const isOurs = (uid: Property | undefined) => typeof uid?.[3] === 'string' && uid[3].endsWith(ourEnding);

/** Exchange says it here, and may leave the other as it is. */
const isFreeAtMicrosoft = (textOf: (name: string) => string) =>
  [textOf('x-microsoft-cdo-busystatus'), textOf('x-microsoft-cdo-intendedstatus')].includes('FREE');

/** What the person answered to an invitation; null where it is none of theirs. */
function answerOf(properties: Property[], { addresses }: Person): string | null {
  const mine = properties.find(
    ([name, , , value]) =>
      name === 'attendee' && typeof value === 'string' && addresses.has(value.toLowerCase().replace(/^mailto:/, '')),
  );
  return mine ? String(mine[1].partstat ?? 'NEEDS-ACTION').toUpperCase() : null;
}

function endOf(
  from: Temporal.ZonedDateTime,
  end: Property | undefined,
  duration: Property | undefined,
  isDay: boolean,
  person: Person,
): Temporal.ZonedDateTime {
  if (end) return momentOf(end, person);
  if (duration) return from.add(Temporal.Duration.from(String(duration[3])));
  return isDay ? from.add({ days: 1 }) : from;
}

/** A time that spring skips is as much later as the clock jumps. */
function momentOf([, { tzid }, type, value]: Property, { timeZone }: Person): Temporal.ZonedDateTime {
  const written = String(value);
  if (type === 'date') return Temporal.PlainDate.from(written).toZonedDateTime(timeZone);
  if (written.endsWith('Z')) return Temporal.Instant.from(written).toZonedDateTimeISO('UTC');
  return Temporal.PlainDateTime.from(written).toZonedDateTime(zoneOf(tzid) ?? timeZone);
}

/** By name alone, since its description in the object is a rule as well. Null for an unknown one. */
function zoneOf(tzid: string | string[] | undefined): string | null {
  const name = [tzid].flat()[0];
  if (!name) return null;
  const known = microsoftZones[name.toLowerCase()] ?? name;
  // Some put their own name before it: `/freeassociation.sourceforge.net/America/New_York`.
  const parts = known.split('/').filter(Boolean);
  const candidates = [known, parts.slice(-3).join('/'), parts.slice(-2).join('/'), parts.at(-1)!];
  return candidates.find((one) => one !== undefined && isZone(one)) ?? null;
}

function isZone(name: string): boolean {
  try {
    Temporal.Now.instant().toZonedDateTimeISO(name);
    return true;
  } catch {
    return false;
  }
}

/** What Outlook calls the zones in which dancers of New York most likely meet somebody. */
const microsoftZones: Record<string, string> = {
  'eastern standard time': 'America/New_York',
  'central standard time': 'America/Chicago',
  'mountain standard time': 'America/Denver',
  'pacific standard time': 'America/Los_Angeles',
  'gmt standard time': 'Europe/London',
  'w. europe standard time': 'Europe/Berlin',
  'romance standard time': 'Europe/Paris',
  'tokyo standard time': 'Asia/Tokyo',
};
