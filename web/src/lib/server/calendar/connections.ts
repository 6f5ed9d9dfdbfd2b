/** Calendars elsewhere that a person connects. The password goes in and never comes out. */
import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import * as queries from '#db/queries/calendar-connections.ts';
import { listInCalendars as listBookingInCalendars } from '#db/queries/calendar-events.ts';
import { watchCalendars as watch } from '#db/queries/calendar-clashes.ts';
import { secretContext, SecretsError } from '#db/secrets.ts';
import { calendarFailures, shutsOut, type CalendarFailureCode } from '#domain/calendar-failures.ts';
import type {
  bookingInCalendar,
  calendarConnection,
  FoundCalendar,
  newCalendarConnection,
} from '#domain/shapes/calendar-connections.ts';
import { findCalendars, makeCalendar, type CalendarHome } from '#notifications/calendars/discovery.ts';
import { openDavSession, type DavLogin, type DavSession } from '#notifications/calendars/dav-session.ts';
import { CalendarError } from '#notifications/calendars/errors.ts';
import { TemporalUnavailableError } from '#platform/errors.ts';
import { ApiError, notFound, type ApiErrorCode } from '../errors.ts';
import type { Services } from '../services.ts';

type View = z.input<typeof calendarConnection>;
export type NewConnection = z.output<typeof newCalendarConnection>;

/** Each is asked after every sync that changed something. */
export const mostConnections = 5;

export const newCalendarName = 'Gibney rentals';

/** Somebody waits for the answer. */
const limits = { timeoutMs: 10_000 };

export async function listCalendarConnections({ orm }: Services, userId: string): Promise<View[]> {
  return (await queries.listConnections(orm.em.fork(), userId)).map(viewOf);
}

/** Throws `not_found`. */
export async function readCalendarConnection({ orm }: Services, userId: string, id: string): Promise<View> {
  const [found] = await queries.listConnections(orm.em.fork(), userId, id);
  if (!found) throw notFound('calendar', id);
  return viewOf(found);
}

function viewOf(row: queries.ConnectionRow): View {
  return { ...row, errorMessage: row.error && calendarFailures[row.error].message };
}

/** How a rental stands in each connected calendar; none where it has nothing to do there. */
export async function listInCalendars(
  { orm }: Services,
  userId: string,
  bookingId: string,
): Promise<z.input<typeof bookingInCalendar>[]> {
  const found = await listBookingInCalendars(orm.em.fork(), userId, bookingId);
  return found.flatMap(({ state, isBehind, error, ...row }) => {
    const isWaiting = isBehind || state === 'intended';
    if (!isWaiting && state === null) return [];
    const shown = isWaiting ? ('waiting' as const) : (state as 'written' | 'deleted' | 'refused');
    const why = isWaiting ? error : null;
    return [{ ...row, state: shown, error: why, errorMessage: why && calendarFailures[why].message }];
  });
}

/** Between finding the calendars and choosing one: long enough to think, for who lets the page lie there. */
const setupMs = 15 * 60_000;

export interface CalendarSetup {
  /** What was entered, sealed for this user, to be given back with the choice. */
  setup: string;
  calendars: FoundCalendar[];
}

/** Tries the login and says which calendars there are. Throws an {@link ApiError} with the reason. */
export async function findTheirCalendars(services: Services, userId: string, login: DavLogin): Promise<CalendarSetup> {
  const { calendars } = await signedIn(services, userId, login, (_session, home) => Promise.resolve(home));
  const kept = JSON.stringify({ ...login, until: Date.now() + setupMs });
  return { setup: services.secrets.seal(kept, secretContext.calendarSetup(userId)), calendars };
}

/** The login that {@link findTheirCalendars} sealed. Throws `validation_failed` where that is over. */
export function openSetup({ secrets }: Services, userId: string, setup: string): DavLogin {
  try {
    const { until, ...login } = JSON.parse(secrets.open(setup, secretContext.calendarSetup(userId))) as DavLogin & {
      until: number;
    };
    if (until > Date.now()) return login;
  } catch (error) {
    if (!(error instanceof SecretsError)) throw error;
  }
  throw new ApiError('validation_failed', 'This took too long. Enter the app password again.');
}

/** Tries the login, finds or makes the calendar, and begins to fill it. Throws an {@link ApiError} with the reason. */
export async function connectCalendar(services: Services, userId: string, given: NewConnection): Promise<View> {
  const { url, username, password, calendarUrl, name = newCalendarName } = given;
  await services.limits.take('changes', userId);
  const chosen = await signedIn(services, userId, { url, username, password }, (session, home) =>
    calendarUrl ? theirs(home, calendarUrl) : makeCalendar(session, home.url, randomUUID(), name),
  );
  const row = {
    kind: 'caldav' as const,
    serverUrl: url,
    username,
    password,
    calendarUrl: chosen.url,
    name: chosen.name,
  };
  const { orm, secrets } = services;
  const added = await queries.addConnection(orm.em.fork(), secrets, userId, row, mostConnections);
  if ('refused' in added) {
    // It may have waited because the server was away; now somebody waits for it.
    if (added.refused === 'removing') await pushNow(services, added.id, { again: true });
    throw new ApiError('validation_failed', notAdded[added.refused]);
  }
  await pushNow(services, added.id);
  return readCalendarConnection(services, userId, added.id);
}

const notAdded = {
  connected: 'This calendar is connected already.',
  too_many: `You have ${mostConnections} calendars connected. Disconnect one that you no longer use.`,
  removing:
    'This calendar was disconnected a moment ago, and its rentals are still being removed from it. Try again in a minute.',
};

async function theirs({ calendars }: CalendarHome, wanted: string): Promise<FoundCalendar> {
  const withSlash = new URL(wanted.endsWith('/') ? wanted : `${wanted}/`).href;
  const found = calendars.find(({ url }) => url === withSlash);
  if (!found) throw new CalendarError('calendar_gone');
  return found;
}

/** Another try, now, with a new app password where one is given. Throws `not_found`. */
export async function retryConnection(
  services: Services,
  userId: string,
  { id, password }: { id: string; password?: string | undefined },
): Promise<View> {
  await services.limits.take('calendarLogin', userId);
  if (password !== undefined && (await readCalendarConnection(services, userId, id)).kind === 'google')
    throw new ApiError(
      'validation_failed',
      'Google Calendar has no app password. Allow it again on the calendar page.',
    );
  const revived = await queries.reviveConnection(services.orm.em.fork(), services.secrets, { userId, id, password });
  if (!revived) throw notFound('calendar', id);
  await pushNow(services, id, { again: true });
  return readCalendarConnection(services, userId, id);
}

/** Throws `not_found`, and `validation_failed` where our events are to go and cannot. */
export async function disconnectCalendar(
  services: Services,
  userId: string,
  { id, keepEvents }: { id: string; keepEvents: boolean },
): Promise<void> {
  const { kind, state, error } = await readCalendarConnection(services, userId, id);
  if (!keepEvents && state === 'needs_you' && error && shutsOut(error))
    throw new ApiError(
      'validation_failed',
      `Our events cannot be taken out now. ${calendarFailures[error].message} Or disconnect and leave them.`,
    );
  if (!(await queries.endConnection(services.orm.em.fork(), { userId, id, keepEvents })))
    throw notFound('calendar', id);
  // At Google there is access to give back, also where the events stay.
  if (!keepEvents || kind === 'google') await pushNow(services, id, { again: true });
}

/** The person's other calendars of the account: those that can say when they have something else. */
export async function listOtherCalendars(services: Services, userId: string, id: string): Promise<FoundCalendar[]> {
  const target = await queries.readPushTarget(services.orm.em.fork(), id);
  if (target?.userId !== userId || target.removingAt) throw notFound('calendar', id);
  // What we ask of Google shows us no calendar but our own.
  if (target.kind === 'google') return [];
  const { serverUrl: url, username, passwordSealed } = target;
  const password = services.secrets.open(passwordSealed, secretContext.calendarPassword(id));
  const { calendars } = await signedIn(services, userId, { url, username, password }, (_session, home) =>
    Promise.resolve(home),
  );
  const ours = new Set((await listCalendarConnections(services, userId)).map(({ calendarUrl }) => calendarUrl));
  return calendars.filter((one) => !ours.has(one.url));
}

/** From now on these say when the person has something else; none: nothing does. Throws `not_found`, `calendar_gone`. */
export async function watchCalendars(
  services: Services,
  userId: string,
  { id, calendarUrls }: { id: string; calendarUrls: string[] },
): Promise<View> {
  const found = calendarUrls.length === 0 ? [] : await listOtherCalendars(services, userId, id);
  const calendars = found.filter(({ url }) => calendarUrls.includes(url));
  if (calendars.length < new Set(calendarUrls).size) throw refusal(new CalendarError('calendar_gone'));
  if (!(await watch(services.orm.em.fork(), { userId, id, calendars }))) throw notFound('calendar', id);
  await pushNow(services, id);
  return readCalendarConnection(services, userId, id);
}

/** What is due is in the database: where Temporal does not answer, the reconciler follows. */
export async function pushNow({ syncClient, log }: Services, id: string, options?: { again: boolean }): Promise<void> {
  try {
    await syncClient.pushCalendar(id, options);
  } catch (error) {
    if (!(error instanceof TemporalUnavailableError)) throw error;
    log.warn({ connectionId: id }, 'a calendar changed while Temporal was away; the reconciler will follow');
  }
}

async function signedIn<Result>(
  { config, limits: rates }: Services,
  userId: string,
  login: DavLogin,
  work: (session: DavSession, home: CalendarHome) => Promise<Result>,
): Promise<Result> {
  await rates.take('calendarLogin', userId);
  const session = openDavSession(login, { allow: config.OUTBOUND_ALLOW, limits });
  try {
    return await work(session, await findCalendars(session, login.url));
  } catch (error) {
    throw error instanceof CalendarError ? refusal(error) : error;
  } finally {
    session.close();
  }
}

/** What an answer is called where somebody waits for it; the others have the same name. */
const reasons: Partial<Record<CalendarFailureCode, [ApiErrorCode, string]>> = {
  credentials_refused: ['credentials_refused', 'This server did not accept the username and app password.'],
  rate_limited: ['server_unavailable', 'This server asks us to wait. Try again in a few minutes.'],
  server_unavailable: ['server_unavailable', 'This server does not answer. Look at the address, or try again later.'],
  calendar_full: ['not_allowed', 'This account has no space left.'],
  not_allowed: ['not_allowed', 'We may not write there, or make no calendar there. Make one yourself and choose it.'],
  calendar_gone: ['calendar_gone', 'There is no such calendar in this account. Choose one of those that there are.'],
  bad_certificate: ['bad_certificate', 'The certificate of this server is not valid, so we send no password there.'],
  redirected: ['redirected', 'This server sends us to another host. Give the address of that one, if you trust it.'],
  address_refused: ['address_refused', calendarFailures.address_refused.message],
  not_a_calendar_server: ['not_a_calendar_server', calendarFailures.not_a_calendar_server.message],
};

function refusal(error: CalendarError): unknown {
  const known = reasons[error.code];
  return known ? new ApiError(known[0], known[1], { cause: error }) : error;
}
