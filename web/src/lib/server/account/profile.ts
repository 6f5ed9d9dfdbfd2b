import { mayDo } from '../auth/scopes.ts';
import type { Session } from '../auth/session.ts';
import { defaultFeedUrl } from '../calendar/feeds.ts';
import type { Services } from '../services.ts';

/** The calendar's address outlives a key, so only keys for managing see it. */
export async function readProfile(services: Services, session: Session) {
  const calendarUrl = mayDo(session, 'manage') ? await defaultFeedUrl(services, session.user.id) : null;
  return { ...session.user, calendarUrl };
}
