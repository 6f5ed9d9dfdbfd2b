/** A dancer's calendar at Google: one Google for all, told apart by their calendars. */
import { googleCalendarId } from '#notifications/calendars/google/calendar.ts';
import { allowGoogle } from '#tests/support/google-consent.ts';
import type { GoogleAsked } from '#tests/support/stand-in-google.ts';
import type { StoredEvent } from '#tests/support/stand-in-google-calendars.ts';
import type { Dancer } from './dancer.ts';
import type { TestContext } from './test-context.ts';

export interface GoogleReceiver {
  connectionId: string;
  /** By id; deleted ones are `cancelled`. */
  events: Map<string, StoredEvent>;
  /** Is this request for that calendar? */
  isAsked(asked: GoogleAsked): boolean;
}

/** In the first event of ours: it has to stay there. */
const ownColor = '11';

const ownEvent: StoredEvent = {
  id: 'dentist0',
  etag: '"1"',
  status: 'confirmed',
  summary: 'Dentist',
  start: { dateTime: '2030-01-01T00:00:00Z' },
  end: { dateTime: '2030-01-01T01:00:00Z' },
};

interface ConnectionRow {
  id: string;
  url: string;
}

export async function connectGoogle({ google, url, db }: TestContext, dancer: Dancer): Promise<GoogleReceiver> {
  await allowGoogle(url, dancer.token);
  const [row] = await db.rows<ConnectionRow>(
    `select id, calendar_url as url from calendar_connections where user_id = $1 and kind = 'google'`,
    [dancer.id],
  );
  const calendarId = googleCalendarId(row!.url);
  const path = `/calendars/${encodeURIComponent(calendarId)}/`;
  const { events } = google.calendars.get(calendarId)!;
  return { connectionId: row!.id, events, isAsked: (asked) => asked.path.includes(path) };
}

/** Puts an event of the person's own beside ours, and a color of theirs into one of ours. */
export function markGoogle({ events }: GoogleReceiver): void {
  const [first] = events.values();
  events.set(first!.id, { ...first!, colorId: ownColor });
  events.set(ownEvent.id, ownEvent);
}

interface Held {
  id: string;
  recordId: string;
  startsAt: Date;
  endsAt: Date;
  studio: string;
  status: string;
}

/** The calendar equals the bookings, and what the person has there is as it was. */
export async function googleProblems({ db }: TestContext, userId: string, google: GoogleReceiver): Promise<string[]> {
  const { [ownEvent.id]: own, ...ours } = Object.fromEntries(google.events);
  const problems = own === ownEvent ? [] : ['an event of the person was changed at Google'];
  const shown = Object.values(ours).filter(({ status }) => status !== 'cancelled');
  if (!Object.values(ours).some(({ colorId }) => colorId === ownColor))
    problems.push('the color of the person is gone');
  const bookings = await db.rows<Held>(
    `select id, record_id as "recordId", starts_at as "startsAt", ends_at as "endsAt", studio, status
     from bookings where user_id = $1 and removed_at is null`,
    [userId],
  );
  const byBooking = Map.groupBy(shown, ({ id }) => id.slice(0, 32));
  for (const [id, same] of byBooking) if (same.length > 1) problems.push(`${id} is there ${same.length} times`);
  for (const { id, recordId, startsAt, endsAt, studio, status } of bookings) {
    const event = byBooking.get(id.replaceAll('-', ''))?.[0];
    const isHeld = !/cancel|declin/i.test(status);
    if (!event) problems.push(...(isHeld ? [`${recordId} is not at Google`] : []));
    else if (instant(event.start) !== startsAt.getTime() || instant(event.end) !== endsAt.getTime())
      problems.push(`${recordId} is at another time at Google`);
    else if (!event.location?.includes(studio)) problems.push(`${recordId} is in another studio at Google`);
    else if (isHeld === isCanceled(event)) problems.push(`${recordId} has another status at Google`);
  }
  const known = new Set(bookings.map(({ id }) => id.replaceAll('-', '')));
  for (const [id, [event]] of byBooking)
    if (!known.has(id) && !isCanceled(event!)) problems.push(`${id} at Google is no booking`);
  return problems;
}

const instant = (time: StoredEvent['start']) => Date.parse(time?.dateTime ?? '');
const isCanceled = ({ extendedProperties }: StoredEvent) => extendedProperties?.private?.gibney === 'canceled';
