/** A connected calendar, opened with its secret, in the way that it is reached. */
import type { PushTarget } from '#db/queries/calendar-connections.ts';
import { secretContext, type Secrets } from '#db/secrets.ts';
import type { GoogleApp } from '#platform/google.ts';
import type { OutboundAllow, OutboundLimits } from '#platform/outbound.ts';
import type { ConnectedCalendar } from './connected-calendar.ts';
import { openDavSession, type DavSession } from './dav-session.ts';
import { assertCalendar } from './discovery.ts';
import { CalendarError } from './errors.ts';
import { icalendarShape } from './event-object.ts';
import { createCalendarObjects } from './objects.ts';
import { writerOf } from './write-event.ts';

export interface OpenDeps {
  secrets: Secrets;
  allow: OutboundAllow;
  /** Null: Google Calendar is off. */
  google?: GoogleApp | null;
  limits?: Partial<OutboundLimits>;
}

/** For another UID where the booking's own is taken, and for Google's ids. */
const suffixOf = (connectionId: string): string => connectionId.slice(0, 8);

/** The requests of one turn end with `signal`. */
export async function openCalendar(
  deps: OpenDeps,
  target: PushTarget,
  signal: AbortSignal,
): Promise<ConnectedCalendar> {
  if (target.kind === 'google') return openGoogle(deps, target, signal);
  const session = openDavAccount(deps, target, signal);
  const objects = createCalendarObjects(session, target.calendarUrl);
  return {
    ...writerOf({ objects, shape: icalendarShape }, suffixOf(target.id)),
    check: () => assertCalendar(session, target.calendarUrl),
    takesAfterDeath: true,
    // Some servers take one connection and one request at a time.
    atOnce: 1,
    close: () => session.close(),
  };
}

export function openDavAccount(
  { secrets, allow, limits }: OpenDeps,
  target: Pick<PushTarget, 'id' | 'serverUrl' | 'username' | 'passwordSealed'>,
  signal: AbortSignal,
): DavSession {
  const password = secretOf(secrets, target);
  const login = { url: target.serverUrl, username: target.username, password };
  return openDavSession(login, { allow, signal, ...(limits && { limits }) });
}

function secretOf(secrets: Secrets, { id, passwordSealed }: Pick<PushTarget, 'id' | 'passwordSealed'>): string {
  return secrets.open(passwordSealed, secretContext.calendarPassword(id));
}

async function openGoogle(
  { secrets, google, ...options }: OpenDeps,
  target: PushTarget,
  signal: AbortSignal,
): Promise<ConnectedCalendar> {
  // The operator has turned it off, and may turn it on again.
  if (!google) throw new CalendarError('internal');
  // Only those who have such a calendar load Google's library.
  const { openGoogleCalendar } = await import('./google/calendar.ts');
  const { calendarUrl } = target;
  const refreshToken = secretOf(secrets, target);
  return openGoogleCalendar(
    { ...options, app: google, signal },
    { refreshToken, calendarUrl, suffix: suffixOf(target.id) },
  );
}
