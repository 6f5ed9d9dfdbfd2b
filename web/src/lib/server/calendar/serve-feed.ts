/** Feeds as calendar apps fetch them. Reads PostgreSQL alone, so it goes on while syncs fail. */
import type { HttpAnswer, RequestHeaders } from '../http/exchange.ts';
import { createHash } from 'node:crypto';
import { IsolationLevel } from '@mikro-orm/core';
import { noteFetch, readFeedBookings, readFeedFacts, readFeedVersion } from '#db/queries/calendar-feeds.ts';
import type { FeedFacts, FeedVersion, SharedFeedBooking } from '#db/queries/calendar-feeds.ts';
import { isToken } from '../auth/tokens.ts';
import { ApiError } from '../errors.ts';
import { asApiError } from '../known-errors.ts';
import { problemAnswer } from '../rest/problem.ts';
import type { Services } from '../services.ts';
import { RenderedFeed } from './feed-store.ts';
import type { ReadFeed } from './feed-store.ts';
import { hashOf } from './feeds.ts';
import { renderCalendar, renderingRevision } from './ics.ts';
import { etagOf, isNotModified, wantsGzip } from './preconditions.ts';
import type { Validators } from './preconditions.ts';
import { stalenessOf, stalenessOfShared } from './staleness.ts';

export interface FeedRequest {
  method: string;
  token: string;
  headers: RequestHeaders;
  clientAddress: string;
}

type FeedServices = Pick<Services, 'config' | 'orm' | 'limits' | 'feeds'>;

const noteEveryMs = 5 * 60_000;

/** Calendar apps try WebDAV's methods first, to find out that it is a file. */
export async function answerFeed(
  services: Services,
  { method, token, headers, clientAddress }: FeedRequest,
): Promise<HttpAnswer> {
  const allowed = { allow: 'GET, HEAD, OPTIONS' };
  if (method === 'OPTIONS') return { status: 204, headers: allowed };
  if (method !== 'GET' && method !== 'HEAD') {
    const refusal = 'A calendar can be read, with GET, and nothing else.';
    return problemAnswer(new ApiError('method_not_allowed', refusal), allowed);
  }
  try {
    return await serveFeed(services, token, headers, clientAddress);
  } catch (error) {
    const known = asApiError(error);
    if (known.status >= 500) services.log.error({ err: error }, 'a feed failed');
    return problemAnswer(known);
  }
}

/**
 * The feed behind a token, after one statement at most. A revoked token and one that never was get the same
 * `not_found`, and an address that tries many gets `rate_limited`.
 */
async function serveFeed(
  services: FeedServices,
  token: string,
  headers: RequestHeaders,
  clientAddress: string,
): Promise<HttpAnswer> {
  const { limits, feeds } = services;
  const tokenHash = hashOf(token);
  await limits.take('feed', `${clientAddress} ${tokenHash}`);
  const version = isToken(token) ? await feeds.version(tokenHash, () => readVersion(services, tokenHash)) : null;
  if (!version) {
    await limits.take('unknownFeed', clientAddress);
    throw noSuchFeed();
  }
  const packed = wantsGzip(headers);
  if (isNotModified(headers, version)) return { status: 304, headers: headersOf(version, packed) };
  const { rendered, ...validators } = await feeds.calendar(version, () => readCalendar(services, tokenHash));
  const body = packed ? await rendered.packed() : rendered.text;
  return {
    status: 200,
    headers: {
      ...headersOf(validators, packed),
      'content-type': 'text/calendar; charset=utf-8',
      'content-disposition': 'inline; filename="rentals.ics"',
      ...(packed && { 'content-encoding': 'gzip' }),
    },
    body,
  };
}

function headersOf(validators: Validators, packed: boolean): Record<string, string> {
  return {
    etag: etagOf(validators, packed),
    ...(validators.lastModified && { 'last-modified': validators.lastModified.toUTCString() }),
    // Kept by the one who asked, and asked about each time: a 304 is cheap.
    'cache-control': 'private, no-cache',
    vary: 'accept-encoding',
    'x-robots-tag': 'noindex',
  };
}

async function readVersion({ config, orm }: FeedServices, tokenHash: string): Promise<Validators | null> {
  const now = new Date();
  const em = orm.em.fork();
  const version = await readFeedVersion(em, tokenHash, now);
  if (!version) return null;
  const { lastFetchedAt } = version;
  if (!lastFetchedAt || now.getTime() - lastFetchedAt.getTime() > noteEveryMs) await noteFetch(em, version.id, now);
  return validatorsOf(version, config, now);
}

/**
 * In one snapshot, so that the text is the one that its ETag names even where a sync ends just now. Read and written a
 * slice at a time: a long calendar is never in memory as rows.
 */
function readCalendar({ config, orm }: FeedServices, tokenHash: string): Promise<ReadFeed> {
  const now = new Date();
  const options = { isolationLevel: IsolationLevel.REPEATABLE_READ, readOnly: true };
  return orm.em.fork().transactional(async (tx) => {
    const facts = await readFeedFacts(tx, tokenHash, now);
    if (!facts) throw noSuchFeed();
    const age = ageOf(facts, config, now);
    const link = `${config.PUBLIC_URL}/dashboard`;
    const shown = digested(readFeedBookings(tx, facts.id, now));
    const text = await renderCalendar({ ...facts, ...age, link }, shown.bookings);
    const validators = validatorsOf({ ...facts, ...shown.result() }, config, now);
    return { ...validators, rendered: new RenderedFeed(text) };
  }, options);
}

/** The same bookings; once they are read, what a version says of them. */
function digested(read: AsyncIterable<(SharedFeedBooking & { hash: string })[]>) {
  let count = 0;
  let sum = 0n;
  async function* bookings(): AsyncGenerator<SharedFeedBooking[]> {
    for await (const some of read) {
      count += some.length;
      for (const { hash } of some) sum += BigInt(hash);
      yield some;
    }
  }
  return {
    bookings: bookings(),
    result: (): Pick<FeedVersion, 'count' | 'digest'> => ({ count, digest: String(sum) }),
  };
}

/** How often calendars should ask again, and what is said where that did not help. */
function ageOf(facts: FeedFacts, config: Services['config'], now: Date) {
  // New bookings come with a sync, so asking more often is of no use.
  const refreshMinutes = facts.intervalMinutes ?? config.SYNC_INTERVAL_MINUTES;
  const stale = stalenessOf(facts, refreshMinutes, now);
  return { refreshMinutes, stale, staleShared: stalenessOfShared(facts, config.SYNC_INTERVAL_MINUTES, now) };
}

/** What clients know a version by now. */
function validatorsOf(version: FeedVersion, config: Services['config'], now: Date): Validators {
  const { refreshMinutes, stale, staleShared } = ageOf(version, config, now);
  const { id, name, alarmMinutes, count, digest, changedAt, checkedAt, isMember } = version;
  const inputs = [renderingRevision, id, name, alarmMinutes, refreshMinutes, count, digest, stale, staleShared];
  const tag = createHash('sha256').update(JSON.stringify(inputs)).digest('base64url');
  // A sync takes back what was said of the age.
  const changes = [changedAt, checkedAt, stale?.since].map((time) => time?.getTime() ?? 0);
  // What joins or leaves a group leaves no date.
  return { tag, lastModified: isMember ? null : new Date(Math.max(...changes)) };
}

function noSuchFeed(): ApiError {
  return new ApiError('not_found', 'There is no such calendar. Copy its address again from the settings.');
}
