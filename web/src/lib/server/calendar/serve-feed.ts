/** Feeds as calendar apps fetch them. Reads PostgreSQL alone, so it goes on while syncs fail. */
import { createHash } from 'node:crypto';
import { IsolationLevel } from '@mikro-orm/core';
import { noteFetch, readFeedBookings, readFeedVersion } from '#db/queries/calendar-feeds.ts';
import type { FeedVersion } from '#db/queries/calendar-feeds.ts';
import { ApiError } from '../errors.ts';
import type { Services } from '../services.ts';
import { hashOf } from './feeds.ts';
import { renderCalendar, renderingRevision } from './ics.ts';
import type { Validators } from './preconditions.ts';

type FeedServices = Pick<Services, 'config' | 'orm' | 'limits'>;

export interface OpenedFeed extends Validators {
  /** The calendar itself, with the validators that belong to it. */
  read(): Promise<Validators & { text: string }>;
}

const tokenForm = /^[\w-]{43}$/;
const noteEveryMs = 5 * 60_000;

/**
 * The feed behind a token, after one statement. A revoked token and one that never was get the same `not_found`, and
 * an address that tries many gets `rate_limited`.
 */
export async function openFeed(services: FeedServices, token: string, clientAddress: string): Promise<OpenedFeed> {
  const { config, orm, limits } = services;
  const tokenHash = hashOf(token);
  await limits.take('feed', `${clientAddress} ${tokenHash}`);
  const now = new Date();
  const em = orm.em.fork();
  const version = tokenForm.test(token) ? await readFeedVersion(em, tokenHash, now) : null;
  if (!version) {
    await limits.take('unknownFeed', clientAddress);
    throw noSuchFeed();
  }
  const { lastFetchedAt } = version;
  if (!lastFetchedAt || now.getTime() - lastFetchedAt.getTime() > noteEveryMs) await noteFetch(em, version.id, now);
  return {
    ...validatorsOf(version, config),
    read: () => readCalendar(services, tokenHash, now),
  };
}

/** In one snapshot, so that the text is the one that its ETag names even where a sync ends just now. */
function readCalendar({ config, orm }: FeedServices, tokenHash: string, now: Date) {
  const options = { isolationLevel: IsolationLevel.REPEATABLE_READ, readOnly: true };
  const read = orm.em.fork().transactional(async (tx) => {
    const version = await readFeedVersion(tx, tokenHash, now);
    if (!version) throw noSuchFeed();
    return { version, bookings: await readFeedBookings(tx, version.id, now) };
  }, options);
  return read.then(async ({ version, bookings }) => {
    const refreshMinutes = refreshMinutesOf(version, config);
    const text = await renderCalendar({ ...version, refreshMinutes }, bookings);
    return { ...validatorsOf(version, config), text };
  });
}

function validatorsOf(version: FeedVersion, config: Services['config']): Validators {
  const { id, name, alarmMinutes, count, digest, changedAt } = version;
  const inputs = [renderingRevision, id, name, alarmMinutes, refreshMinutesOf(version, config), count, digest];
  const tag = createHash('sha256').update(JSON.stringify(inputs)).digest('base64url');
  return { tag, lastModified: changedAt };
}

/** New bookings come with a sync, so asking more often is of no use. */
function refreshMinutesOf({ intervalMinutes }: FeedVersion, config: Services['config']): number {
  return intervalMinutes ?? config.SYNC_INTERVAL_MINUTES;
}

function noSuchFeed(): ApiError {
  return new ApiError('not_found', 'There is no such calendar. Copy its address again from the settings.');
}
