/** Calendar feeds: addresses that open a user's calendar without a login, by a token that nobody can guess. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { CalendarFeed } from '../../../../../db/entities/calendar-feed.ts';
import { secretPlace } from '../../../../../db/secrets.ts';
import type { CalendarFeedView } from '../../api-types.ts';
import type { Services } from '../services.ts';

/** Makes a feed and returns its token, which is stored by its hash and sealed only. */
export async function createFeed(
  { secrets }: Pick<Services, 'secrets'>,
  em: EntityManager,
  userId: string,
  name: string,
): Promise<string> {
  const id = randomUUID();
  const token = randomBytes(32).toString('base64url');
  const tokenSealed = secrets.seal(token, secretPlace.feedToken(id));
  await em.insert(CalendarFeed, { id, userId, name, tokenHash: hashOf(token), tokenSealed, createdAt: new Date() });
  return token;
}

export function feedUrl({ config }: Pick<Services, 'config'>, token: string): string {
  return `${config.PUBLIC_URL}/calendar/${token}.ics`;
}

/** The user's feeds that are not revoked, oldest first: the default one leads. */
export async function listFeeds(services: Services, userId: string): Promise<CalendarFeedView[]> {
  const feeds = await services.orm.em
    .fork()
    .find(CalendarFeed, { userId, revokedAt: null }, { orderBy: { createdAt: 'asc', id: 'asc' }, populate: ['*'] });
  return feeds.map(({ id, name, tokenSealed, createdAt }) => ({
    id,
    name,
    url: feedUrl(services, services.secrets.open(tokenSealed, secretPlace.feedToken(id))),
    createdAt: createdAt.toISOString(),
  }));
}

/** The address of the user's default feed; makes the feed where it is missing. */
export async function defaultFeedUrl(services: Services, userId: string): Promise<string> {
  const [first] = await listFeeds(services, userId);
  return first?.url ?? feedUrl(services, await createFeed(services, services.orm.em.fork(), userId, 'My rentals'));
}

export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
