/** A connected calendar over a database, as the activity pushes it. */
import { randomUUID } from 'node:crypto';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { addConnection, listConnections, readPushTarget } from '#db/queries/calendar-connections.ts';
import { findCalendars, makeCalendar } from '#notifications/calendars/discovery.ts';
import { openDavSession, type DavLogin, type DavSession } from '#notifications/calendars/dav-session.ts';
import type { CalendarObjects } from '#notifications/calendars/connected-calendar.ts';
import { createCalendarObjects } from '#notifications/calendars/objects.ts';
import { pushSlice, type PushDeps } from '#notifications/calendars/push-slice.ts';
import { parseOutboundAllow } from '#platform/outbound.ts';
import { secrets } from '../../db/fixtures.ts';

export const allow = parseOutboundAllow('127.0.0.1')!;

export interface Connected {
  id: string;
  userId: string;
  calendarUrl: string;
  session: DavSession;
  /** What another program of the person does there. */
  objects: CalendarObjects<string>;
  /** Turns until nothing is left; how many events they were about. */
  push(options?: Partial<PushDeps>): Promise<number>;
  view(): ReturnType<typeof listConnections>;
}

/** A new calendar on the server, connected. */
export async function connect(
  orm: MikroORM,
  em: () => EntityManager,
  userId: string,
  login: DavLogin,
): Promise<Connected> {
  const session = openDavSession(login, { allow });
  const home = await findCalendars(session, login.url);
  const calendar = await makeCalendar(session, home.url, randomUUID(), 'Gibney rentals');
  const { url: serverUrl, ...account } = login;
  const given = { kind: 'caldav' as const, serverUrl, ...account, calendarUrl: calendar.url, name: calendar.name };
  const added = await addConnection(em(), secrets, userId, given, 5);
  if ('refused' in added) throw new Error(`the calendar was refused: ${added.refused}`);
  const { id } = added;
  return {
    id,
    userId,
    calendarUrl: calendar.url,
    session,
    objects: createCalendarObjects(session, calendar.url),
    push: (options = {}) => pushAll(orm, em, id, options),
    view: () => listConnections(em(), userId, id),
  };
}

/** Turns until nothing is left; how many events they were about. */
export async function pushAll(
  orm: MikroORM,
  em: () => EntityManager,
  id: string,
  options: Partial<PushDeps> = {},
): Promise<number> {
  for (let all = 0; ;) {
    const target = await readPushTarget(em(), id);
    if (!target) return all;
    const { done, next } = await pushSlice({ orm, secrets, allow, ...options }, target, new AbortController().signal);
    all += done;
    if (next === 'nothing') return all;
  }
}
