/** Calendars at Google: the one that a person connected, and what is needed to have one. */
import { studioZone } from '#domain/studio-zone.ts';
import type { CalendarObjects, ConnectedCalendar, Refused } from '../connected-calendar.ts';
import { CalendarError } from '../errors.ts';
import { writerOf } from '../write-event.ts';
import { googleShape, isOurs, ourPart, type GoogleEvent } from './event.ts';
import {
  googleAtOnce,
  openGoogleSession,
  type GoogleAnswer,
  type GoogleOptions,
  type GoogleSession,
} from './session.ts';

/** The address of a calendar as the API has it, which is how we keep it. */
const calendarPath = '/calendar/v3/calendars/';

export const googleCalendarUrl = (api: string, id: string): string =>
  new URL(`${calendarPath}${encodeURIComponent(id)}`, api).href;

export const googleCalendarId = (url: string): string =>
  decodeURIComponent(new URL(url).pathname.slice(calendarPath.length));

export interface GoogleAccess {
  refreshToken: string;
  calendarUrl: string;
  suffix: string;
}

export function openGoogleCalendar(
  options: GoogleOptions,
  { refreshToken, calendarUrl, suffix }: GoogleAccess,
): ConnectedCalendar {
  const session = openGoogleSession(options);
  session.client.setCredentials({ refresh_token: refreshToken });
  const calendarId = googleCalendarId(calendarUrl);
  return {
    ...writerOf({ objects: createGoogleObjects(session, calendarId), shape: googleShape(suffix) }, suffix),
    check: () => assertGoogleCalendar(session, calendarId),
    takesAfterDeath: false,
    atOnce: googleAtOnce,
    dismiss: () => dismiss(session, calendarId, suffix),
    giveBack: () => session.revoke(refreshToken),
    close: () => session.close(),
  };
}

/** Throws {@link CalendarError}. */
export async function makeGoogleCalendar({ ask, api }: GoogleSession, name: string): Promise<string> {
  const requestBody = { summary: name, timeZone: studioZone };
  const { status, isOk, data } = await ask(() => api.calendars.insert({ requestBody }));
  if (!isOk || !data.id) throw new CalendarError('not_allowed', { status });
  return data.id;
}

/** False where this account has no such calendar. Throws {@link CalendarError}. */
export async function isGoogleCalendar({ ask, api }: GoogleSession, calendarId: string): Promise<boolean> {
  const { isOk, status, data } = await ask(() => api.calendars.get({ calendarId }));
  if (isGone(status)) return false;
  if (!isOk || !data.id) throw new CalendarError('server_unavailable', { status });
  return true;
}

async function assertGoogleCalendar(session: GoogleSession, calendarId: string): Promise<void> {
  if (!(await isGoogleCalendar(session, calendarId))) throw new CalendarError('calendar_gone', { status: 404 });
}

/** A missing one is just as good. False where it stays. Throws {@link CalendarError}. */
export async function deleteGoogleCalendar({ ask, api }: GoogleSession, calendarId: string): Promise<boolean> {
  const { isOk, status } = await ask(() => api.calendars.delete({ calendarId }), true);
  return isOk || isGone(status);
}

const isGone = (status: number): boolean => status === 404 || status === 410;

/** We invite nobody and write to nobody. */
const sendUpdates = 'none';

type EventAnswer = GoogleAnswer<GoogleEvent>;

/** A page in the place of an event says nothing of what became of it. */
const isEvent = ({ isOk, data }: EventAnswer): boolean => isOk && Boolean(data.id);

const etagOf = ({ data }: EventAnswer): { etag: string | null } => ({ etag: data.etag ?? null });

/** What an event can be refused with for its own sake. Anything else may pass. */
function refusalOf({ status }: EventAnswer): Refused {
  if ([400, 413, 422].includes(status)) return { refused: { answerStatus: status, answerReason: null } };
  throw new CalendarError('server_unavailable', { status });
}

function createGoogleObjects(session: GoogleSession, calendarId: string): CalendarObjects<GoogleEvent> {
  const { ask, api } = session;
  const ifMatch = (etag: string | null) => (etag === null ? {} : { headers: { 'if-match': etag } });

  const get = (eventId: string) => ask(() => api.events.get({ calendarId, eventId }));

  /** An event may be missing because its calendar is. */
  async function assertCalendar(status: number): Promise<void> {
    if (isGone(status)) await assertGoogleCalendar(session, calendarId);
  }

  /** Its id stays taken when an event is deleted. It comes back as it is now, or under another id where Google has none of it. */
  async function bringBack(eventId: string, body: GoogleEvent) {
    const { isOk, data } = await get(eventId);
    if (!isOk || data.status !== 'cancelled') return 'exists' as const;
    const wanted = { calendarId, eventId, sendUpdates, requestBody: body };
    const put = await ask(() => api.events.update(wanted, ifMatch(data.etag ?? null)), true);
    if (isEvent(put)) return etagOf(put);
    return put.status === 412 ? ('exists' as const) : ('uid_taken' as const);
  }

  return {
    async read(eventId) {
      const answer = await get(eventId);
      const { status, data } = answer;
      await assertCalendar(status);
      if (isGone(status) || data.status === 'cancelled') return null;
      if (!isEvent(answer)) throw new CalendarError('server_unavailable', { status });
      return { body: data, ...etagOf(answer) };
    },
    async create(eventId, body) {
      const wanted = { calendarId, sendUpdates, requestBody: { ...body, id: eventId } };
      const answer = await ask(() => api.events.insert(wanted));
      if (isEvent(answer)) return etagOf(answer);
      if (answer.status === 409) return bringBack(eventId, body);
      await assertCalendar(answer.status);
      return refusalOf(answer);
    },
    async replace(eventId, body, etag) {
      const wanted = { calendarId, eventId, sendUpdates, requestBody: ourPart(body) };
      const answer = await ask(() => api.events.patch(wanted, ifMatch(etag)));
      if (isEvent(answer)) return etagOf(answer);
      return answer.status === 412 || isGone(answer.status) ? 'changed' : refusalOf(answer);
    },
    async remove(eventId, etag) {
      const wanted = { calendarId, eventId, sendUpdates };
      const { isOk, status } = await ask(() => api.events.delete(wanted, ifMatch(etag)));
      if (isOk || isGone(status)) return 'removed';
      if (status === 412) return 'changed';
      throw new CalendarError('server_unavailable', { status });
    },
    // Nothing but the id has to be free.
    find: () => Promise.resolve(null),
  };
}

/** One request instead of thousands, unless the person keeps something of their own there. */
async function dismiss(session: GoogleSession, calendarId: string, suffix: string): Promise<boolean> {
  const { ask, api } = session;
  const fields = 'nextPageToken,items(id)';
  let pageToken: string | undefined;
  do {
    const page = { calendarId, maxResults: 2_500, fields, ...(pageToken && { pageToken }) };
    const { isOk, status, data } = await ask(() => api.events.list(page));
    if (isGone(status)) return true;
    if (!isOk || (data.items ?? []).some(({ id }) => !isOurs(id ?? '', suffix))) return false;
    pageToken = data.nextPageToken ?? undefined;
  } while (pageToken);
  return deleteGoogleCalendar(session, calendarId);
}
