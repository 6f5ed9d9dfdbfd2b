/** A booking as an event of Google's. Time, place and status are ours; what the person added stays. */
import type { calendar_v3 } from '@googleapis/calendar';
import ICAL from 'ical.js';
import type { FeedBooking } from '#db/queries/calendar-feeds.ts';
import { plainText } from '#domain/plain-text.ts';
import { studioZone } from '#domain/studio-zone.ts';
import type { EventShape } from '../connected-calendar.ts';
import { newEvent } from '../event-object.ts';
import { mergedNotes, mergedTitle } from '../merge-texts.ts';

export type GoogleEvent = calendar_v3.Schema$Event;

/** What we say about an event. All else is the person's, and never sent. */
const ourFields = [
  ...(['summary', 'location', 'description', 'start', 'end', 'status', 'transparency', 'source'] as const),
  'extendedProperties',
] as const;

export const ourPart = (event: GoogleEvent): GoogleEvent =>
  Object.fromEntries(ourFields.flatMap((field) => (event[field] === undefined ? [] : [[field, event[field]]])));

/** @param suffix of the connection, so that another one of the same account has ids of its own */
export function googleShape(suffix: string): EventShape<GoogleEvent> {
  const hrefOf = (name: string) => `${name.replaceAll('-', '')}${suffix}`;
  return { hrefOf, make: madeEvent, holds: ({ id }, name) => id === hrefOf(name), merge: mergedEvent };
}

/** An id of ours: digits and letters up to v, as Google wants them. */
export const isOurs = (id: string, suffix: string): boolean =>
  id.endsWith(suffix) && /^[0-9a-f]+$/.test(id) && id.length >= 32 + suffix.length;

const canceled = 'canceled';

/**
 * What the calendar file of it says, in Google's words: what an event looks like is decided there. One that is canceled is
 * not `cancelled` here, which means deleted, and an end that would not be later is the start.
 */
function madeEvent(booking: FeedBooking, name: string): GoogleEvent {
  const file = new ICAL.Component(ICAL.parse(newEvent(booking, name)) as unknown[]);
  const event = file.getFirstSubcomponent('vevent')!;
  const text = (property: string) => String(event.getFirstPropertyValue(property) ?? '');
  const { startsAt, endsAt } = booking;
  const status = text('status');
  const url = text('url');
  return {
    summary: text('summary'),
    location: text('location'),
    description: text('description'),
    start: timeOf(startsAt),
    end: timeOf(endsAt > startsAt ? endsAt : startsAt),
    status: status === 'TENTATIVE' ? 'tentative' : 'confirmed',
    transparency: text('transp').toLowerCase(),
    ...(url && { source: { title: 'Gibney', url } }),
    extendedProperties: { private: { gibney: status === 'CANCELLED' ? canceled : 'held' } },
  };
}

/** The instant, which no clock change makes ambiguous, and the zone in which it is shown. */
const timeOf = (at: Date): calendar_v3.Schema$EventDateTime => ({
  dateTime: at.toISOString(),
  timeZone: studioZone,
});

function mergedEvent(theirs: GoogleEvent, booking: FeedBooking, name: string, titleBefore: string | null): GoogleEvent {
  const ours = madeEvent(booking, name);
  const changed: GoogleEvent = {};
  if (!isSameTime(theirs, ours, 'start') || !isSameTime(theirs, ours, 'end'))
    Object.assign(changed, { start: withoutDay(ours.start!), end: withoutDay(ours.end!) });
  if ((theirs.location ?? '') !== ours.location) changed.location = ours.location;
  const summary = mergedTitle(theirs.summary ?? '', ours.summary!, {
    rental: plainText(booking.name),
    written: titleBefore,
  });
  if (theirs.summary !== summary) changed.summary = summary;
  const description = mergedNotes(asLines(theirs.description ?? ''), ours.description!, withoutMarkup);
  if (asLines(theirs.description ?? '') !== description) changed.description = description;
  if (theirs.status !== ours.status) changed.status = ours.status;
  if (ours.source && theirs.source?.url !== ours.source.url) changed.source = ours.source;
  // The person decides whether it is busy, as long as it takes place.
  if (stateOf(theirs) !== stateOf(ours))
    Object.assign(changed, { transparency: ours.transparency, extendedProperties: ours.extendedProperties });
  return Object.keys(changed).length === 0 ? theirs : { ...theirs, ...changed };
}

const stateOf = ({ extendedProperties }: GoogleEvent): string | undefined => extendedProperties?.private?.gibney;

/** An event that the person made an all-day one says so until it is told otherwise. */
const withoutDay = (time: calendar_v3.Schema$EventDateTime): calendar_v3.Schema$EventDateTime => ({
  ...time,
  date: null,
});

function isSameTime(theirs: GoogleEvent, ours: GoogleEvent, side: 'start' | 'end'): boolean {
  const [one, other] = [theirs[side], ours[side]];
  const at = (time: calendar_v3.Schema$EventDateTime | undefined) => Date.parse(time?.dateTime ?? '');
  return at(one) === at(other) && one?.timeZone === other?.timeZone;
}

/** Google's own pages make HTML of a description once it was edited there. */
function asLines(description: string): string {
  return description.replace(/<br\s*\/?>|<\/?(?:p|div)>/gi, '\n');
}

/** Google's pages put whatever an editor makes around our lines, or `html-blob`. */
const withoutMarkup = (line: string): string => line.replace(/<[^<>]*>/g, '').replaceAll('&nbsp;', ' ');
