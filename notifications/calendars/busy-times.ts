/** When a person is busy, according to a calendar of theirs, asked only for the times of rentals. */
import { calendarQuery } from 'tsdav';
import { busyIn, type Busy, type Person } from './busy-events.ts';
import type { DavSession } from './dav-session.ts';
import { CalendarError } from './errors.ts';
import { utc } from './vevent.ts';

/** In one answer; a day that is fuller than that is busy enough. */
const mostObjects = 300;

/** Null where the calendar no longer exists, or is not to be read. Throws `CalendarError`. */
export async function busyTimes(
  session: DavSession,
  calendarUrl: string,
  { startsAt, endsAt }: Busy,
  person: Person,
): Promise<Busy[] | null> {
  let isThere = true;
  const fetch: typeof globalThis.fetch = async (target, init) => {
    const answer = await session.fetch(target instanceof Request ? target.url : target, init);
    if (answer.ok) return answer;
    if (![403, 404, 410].includes(answer.status))
      throw new CalendarError('server_unavailable', { status: answer.status });
    isThere = false;
    return new Response('<multistatus xmlns="DAV:"/>', { status: 207, headers: { 'content-type': 'text/xml' } });
  };
  const _attributes = { start: utc(startsAt), end: utc(endsAt) };
  const event = { _attributes: { name: 'VEVENT' }, 'time-range': { _attributes } };
  const filters = { 'comp-filter': { _attributes: { name: 'VCALENDAR' }, 'comp-filter': event } };
  const props = { 'c:calendar-data': { 'c:expand': { _attributes } } };
  const found = await calendarQuery({ url: calendarUrl, props, filters, depth: '1', fetch });
  if (!isThere) return null;
  return found.slice(0, mostObjects).flatMap(({ props: given }) => busyIn(textOf(given?.calendarData), person));
}

function textOf(data: unknown): string {
  const text = typeof data === 'object' && data !== null && '_cdata' in data ? data._cdata : data;
  return typeof text === 'string' ? text : '';
}
