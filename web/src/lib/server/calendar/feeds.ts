/** Calendar feeds: addresses that open a user's calendar without a login, by a token that nobody can guess. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { z } from 'zod';
import { CalendarFeed } from '#db/entities/calendar-feed.ts';
import { readFeedChoices } from '#db/queries/calendar-feeds.ts';
import { secretContext } from '#db/secrets.ts';
import type { calendarFeed, feedSettings } from '#domain/shapes/calendar.ts';
import { ApiError, notFound } from '../errors.ts';
import type { feedChange } from '../schemas/inputs.ts';
import type { Services } from '../services.ts';
import { subscribeLinks } from './subscribe-links.ts';

type FeedServices = Pick<Services, 'config' | 'orm' | 'secrets' | 'feeds'>;
type Feed = Awaited<ReturnType<typeof readFeed>>;
type FeedView = z.input<typeof calendarFeed>;

/** Enough for every studio and device; each is a key that can leak. */
const mostFeeds = 20;

/** Makes a feed that shows everything and returns its token, which is stored by its hash and sealed only. */
export async function createFeed(
  { secrets }: Pick<Services, 'secrets'>,
  em: EntityManager,
  userId: string,
  name: string,
): Promise<string> {
  const id = randomUUID();
  const { token, ...stored } = newToken(secrets, id);
  const now = new Date();
  await em.insert(CalendarFeed, { id, userId, name, ...stored, createdAt: now, updatedAt: now });
  return token;
}

function newToken(secrets: Services['secrets'], feedId: string) {
  const token = randomBytes(32).toString('base64url');
  return { token, tokenHash: hashOf(token), tokenSealed: secrets.seal(token, secretContext.feedToken(feedId)) };
}

export function feedUrl({ config }: Pick<Services, 'config'>, token: string): string {
  return `${config.PUBLIC_URL}/calendar/${token}.ics`;
}

/** How the token of a feed's address is found again. */
export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** The user's feeds that are not revoked, oldest first: the default one leads. */
export async function listFeeds(services: FeedServices, userId: string): Promise<FeedView[]> {
  const feeds = await services.orm.em
    .fork()
    .find(CalendarFeed, { userId, revokedAt: null }, { orderBy: { createdAt: 'asc', id: 'asc' }, populate: ['*'] });
  return feeds.map((feed) => viewOf(services, feed));
}

/**
 * The address of the user's default feed; makes the feed where there never was one. Null where the user has revoked
 * them all.
 */
export async function defaultFeedUrl(services: FeedServices, userId: string): Promise<string | null> {
  const [first] = await listFeeds(services, userId);
  if (first) return first.url;
  const em = services.orm.em.fork();
  if ((await em.count(CalendarFeed, { userId })) > 0) return null;
  return feedUrl(services, await createFeed(services, em, userId, 'My rentals'));
}

/** Throws `validation_failed` where the user has too many. */
export async function addFeed(
  services: FeedServices,
  userId: string,
  { name, filters, alarmMinutes }: z.output<typeof feedSettings>,
): Promise<FeedView> {
  const em = services.orm.em.fork();
  if ((await em.count(CalendarFeed, { userId, revokedAt: null })) >= mostFeeds)
    throw new ApiError('validation_failed', `You have ${mostFeeds} calendars. Remove one that you no longer use.`);
  const id = randomUUID();
  const { tokenHash, tokenSealed } = newToken(services.secrets, id);
  const now = new Date();
  const values = { name, filters, alarmMinutes, tokenHash, tokenSealed, createdAt: now, updatedAt: now };
  await em.insert(CalendarFeed, { id, userId, ...values });
  return viewOf(services, await readFeed(em, userId, id));
}

/** Throws `not_found`. */
export async function changeFeed(
  services: FeedServices,
  userId: string,
  { id, ...given }: z.output<typeof feedChange>,
): Promise<FeedView> {
  const values = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return write(services, userId, id, values);
}

/** Gives the feed a new address; the old one opens nothing any more. Throws `not_found`. */
export async function rotateFeed(services: FeedServices, userId: string, id: string): Promise<FeedView> {
  const { tokenHash, tokenSealed } = newToken(services.secrets, id);
  return write(services, userId, id, { tokenHash, tokenSealed, lastFetchedAt: null });
}

/** Closes the feed's address for ever. Throws `not_found`. */
export async function revokeFeed({ orm, feeds }: FeedServices, userId: string, id: string): Promise<void> {
  const closed = await orm.em
    .fork()
    .nativeUpdate(CalendarFeed, { id, userId, revokedAt: null }, { revokedAt: new Date() });
  feeds.forgetVersions();
  if (closed === 0) throw notFound('calendar', id);
}

/** What a feed can be narrowed to. */
export function listFeedChoices({ orm }: FeedServices, userId: string) {
  return readFeedChoices(orm.em.fork(), userId);
}

async function write(services: FeedServices, userId: string, id: string, values: Partial<Feed>): Promise<FeedView> {
  const em = services.orm.em.fork();
  await em.nativeUpdate(CalendarFeed, { id, userId, revokedAt: null }, { ...values, updatedAt: new Date() });
  services.feeds.forgetVersions();
  return viewOf(services, await readFeed(em, userId, id));
}

async function readFeed(em: EntityManager, userId: string, id: string) {
  const feed = await em.findOne(CalendarFeed, { id, userId, revokedAt: null }, { populate: ['*'] });
  if (!feed) throw notFound('calendar', id);
  return feed;
}

function viewOf(services: Pick<FeedServices, 'config' | 'secrets'>, feed: Feed): FeedView {
  const { id, name, filters, alarmMinutes, createdAt, updatedAt, lastFetchedAt = null } = feed;
  const url = feedUrl(services, services.secrets.open(feed.tokenSealed, secretContext.feedToken(id)));
  return { id, name, url, ...subscribeLinks(url, name), filters, alarmMinutes, createdAt, updatedAt, lastFetchedAt };
}
