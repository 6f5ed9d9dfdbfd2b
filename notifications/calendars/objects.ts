/** The objects of one calendar over CalDAV. */
import { calendarQuery, createObject, deleteObject, updateObject } from 'tsdav';
import { eventUid } from './vevent.ts';
import { plainText } from '#domain/plain-text.ts';
import type { CalendarObjects, Refused, StoredObject } from './connected-calendar.ts';
import type { DavSession } from './dav-session.ts';
import { assertCalendar, mayWrite } from './discovery.ts';
import { CalendarError } from './errors.ts';

export function createCalendarObjects(session: DavSession, calendarUrl: string): CalendarObjects<string> {
  const at = (href: string) => new URL(href, calendarUrl).href;
  const fetch: typeof globalThis.fetch = (target, init) =>
    session.fetch(target instanceof Request ? target.url : target, init);
  const headers = { 'content-type': 'text/calendar; charset=utf-8' };

  async function read(href: string): Promise<StoredObject<string> | null> {
    const answer = await fetch(at(href));
    if (isMissing(answer)) {
      await assertCalendar(session, calendarUrl);
      return null;
    }
    if (!answer.ok) throw await failureOf(session, calendarUrl, answer);
    return { body: await answer.text(), etag: strongEtag(answer) };
  }

  /** Servers that rewrite an object, or whose ETags are weak at first, give a good one when it is read. */
  async function written(href: string, answer: Response): Promise<{ etag: string | null }> {
    return { etag: strongEtag(answer) ?? (await read(href))?.etag ?? null };
  }

  return {
    read,
    async create(href, body) {
      const created = { url: at(href), data: body, headers: { ...headers, 'if-none-match': '*' } };
      const answer = await createObject({ ...created, fetch });
      if (answer.ok) return written(href, answer);
      if (answer.status === 412) return uidTaken.test(await answer.text()) ? 'uid_taken' : 'exists';
      const refusal = await refusalOf(session, calendarUrl, answer);
      // Not every server says what is in conflict with it.
      return answer.status === 409 ? 'uid_taken' : refusal;
    },
    async replace(href, body, etag) {
      const answer = await updateObject({ url: at(href), data: body, headers, ...(etag && { etag }), fetch });
      if (answer.ok) return written(href, answer);
      if (answer.status === 412) return 'changed';
      if (isMissing(answer)) {
        await assertCalendar(session, calendarUrl);
        return 'changed';
      }
      const refusal = await refusalOf(session, calendarUrl, answer);
      return refusal === 'uid_taken' ? 'changed' : refusal;
    },
    async remove(href, etag) {
      const answer = await deleteObject({ url: at(href), ...(etag && { etag }), fetch });
      if (answer.ok || isMissing(answer)) return 'removed';
      if (answer.status === 412) return 'changed';
      throw await failureOf(session, calendarUrl, answer);
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

const isMissing = ({ status }: Response): boolean => status === 404 || status === 410;

/** By the name of the rule, or as Nextcloud says it with a 400, of its trash, too. */
const uidTaken = /no-uid-conflict|\buid already exists/i;

/** What an event can be refused with for its own sake. Anything else may pass. */
const refusals = new Set([400, 403, 409, 413, 415, 422]);

/** What a server means by an unsuccessful answer to a PUT. */
async function refusalOf(session: DavSession, calendarUrl: string, answer: Response): Promise<'uid_taken' | Refused> {
  const { status } = answer;
  const text = await answer.text();
  if (uidTaken.test(text)) return 'uid_taken';
  if (status === 409 || isMissing(answer)) await assertCalendar(session, calendarUrl);
  // If the event breaks a rule, the answer says which; else it may be about writing at all.
  const breaksRule = /<([a-z0-9]+:)?error[\s>]/i.test(text) && !/need-privileges/i.test(text);
  if (!refusals.has(status) || (status === 403 && !breaksRule && !(await mayWrite(session, calendarUrl))))
    throw await failureOf(session, calendarUrl, answer);
  return { refused: { answerStatus: status, answerReason: reasonIn(text) } };
}

const mostWords = 200;

/** What Sabre's servers say in words, or else the name of the rule. Of a page, nothing. */
function reasonIn(text: string): string | null {
  const words = /<(?:[\w-]+:)?message>([^<]+)</.exec(text)?.[1];
  // Ends at the next tag: a server can send millions that never close, and looking on from each takes hours.
  const rule = /<(?:[\w-]+:)?error\b[^<>]*>\s*<(?:[\w-]+:)?([\w-]+)/.exec(text)?.[1];
  return plainText((words ?? rule ?? '').replaceAll(/\s+/g, ' ').slice(0, mostWords)) || null;
}

/** Where the person may write, a 403 is about this one event. */
async function failureOf(session: DavSession, calendarUrl: string, { status }: Response): Promise<CalendarError> {
  const isAboutAll = status === 405 || (status === 403 && !(await mayWrite(session, calendarUrl)));
  return new CalendarError(isAboutAll ? 'not_allowed' : 'server_unavailable', { status });
}
