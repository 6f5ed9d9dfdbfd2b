/** The objects of one calendar over CalDAV. */
import { calendarQuery, createObject, deleteObject, updateObject } from 'tsdav';
import { eventUid } from './vevent.ts';
import type { CalendarObjects, StoredObject } from './connected-calendar.ts';
import type { DavSession } from './dav-session.ts';
import { isCalendar } from './discovery.ts';
import { CalendarError } from './errors.ts';

export function createCalendarObjects(session: DavSession, calendarUrl: string): CalendarObjects<string> {
  const at = (href: string) => new URL(href, calendarUrl).href;
  const fetch: typeof globalThis.fetch = (target, init) =>
    session.fetch(target instanceof Request ? target.url : target, init);
  const headers = { 'content-type': 'text/calendar; charset=utf-8' };

  async function read(href: string): Promise<StoredObject<string> | null> {
    const answer = await fetch(at(href));
    if (answer.status === 404 || answer.status === 410) return null;
    if (answer.status === 403) throw new CalendarError('not_allowed', { status: 403 });
    if (!answer.ok) throw new CalendarError('server_unavailable', { status: answer.status });
    return { body: await answer.text(), etag: strongEtag(answer) };
  }

  /** Servers that rewrite an object, or whose ETags are weak at first, give a good one when it is read. */
  async function written(href: string, answer: Response): Promise<{ etag: string | null }> {
    return { etag: strongEtag(answer) ?? (await read(href))?.etag ?? null };
  }

  return {
    read,
    async create(href, body) {
      const answer = await createObject({
        url: at(href),
        data: body,
        headers: { ...headers, 'if-none-match': '*' },
        fetch,
      });
      if (answer.ok) return written(href, answer);
      if (answer.status === 412) return /no-uid-conflict/i.test(await answer.text()) ? 'uid_taken' : 'exists';
      return refusalOf(session, calendarUrl, answer);
    },
    async replace(href, body, etag) {
      const answer = await updateObject({ url: at(href), data: body, headers, ...(etag && { etag }), fetch });
      if (answer.ok) return written(href, answer);
      if (answer.status === 412) return 'changed';
      return (await refusalOf(session, calendarUrl, answer)) === 'uid_taken' ? 'changed' : 'refused';
    },
    async remove(href, etag) {
      const answer = await deleteObject({ url: at(href), ...(etag && { etag }), fetch });
      if (answer.ok || [404, 410].includes(answer.status)) return 'removed';
      if (answer.status === 412) return 'changed';
      if (answer.status === 403) throw new CalendarError('not_allowed', { status: 403 });
      throw new CalendarError('server_unavailable', { status: answer.status });
    },
    async find(name) {
      const uid = {
        _attributes: { name: 'UID' },
        'text-match': { _attributes: { collation: 'i;octet' }, _text: eventUid(name) },
      };
      const event = { _attributes: { name: 'VEVENT' }, 'prop-filter': uid };
      const filters = { 'comp-filter': { _attributes: { name: 'VCALENDAR' }, 'comp-filter': event } };
      const found = await calendarQuery({ url: calendarUrl, props: { 'd:getetag': {} }, filters, depth: '1', fetch });
      const [href] = found.flatMap(({ href: one, ok }) => (one && ok ? [new URL(one, calendarUrl)] : []));
      return href && href.href.startsWith(calendarUrl) ? href.href.slice(calendarUrl.length) || null : null;
    },
  };
}

/** A weak one matches nothing. */
function strongEtag({ headers }: Response): string | null {
  const etag = headers.get('etag');
  return etag && !etag.startsWith('W/') ? etag : null;
}

/** What a server means by an unsuccessful answer to a PUT. */
async function refusalOf(session: DavSession, calendarUrl: string, answer: Response): Promise<'uid_taken' | 'refused'> {
  const text = await answer.text();
  if (/no-uid-conflict/i.test(text)) return 'uid_taken';
  if ([404, 409, 410].includes(answer.status) && !(await isCalendar(session, calendarUrl)))
    throw new CalendarError('calendar_gone', { status: answer.status });
  // If the event breaks a rule, the answer says which; else it is about writing at all.
  const breaksRule = /<([a-z0-9]+:)?error[\s>]/i.test(text) && !/need-privileges/i.test(text);
  if (answer.status === 403 && !breaksRule) throw new CalendarError('not_allowed', { status: 403 });
  return 'refused';
}
