/**
 * A booking as an object of a person's calendar. Time, place and status are ours; what the person added stays: notes below
 * our lines, a title of their own, alarms, colors, guests, and whatever else their app knows.
 */
import ICAL from 'ical.js';
import type { FeedBooking } from '#db/queries/calendar-feeds.ts';
import { plainText } from '#domain/plain-text.ts';
import type { EventShape } from './connected-calendar.ts';
import { mergedNotes, mergedTitle } from './merge-texts.ts';
import { createEventWriter, eventUid, folded, zone } from './vevent.ts';

/** @param name of the event: its UID without our ending. */
export function newEvent(booking: FeedBooking, name: string): string {
  const lines = createEventWriter([])({ ...booking, id: name });
  const head = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//gibney-sync//rentals//EN', 'CALSCALE:GREGORIAN'];
  const onStudioClock = lines.some((line) => line.startsWith('DTSTART;TZID='));
  return folded(head) + (onStudioClock ? zone() : '') + folded([...lines, 'END:VCALENDAR']);
}

/** Whether an object holds the event of that name. */
export function holdsEvent(object: string, name: string): boolean {
  return eventIn(parse(object), name) !== null;
}

/**
 * The object with the booking as it is now: the very same text where nothing changes. Null where it does not hold the event, or
 * one that cannot be read.
 * @param titleBefore that we wrote last, if that was kept
 */
export function mergeEvent(
  object: string,
  booking: FeedBooking,
  name: string,
  titleBefore: string | null = null,
): string | null {
  const calendar = parse(object);
  const event = eventIn(calendar, name);
  if (!calendar || !event || !isReadable(event)) return null;
  const fresh = parse(newEvent(booking, name))!;
  const ours = eventIn(fresh, name)!;
  const asItWas = event.toString();
  const wasCanceled = textOf(event, 'status') === 'CANCELLED';
  if (textOf(event, 'location') !== textOf(ours, 'location')) event.removeAllProperties('x-apple-structured-location');
  // One or the other says when it ends.
  event.removeAllProperties('duration');
  for (const property of ['dtstart', 'dtend', 'location', 'status', 'url']) take(event, ours, property);
  // The person decides whether it is busy, as long as it takes place.
  if (wasCanceled !== (textOf(ours, 'status') === 'CANCELLED')) take(event, ours, 'transp');
  const before = { rental: plainText(booking.name), written: titleBefore };
  set(event, 'summary', mergedTitle(textOf(event, 'summary'), textOf(ours, 'summary'), before));
  set(event, 'description', mergedNotes(textOf(event, 'description'), textOf(ours, 'description')));
  if (event.toString() === asItWas) return object;
  for (const property of ['dtstamp', 'last-modified']) take(event, ours, property);
  set(event, 'sequence', Math.max(numberOf(event, 'sequence'), numberOf(ours, 'sequence')));
  describeZone(calendar, fresh);
  return `${calendar.toString()}\r\n`;
}

/** Over CalDAV. */
export const icalendarShape: EventShape<string> = {
  hrefOf: (name) => `${name}.ics`,
  make: newEvent,
  holds: holdsEvent,
  merge: mergeEvent,
};

function parse(object: string): ICAL.Component | null {
  try {
    const parsed = ICAL.parse(object) as unknown[];
    // Several calendars in one text are a list of them.
    const first = (Array.isArray(parsed[0]) ? parsed[0] : parsed) as unknown[];
    return first[0] === 'vcalendar' ? new ICAL.Component(first) : null;
  } catch {
    return null; // the caller leaves alone what it cannot read
  }
}

function eventIn(calendar: ICAL.Component | null, name: string): ICAL.Component | null {
  const isMeant = (event: ICAL.Component) =>
    textOf(event, 'uid') === eventUid(name) && !event.hasProperty('recurrence-id');
  return calendar?.getAllSubcomponents('vevent').find(isMeant) ?? null;
}

/** Everything that a merge reads. Values are decoded when they are asked for, and that may fail. */
const readHere = [
  ...['dtstart', 'dtend', 'location', 'status', 'url', 'transp'],
  ...['summary', 'description', 'sequence', 'dtstamp', 'last-modified'],
];

function isReadable(event: ICAL.Component): boolean {
  try {
    for (const name of readHere) for (const property of event.getAllProperties(name)) property.getValues();
    return true;
  } catch {
    return false; // as with an object that cannot be parsed
  }
}

function textOf(event: ICAL.Component, property: string): string {
  const value: unknown = event.getFirstPropertyValue(property);
  return typeof value === 'string' ? value : '';
}

function numberOf(event: ICAL.Component, property: string): number {
  return Number(event.getFirstPropertyValue(property) ?? 0);
}

function set(event: ICAL.Component, property: string, value: string | number): void {
  const found = event.getFirstProperty(property);
  if (found && found.getFirstValue() === value) return;
  event.updatePropertyWithValue(property, value);
  dropOtherForms(event, property);
}

/** The same text as HTML, as Thunderbird and Outlook keep it and show it first: it would go on saying what was. */
function dropOtherForms(event: ICAL.Component, property: string): void {
  for (const one of event.getAllProperties(property)) one.removeParameter('altrep');
  if (property === 'description') event.removeAllProperties('x-alt-desc');
}

/** Leaves what says the same, with whatever parameters. */
function take(event: ICAL.Component, ours: ICAL.Component, property: string): void {
  const wanted = ours.getFirstProperty(property);
  const found = event.getFirstProperty(property);
  if (wanted && found && saysTheSame(wanted, found)) return;
  event.removeAllProperties(property);
  if (wanted) event.addProperty(new ICAL.Property(wanted.toJSON() as unknown[], event));
}

function saysTheSame(one: ICAL.Property, other: ICAL.Property): boolean {
  const value = (property: ICAL.Property) => String(property.getFirstValue());
  return value(one) === value(other) && one.getFirstParameter('tzid') === other.getFirstParameter('tzid');
}

function describeZone(calendar: ICAL.Component, fresh: ICAL.Component): void {
  const wanted = fresh.getFirstSubcomponent('vtimezone');
  if (!wanted) return;
  const known = calendar.getAllSubcomponents('vtimezone').some((one) => textOf(one, 'tzid') === textOf(wanted, 'tzid'));
  if (!known) calendar.addSubcomponent(new ICAL.Component(wanted.toJSON() as unknown[]));
}
