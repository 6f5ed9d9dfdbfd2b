import type { ProfileView } from '../../api-types.ts';
import type { SessionUser } from '../auth/session.ts';
import { defaultFeedUrl } from '../calendar/feeds.ts';
import type { Services } from '../services.ts';

export async function readProfile(services: Services, user: SessionUser): Promise<ProfileView> {
  return { ...user, calendarUrl: await defaultFeedUrl(services, user.id) };
}
