/** From the address that a person gave to their calendars: RFC 6764 and 4791, with what servers make of them. */
import { makeCalendar as sendMkcalendar, propfind } from 'tsdav';
import type { FoundCalendar } from '#domain/shapes/calendar-connections.ts';
import type { DavSession } from './dav-session.ts';
import { CalendarError } from './errors.ts';

type Prop = Record<string, unknown>;

interface Answered {
  url: string;
  props: Prop;
  types: string[];
}

/** Where Nextcloud has it; the address that people copy from their browser leads to its pages. */
const usualPaths = ['/.well-known/caldav', '/remote.php/dav/', '/'];

export interface CalendarHome {
  url: string;
  /** Those that take events. */
  calendars: FoundCalendar[];
}

/** Throws {@link CalendarError}. */
export async function findCalendars(session: DavSession, address: string): Promise<CalendarHome> {
  const url = hrefIn(await principalOf(session, address), 'calendarHomeSet') ?? fail();
  return findIn(session, asFolder(url));
}

/** Makes a calendar and checks that it exists: some servers say that all is well and make none. */
export async function makeCalendar(
  session: DavSession,
  home: string,
  id: string,
  name: string,
): Promise<FoundCalendar> {
  const url = new URL(`gibney-${id}/`, home).href;
  const before = new Set((await findIn(session, home)).calendars.map((one) => one.url));
  const props = { 'd:displayname': name, 'ca:calendar-color': '#B4552DFF' };
  const [made] = await sendMkcalendar({ url, props, fetch: fetchOf(session) });
  const { calendars } = await findIn(session, home);
  // Some choose another address than the one that was asked for; what was there before is the person's own.
  const added = calendars.filter((one) => !before.has(one.url));
  const found = added.find((one) => one.url === url) ?? added.find((one) => one.name === name);
  if (!found) throw new CalendarError('not_allowed', made?.status ? { status: made.status } : {});
  return found;
}

async function findIn(session: DavSession, home: string): Promise<CalendarHome> {
  const found = await ask(
    session,
    home,
    ['d:resourcetype', 'd:displayname', 'c:supported-calendar-component-set'],
    '1',
  );
  return { url: home, calendars: found.filter(takesEvents).map(asFound) };
}

/** Throws {@link CalendarError} where there is no longer a calendar at this address, or one that is in the trash. */
export async function assertCalendar(session: DavSession, url: string): Promise<void> {
  if (await isThere(session, url)) return;
  // A proxy whose server is away says that everything is missing.
  const isOnlyThis = await isThere(session, new URL('..', url).href);
  throw new CalendarError(isOnlyThis ? 'calendar_gone' : 'server_unavailable', { status: 404 });
}

async function isThere(session: DavSession, url: string): Promise<boolean> {
  const answer = await askOne(session, url, 'resourcetype');
  // Nextcloud keeps the address and the events of a deleted calendar for a month, and would go on taking ours.
  return ![404, 410].includes(answer.status) && !/[<:]deleted-calendar[\s/>]/.test(await answer.text());
}

/** Where a server does not say, false. */
export async function mayWrite(session: DavSession, url: string): Promise<boolean> {
  const answer = await askOne(session, url, 'current-user-privilege-set');
  return answer.ok && /<(?:[\w-]+:)?(?:all|write|write-content|bind)[\s/>]/.test(await answer.text());
}

function askOne(session: DavSession, url: string, property: string): Promise<Response> {
  const body = `<?xml version="1.0" encoding="utf-8"?><d:propfind xmlns:d="DAV:"><d:prop><d:${property}/></d:prop></d:propfind>`;
  return session.fetch(url, {
    method: 'PROPFIND',
    headers: { depth: '0', 'content-type': 'text/xml;charset=UTF-8' },
    body,
  });
}

async function principalOf(session: DavSession, address: string): Promise<Answered> {
  const candidates = new Set([address, ...usualPaths.map((path) => new URL(path, address).href)]);
  let refusal: unknown;
  for (const candidate of candidates) {
    try {
      const [found] = await ask(session, candidate, ['d:current-user-principal', 'c:calendar-home-set'], '0');
      if (!found) continue;
      if (hrefIn(found, 'calendarHomeSet')) return found;
      const principal = hrefIn(found, 'currentUserPrincipal');
      if (principal) return (await ask(session, principal, ['c:calendar-home-set'], '0'))[0] ?? fail();
    } catch (error) {
      if (!isOfTheAddress(error)) throw error;
      refusal ??= error;
    }
  }
  throw refusal ?? new CalendarError('not_a_calendar_server');
}

/**
 * A wrong password is wrong everywhere, and who does not answer does not answer anywhere. An address that leads elsewhere, that
 * is a page, or that takes no such request may have a neighbor that is what we look for.
 */
function isOfTheAddress(error: unknown): boolean {
  if (!(error instanceof CalendarError)) return false;
  if (error.code === 'redirected') return true;
  return ['not_allowed', 'server_unavailable'].includes(error.code) && error.status !== undefined;
}

function fail(): never {
  throw new CalendarError('not_a_calendar_server');
}

async function ask(session: DavSession, url: string, names: string[], depth: '0' | '1'): Promise<Answered[]> {
  let base = url;
  const fetch = fetchOf(session, (from) => (base = from));
  const props = Object.fromEntries(names.map((name) => [name, {}]));
  const answers = await propfind({ url, props, depth, fetch });
  const [first] = answers;
  if (first?.status === 403) throw new CalendarError('not_allowed', { status: 403 });
  return answers
    .filter(({ href, props: found }) => href !== undefined && found !== undefined)
    .map(({ href, props: found }) => ({
      url: new URL(String(href), base).href,
      props: found as Prop,
      types: Object.keys((found as { resourcetype?: object }).resourcetype ?? {}),
    }));
}

function fetchOf(session: DavSession, answeredBy: (url: string) => void = () => undefined): typeof globalThis.fetch {
  return async (target, init) => {
    const answer = await session.fetch(target instanceof Request ? target.url : target, init);
    answeredBy(answer.url);
    return answer;
  };
}

/** A property that holds an address, resolved against that of the answer. Of several, the first. */
function hrefIn({ url, props }: Answered, name: string): string | null {
  const { href } = (props[name] ?? {}) as { href?: unknown };
  const [first] = [href].flat();
  return typeof first === 'string' && URL.canParse(first, url) ? new URL(first, url).href : null;
}

function takesEvents({ types, props }: Answered): boolean {
  if (!types.includes('calendar') || types.includes('subscribed') || types.includes('deletedCalendar')) return false;
  const { comp } = (props.supportedCalendarComponentSet ?? {}) as { comp?: unknown };
  const kinds = [comp].flat().map((one) => (one as { _attributes?: { name?: string } } | undefined)?._attributes?.name);
  return comp === undefined || kinds.includes('VEVENT');
}

function asFound({ url, props }: Answered): FoundCalendar {
  const given = props.displayname as { _cdata?: unknown } | string | number | undefined;
  const name = typeof given === 'object' ? given._cdata : given;
  const fallback = decodeURIComponent(new URL(url).pathname.split('/').filter(Boolean).at(-1) ?? url);
  return { url: asFolder(url), name: typeof name === 'string' || typeof name === 'number' ? String(name) : fallback };
}

const asFolder = (url: string): string => (url.endsWith('/') ? url : `${url}/`);
