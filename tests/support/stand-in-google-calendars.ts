/** The calendars and events of the stand-in for Google. */
import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { googleError, json, type GoogleAsked, type GoogleQuirks } from './stand-in-google.ts';

interface Time {
  dateTime?: string;
  date?: string | null;
  timeZone?: string;
}

export interface StoredEvent {
  id: string;
  etag: string;
  status: string;
  summary?: string;
  location?: string;
  description?: string;
  colorId?: string;
  transparency?: string;
  start?: Time;
  end?: Time;
  reminders?: object;
  source?: { title: string; url: string };
  extendedProperties?: { private?: Record<string, string> };
}

export interface StoredCalendar {
  summary: string;
  timeZone: string;
  /** By id; deleted ones are `cancelled` and keep their id. */
  events: Map<string, StoredEvent>;
}

type Fields = Partial<StoredEvent>;

export function createGoogleCalendars(quirks: GoogleQuirks) {
  const all = new Map<string, StoredCalendar>();
  let version = 3_181_161_784_712_000;
  const nextEtag = () => `"${(version += 2)}"`;

  /** What Google refuses, and what it makes of a time: its offset in the zone of the event. */
  function stored(id: string, fields: Fields): StoredEvent | null {
    if ([fields.start, fields.end].some((time) => time?.date && time.dateTime)) return null;
    const [start, end] = [fields.start, fields.end].map((time) => Date.parse(time?.dateTime ?? time?.date ?? ''));
    if (!(start! <= end!)) return null;
    const event = { status: 'confirmed', ...fields, id, etag: nextEtag() };
    // What is usual is not said.
    if (event.transparency === 'opaque') delete event.transparency;
    if (event.start?.dateTime) event.start = withOffset(event.start);
    if (event.end?.dateTime) event.end = withOffset(event.end);
    return event;
  }

  function insert({ events }: StoredCalendar, fields: Fields, response: ServerResponse): void {
    const { id = randomBytes(13).toString('hex') } = fields;
    if (!/^[a-v0-9]{5,1024}$/.test(id)) return googleError(response, 400, 'invalid');
    if (events.has(id)) return googleError(response, 409, 'duplicate');
    keep(events, stored(id, fields), response);
  }

  function keep(events: Map<string, StoredEvent>, event: StoredEvent | null, response: ServerResponse): void {
    if (!event) return googleError(response, 400, 'timeRangeEmpty');
    events.set(event.id, event);
    json(response, 200, event, { etag: event.etag });
  }

  function list({ events }: StoredCalendar, { query }: GoogleAsked, response: ServerResponse): void {
    const shown = [...events.values()].filter(({ status }) => status !== 'cancelled');
    const size = Math.min(Number(query.get('maxResults') ?? 250), quirks.pageSize);
    const from = Number(query.get('pageToken') ?? 0);
    const next = from + size < shown.length ? { nextPageToken: String(from + size) } : {};
    json(response, 200, { kind: 'calendar#events', items: shown.slice(from, from + size), ...next });
  }

  function one(calendar: StoredCalendar, id: string, asked: GoogleAsked, response: ServerResponse): void {
    const { method, headers, body } = asked;
    const { events } = calendar;
    const event = events.get(id);
    if (!event) return googleError(response, 404, 'notFound');
    if (method === 'GET') return json(response, 200, event);
    const wanted = headers['if-match'];
    if (wanted !== undefined && wanted !== event.etag) return googleError(response, 412, 'conditionNotMet');
    if (method === 'DELETE') {
      if (event.status === 'cancelled') return googleError(response, 410, 'deleted');
      events.set(id, { ...event, status: 'cancelled', etag: nextEtag() });
      return void response.writeHead(204).end();
    }
    const given = JSON.parse(body) as Fields;
    if (event.status === 'cancelled' && quirks.buriesDeleted) return googleError(response, 403, 'forbidden');
    if (method === 'PUT') return keep(events, stored(id, given), response);
    if (method === 'PATCH') return keep(events, stored(id, patched(event, given) as Fields), response);
    googleError(response, 405, 'httpMethodNotAllowed');
  }

  function serveCalendar(asked: GoogleAsked, id: string, response: ServerResponse): void {
    if (!all.has(id)) return googleError(response, 404, 'notFound');
    if (asked.method === 'GET') {
      const { summary, timeZone } = all.get(id)!;
      return json(response, 200, { kind: 'calendar#calendar', id, summary, timeZone });
    }
    if (asked.method !== 'DELETE') return googleError(response, 405, 'httpMethodNotAllowed');
    all.delete(id);
    response.writeHead(204).end();
  }

  function serve(asked: GoogleAsked, response: ServerResponse): void {
    const { method, path, query, body } = asked;
    const [, calendarId, isEvents, eventId] =
      /^\/calendar\/v3\/calendars(?:\/([^/]+)(\/events(?:\/([^/]+))?)?)?$/.exec(path) ?? [];
    if (calendarId === undefined) {
      if (method !== 'POST') return googleError(response, 404, 'notFound');
      const id = `${randomBytes(26).toString('hex')}@group.calendar.google.com`;
      const { summary, timeZone } = JSON.parse(body) as { summary: string; timeZone: string };
      all.set(id, { summary, timeZone, events: new Map() });
      return json(response, 200, { kind: 'calendar#calendar', id, summary, timeZone });
    }
    const id = decodeURIComponent(calendarId);
    if (!isEvents) return serveCalendar(asked, id, response);
    const calendar = all.get(id);
    if (!calendar) return googleError(response, 404, 'notFound');
    if (method !== 'GET' && query.get('sendUpdates') !== 'none')
      return googleError(response, 400, 'this test wants nobody to be written to');
    if (eventId !== undefined) return one(calendar, decodeURIComponent(eventId), asked, response);
    if (method === 'GET') return list(calendar, asked, response);
    insert(calendar, JSON.parse(body) as Fields, response);
  }

  return { all, serve };
}

/** Objects are patched in depth, null takes away, and all else takes the place of what was there. */
function patched(before: unknown, given: unknown): unknown {
  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject(given)) return given;
  const all = isObject(before) ? { ...before } : {};
  for (const [name, value] of Object.entries(given))
    if (value === null) delete all[name];
    else all[name] = patched(all[name], value);
  return all;
}

function withOffset({ dateTime, timeZone = 'UTC' }: Time): Time {
  const at = new Date(dateTime!);
  const parts = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' }).formatToParts(at);
  const offset = /GMT([+-]\d\d:\d\d)?/.exec(parts.find(({ type }) => type === 'timeZoneName')!.value)![1] ?? '+00:00';
  const [hours, minutes] = offset.slice(1).split(':').map(Number) as [number, number];
  const shift = (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
  const clock = new Date(at.getTime() + shift).toISOString().slice(0, 19);
  return { dateTime: `${clock}${offset === '+00:00' ? 'Z' : offset}`, timeZone };
}
