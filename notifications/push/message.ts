/**
 * What a push says: a declarative message (https://www.w3.org/TR/push-api/), which Safari shows by itself, and our service
 * worker elsewhere.
 */
import type { DueDelivery } from '#db/queries/delivery-rounds.ts';
import type { Aspect } from '../headline.ts';
import { needsYouFirst, tellOf, type NoticePage, type Told } from '../words.ts';
import { mergeChanges } from './merge-changes.ts';

export interface PushMessage {
  payload: string;
  /** The same without details, where the push service finds it too long. */
  brief: string;
  /** How long the push service keeps it for a device that is away. */
  ttlSeconds: number;
  urgency: 'high' | 'normal';
  /** Replaces what waits at the push service about the same thing. */
  topic: string;
}

export interface PushedNotification {
  title: string;
  body: string;
  navigate: string;
  lang: string;
  dir: 'ltr';
  tag: string;
  icon: string;
  timestamp: number;
  /** One that replaces another with its tag rings again. */
  renotify: boolean;
  /** By which the service worker knows that it is showing it a second time. */
  data: { id: string };
}

export interface Pushed {
  /** Without a trailing slash. */
  publicUrl: string;
  /** The same each time that it is sent. */
  id: string;
  deliveries: Pick<DueDelivery, 'type' | 'data' | 'at' | 'isTest'>[];
  now: number;
}

/** Push services take 4,096 bytes, of which encryption takes a hundred. */
const mostBytes = 3_000;

/** Padded to a multiple of it, so that its length tells nothing. */
const blockBytes = 512;

const mostLines = 8;
const mostTitle = 120;

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const longestMs = 7 * dayMs;

export function pushMessage({ publicUrl, id, deliveries, now }: Pushed): PushMessage {
  const events = mergeChanges(deliveries);
  const told = needsYouFirst(events.map((one) => ({ ...tellOf(one), isTest: one.isTest, at: one.at.getTime() })));
  const shown = told.length === 1 ? oneOf(told[0]!, publicUrl) : manyOf(told, publicUrl, id);
  const notification: PushedNotification = {
    ...shown,
    ...{ lang: 'en-US', dir: 'ltr', icon: `${publicUrl}/icons/icon-192.png`, renotify: true },
    ...{ timestamp: Math.max(...told.map(({ at }) => at)), data: { id } },
  };
  const isTest = told.every((one) => one.isTest);
  return {
    payload: fitted(notification),
    brief: written({ ...notification, body: '' }),
    ttlSeconds: Math.round((isTest ? hourMs / 12 : keptMs(told, now)) / 1_000),
    urgency: isTest || told.some((one) => isSoon(one, now)) ? 'high' : 'normal',
    topic: topicOf(shown.tag),
  };
}

type Item = Told & { isTest: boolean; at: number };

type Shown = Pick<PushedNotification, 'title' | 'body' | 'navigate' | 'tag'>;

function oneOf(one: Item, publicUrl: string): Shown {
  const { headline, lines, bookingId, page } = one;
  const text = { title: shortened(headline), body: lines.join('\n') };
  if (bookingId !== null) return { ...text, navigate: `${publicUrl}/bookings/${bookingId}`, tag: rentalTag(one) };
  return { ...text, navigate: `${publicUrl}${page}`, tag: tags[page!] };
}

/** Another price, or a reminder, takes no place of that the rental is at another time: it takes that of one like it. */
const rentalTag = ({ bookingId, aspect, isReminder }: Item) =>
  `${bookingId}${isReminder ? '-reminder' : tagEnds[aspect!]}`;

const tagEnds: Record<Aspect, string> = { stay: '', place: '-place', rest: '-detail' };

/** Push services take 32 characters: the id of a rental, of which a letter for what else it is about leaves one out. */
function topicOf(tag: string): string {
  const [, id, end = ''] = /^([\da-f-]{36})(?:-([a-z]+))?$/.exec(tag) ?? [tag, tag];
  return `${end.slice(0, 1)}${id.replaceAll('-', '')}`.slice(0, 32);
}

/** One about the same replaces the one before: that it works again takes the place of what was wrong. */
const tags: Record<NoticePage, string> = {
  '/dashboard': 'sync',
  '/calendar': 'calendar',
  '/settings/notifications': 'test',
};

/** Each such message has a tag of its own: what an earlier one says stays to be read. */
function manyOf(told: Item[], publicUrl: string, id: string): Shown {
  const listed = told.slice(0, mostLines);
  const lines = listed.flatMap(({ headline, conflict }) => [headline, ...(conflict ? [conflict] : [])].map(shortened));
  const more = told.length - listed.length;
  return {
    title: titleOf(told),
    body: [...lines, ...(more > 0 ? [`And ${more} more`] : [])].join('\n'),
    navigate: `${publicUrl}${told[0]!.page ?? '/changes'}`,
    tag: id,
  };
}

function titleOf(told: Item[]): string {
  if (told.every(({ isReminder }) => isReminder)) return `${told.length} rentals to come`;
  const [first] = told;
  if (first!.needsYou) return shortened(first!.headline);
  const isAboutChanges = told.every(({ bookingId, isReminder }) => bookingId !== null && !isReminder);
  return isAboutChanges ? `${told.length} changes to your rentals` : `${told.length} notices`;
}

const shortened = (line: string) => (line.length > mostTitle ? `${line.slice(0, mostTitle - 1)}…` : line);

function fitted(notification: PushedNotification): string {
  for (let body = notification.body; ; body = `${body.slice(0, Math.floor(body.length * 0.8) - 1)}…`) {
    const text = written({ ...notification, body });
    if (Buffer.byteLength(text) <= mostBytes || body.length < 10) return text;
  }
}

/** Blanks at its end are not part of it. */
function written(notification: PushedNotification): string {
  const text = JSON.stringify({ web_push: 8030, notification });
  const over = Buffer.byteLength(text) % blockBytes;
  return over === 0 ? text : text + ' '.repeat(blockBytes - over);
}

/** News about a rental stays news until the rental is over. */
function keptMs(told: Item[], now: number): number {
  // A reminder that comes after its rental has begun helps nobody.
  if (told.every(({ isReminder }) => isReminder))
    return Math.max(...told.map(({ startsAt }) => Date.parse(startsAt!) - now), 0);
  const ends = told.map(({ endsAt }) => (endsAt === null ? now + 3 * dayMs : Date.parse(endsAt)));
  return Math.min(Math.max(...ends.map((end) => end - now), hourMs), longestMs);
}

/** A sleeping phone is woken for it. */
const isSoon = ({ startsAt, endsAt }: Item, now: number) =>
  startsAt !== null && Date.parse(startsAt) < now + dayMs && Date.parse(endsAt!) > now;
