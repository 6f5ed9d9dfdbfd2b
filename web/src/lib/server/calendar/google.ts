/** Connecting Google Calendar: the question on Google's page, and what follows from the answer. */
import type { RequestEvent } from '@sveltejs/kit';
import { timingSafeEqual } from 'node:crypto';
import * as queries from '#db/queries/calendar-connections.ts';
import { secretContext, SecretsError } from '#db/secrets.ts';
import type { GoogleOutcome } from '#lib/calendar/google-messages.ts';
import { CalendarError } from '#notifications/calendars/errors.ts';
import { consentUrl, newConsent, type Consent } from '#notifications/calendars/google/consent.ts';
import type { GoogleSession } from '#notifications/calendars/google/session.ts';
import type { GoogleApp } from '#platform/google.ts';
import { cookieIn } from '../auth/cookies.ts';
import type { Session } from '../auth/session.ts';
import { ApiError } from '../errors.ts';
import type { Services } from '../services.ts';
import { mostConnections, newCalendarName, pushNow } from './connections.ts';

const consentCookie = 'gibney-sync.google';

/** Long enough to choose an account and to sign in there. */
const consentMs = 15 * 60_000;

/** Somebody waits for the answer. */
const limits = { timeoutMs: 10_000 };

type Kept = Consent & { until: number };

const redirectUri = ({ config }: Services): string => `${config.PUBLIC_URL}/calendar/google/callback`;

/** The address to go to: Google's, or ours with what stands against it. */
export async function askGoogle(event: RequestEvent, app: GoogleApp, session: Session): Promise<string> {
  const { services } = event.locals;
  const known = await queries.findGoogleConnection(services.orm.em.fork(), session.user.id);
  if (known?.removingAt) return pageWith('removing');
  const consent = newConsent();
  const kept: Kept = { ...consent, until: Date.now() + consentMs };
  const sealed = services.secrets.seal(JSON.stringify(kept), secretContext.googleConsent(session.id));
  event.cookies.set(consentCookie, sealed, { ...attributesOf(event), maxAge: consentMs / 1000 });
  return consentUrl(app, redirectUri(services), consent);
}

/** The address to go to with what became of it. What the browser kept counts once. */
export async function hearGoogle(event: RequestEvent, app: GoogleApp, session: Session): Promise<string> {
  const { services } = event.locals;
  const kept = openConsent(services, session, cookieIn(event.request.headers, consentCookie));
  event.cookies.delete(consentCookie, attributesOf(event));
  const { searchParams } = event.url;
  const code = searchParams.get('code');
  if (!kept || !isSame(kept.state, searchParams.get('state') ?? '')) return pageWith('mismatch');
  if (!code) return pageWith('denied');
  try {
    await services.limits.take('calendarLogin', session.user.id);
    return pageWith(await connect(services, app, { userId: session.user.id, code, verifier: kept.verifier }));
  } catch (error) {
    if (error instanceof ApiError && error.reason === 'rate_limited') return pageWith('busy');
    if (!(error instanceof CalendarError)) throw error;
    services.log.warn({ error: error.message }, 'Google Calendar was not connected');
    return pageWith(outcomeOf[error.code as keyof typeof outcomeOf] ?? 'unavailable');
  }
}

const outcomeOf: Partial<Record<string, GoogleOutcome>> = {
  internal: 'failed',
  not_allowed: 'not_allowed',
  access_revoked: 'not_allowed',
};

export const pageWith = (outcome: GoogleOutcome): string => `/calendar?google=${outcome}#push`;

function openConsent({ secrets }: Services, { id }: Session, sealed: string | null): Kept | null {
  if (!sealed) return null;
  try {
    const kept = JSON.parse(secrets.open(sealed, secretContext.googleConsent(id))) as Kept;
    return kept.until > Date.now() ? kept : null;
  } catch (error) {
    if (!(error instanceof SecretsError)) throw error;
    return null; // another session's, or made up
  }
}

function isSame(one: string, other: string): boolean {
  const [given, right] = [Buffer.from(one), Buffer.from(other)];
  return given.length === right.length && timingSafeEqual(given, right);
}

const attributesOf = ({ url }: RequestEvent) =>
  ({ path: '/calendar/google', httpOnly: true, sameSite: 'lax', secure: url.protocol === 'https:' }) as const;

interface Answer {
  userId: string;
  code: string;
  verifier: string;
}

async function connect(services: Services, app: GoogleApp, { userId, code, verifier }: Answer): Promise<GoogleOutcome> {
  // Only who connects one loads Google's library.
  const { takeCode } = await import('#notifications/calendars/google/access.ts');
  const known = await queries.findGoogleConnection(services.orm.em.fork(), userId);
  const options = { app, allow: services.config.OUTBOUND_ALLOW, limits };
  const granted = await takeCode(options, { code, verifier, redirectUri: redirectUri(services), givesBack: !known });
  if ('refused' in granted) return granted.refused;
  const { session } = granted;
  try {
    if (known) return await allowAgain(services, app, known, { userId, ...granted });
    return await add(services, app, userId, granted);
  } catch (error) {
    // Nothing is kept, so nothing stays granted.
    if (!known) await giveBack(services, session, granted.refreshToken);
    throw error;
  } finally {
    session.close();
  }
}

type Grant = { session: GoogleSession; refreshToken: string };
type Known = NonNullable<Awaited<ReturnType<typeof queries.findGoogleConnection>>>;

/** Where Google does not answer, the person can still end it there. */
async function giveBack({ log }: Services, session: GoogleSession, token: string): Promise<void> {
  try {
    await session.revoke(token);
  } catch (error) {
    if (!(error instanceof CalendarError)) throw error;
    log.warn({ error: error.message }, 'Google was not told that access to a calendar is over');
  }
}

async function add(
  services: Services,
  app: GoogleApp,
  userId: string,
  { session, refreshToken }: Grant,
): Promise<GoogleOutcome> {
  const google = await import('#notifications/calendars/google/calendar.ts');
  const { orm, secrets } = services;
  const { api } = app.endpoints;
  const calendarId = await google.makeGoogleCalendar(session, newCalendarName);
  const row = {
    kind: 'google' as const,
    serverUrl: api,
    username: 'Google Calendar',
    calendarUrl: google.googleCalendarUrl(api, calendarId),
    name: newCalendarName,
    password: refreshToken,
  };
  let added: queries.AddedConnection | undefined;
  try {
    added = await queries.addConnection(orm.em.fork(), secrets, userId, row, mostConnections);
  } finally {
    if (!added || 'refused' in added) await google.deleteGoogleCalendar(session, calendarId);
  }
  if (!('refused' in added)) {
    await pushNow(services, added.id);
    return 'connected';
  }
  // Of one that is connected, access is in use.
  if (added.refused === 'too_many') await giveBack(services, session, refreshToken);
  return added.refused === 'connected' ? 'connected_already' : added.refused;
}

/** The connection goes on with the new token, if it opens its calendar. */
async function allowAgain(
  services: Services,
  app: GoogleApp,
  known: Known,
  { userId, session, refreshToken }: Grant & { userId: string },
): Promise<GoogleOutcome> {
  const { googleCalendarId, isGoogleCalendar } = await import('#notifications/calendars/google/calendar.ts');
  const { id, calendarUrl } = known;
  if (!(await isGoogleCalendar(session, googleCalendarId(calendarUrl)))) {
    // It may be the same account without the calendar: giving this back would then end the connection's own access.
    if (!(await isStillShown(services, app, known))) return 'calendar_gone';
    await giveBack(services, session, refreshToken);
    return 'other_account';
  }
  const { orm, secrets } = services;
  if (!(await queries.reviveConnection(orm.em.fork(), secrets, { userId, id, password: refreshToken })))
    return 'removing';
  await pushNow(services, id, { again: true });
  return 'allowed';
}

/** Whether the access that the connection has had until now opens its calendar. */
async function isStillShown(
  { config, secrets }: Services,
  app: GoogleApp,
  { id, calendarUrl, passwordSealed }: Known,
): Promise<boolean> {
  const { openGoogleSession } = await import('#notifications/calendars/google/session.ts');
  const { googleCalendarId, isGoogleCalendar } = await import('#notifications/calendars/google/calendar.ts');
  const session = openGoogleSession({ app, allow: config.OUTBOUND_ALLOW, limits });
  session.client.setCredentials({ refresh_token: secrets.open(passwordSealed, secretContext.calendarPassword(id)) });
  try {
    return await isGoogleCalendar(session, googleCalendarId(calendarUrl));
  } catch (error) {
    if (!(error instanceof CalendarError)) throw error;
    return false;
  } finally {
    session.close();
  }
}

/** What gives a user's access at Google back, to be called when the account is gone. */
export async function accessToGiveBack(services: Services, userId: string): Promise<() => Promise<void>> {
  const { config, orm, secrets } = services;
  const known = config.google && (await queries.findGoogleConnection(orm.em.fork(), userId));
  if (!config.google || !known) return () => Promise.resolve();
  const options = { app: config.google, allow: config.OUTBOUND_ALLOW, limits };
  const token = secrets.open(known.passwordSealed, secretContext.calendarPassword(known.id));
  return async () => {
    const { openGoogleSession } = await import('#notifications/calendars/google/session.ts');
    const session = openGoogleSession(options);
    await giveBack(services, session, token).finally(() => session.close());
  };
}
