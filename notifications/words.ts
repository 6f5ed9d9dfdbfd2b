/** What became of a rental, in words: one line that says it all, and what was and is. */
import type { DueDelivery } from '#db/queries/delivery-rounds.ts';
import { failingEventType, reminderEventType, testEventType } from '#domain/events.ts';
import { shortWayText, tripBetween } from '#domain/travel.ts';
import { plainText } from '#domain/plain-text.ts';
import { clock, dayOf, isMoved, spanWords } from './clock-words.ts';
import { arrow, headlineOf, price, type Aspect, type Booking } from './headline.ts';

/** What is said about one event. */
export interface Told {
  /** `Moved: Sat 6:00 PM → 7:00 PM, Studio 3`, so short that it can be a subject. */
  headline: string;
  /** What the headline is about; null where that is no rental. */
  aspect: Aspect | null;
  /** `Saturday, November 28, 2026`; null where it is not about a rental. */
  day: string | null;
  /** What conflicts with the rental comes first. */
  lines: string[];
  /** The first of its conflicts. */
  conflict: string | null;
  bookingId: string | null;
  /** Where it can be seen to; null where it is about nothing, or about a rental. */
  page: NoticePage | null;
  /** The person has to do something. */
  needsYou: boolean;
  /** It only says that a rental is upcoming. */
  isReminder: boolean;
  /** Of the rental, the earlier and the later of what was and is. */
  startsAt: string | null;
  endsAt: string | null;
}

export type NoticePage = '/dashboard' | '/calendar' | '/settings/notifications';

export type TellableEvent = Pick<DueDelivery, 'type' | 'data' | 'at'>;

/** As `db/queries/conflicts.ts` writes them. */
interface ToldConflicts {
  count: number;
  first: ({ booking: Stay } & ({ kind: 'same_time' } | { kind: 'short_way'; minutes_between: number }))[];
}

/** As `db/queries/member-events.ts` writes it, for what somebody else shares. */
interface ToldGroup {
  name: string;
  owner: string;
}

type Stay = Pick<Booking, 'starts_at' | 'ends_at' | 'studio' | 'location'>;

export function tellOf({ type, data, at }: TellableEvent): Told {
  if (!isBooking(data.booking)) return withoutRental(type, data);
  const { booking } = data;
  const isReminder = type === reminderEventType;
  const was = wasOf({ type, data, at });
  const [headline, aspect] = headlineOf(type, was, booking, at);
  const inTheWay = conflictLines(booking, data.conflicts as ToldConflicts | undefined);
  return {
    headline,
    aspect,
    isReminder,
    day: dayOf(booking.starts_at),
    lines: [
      ...(isReminder
        ? reminderLines(booking, data.previous as Booking | null)
        : [...inTheWay, ...linesOf(was, booking)]),
      ...groupLines(data.group as ToldGroup | undefined),
    ],
    conflict: inTheWay[0] ?? null,
    bookingId: booking.id,
    page: null,
    needsYou: false,
    startsAt: [was.starts_at, booking.starts_at].sort()[0]!,
    endsAt: [was.ends_at, booking.ends_at].sort()[1]!,
  };
}

/** The rental as it was before. */
export function wasOf({ type, data }: TellableEvent): Booking {
  return {
    ...(data.booking as Booking),
    ...(type === 'booking.added' ? {} : (data.before as Partial<Booking> | null)),
  };
}

/** What somebody has to do is not to be lost among what they may want to know. */
export function needsYouFirst<So extends Told>(told: So[]): So[] {
  return told.toSorted((one, other) => Number(other.needsYou) - Number(one.needsYou));
}

function withoutRental(type: string, data: Record<string, unknown>): Told {
  return {
    ...headOf(type, data),
    needsYou: needing.has(type),
    aspect: null,
    isReminder: false,
    day: null,
    lines: [textOf(data.message)],
    conflict: null,
    bookingId: null,
    startsAt: null,
    endsAt: null,
  };
}

const needing = new Set<string>(['sync.paused', 'calendar.needs_you', failingEventType]);

function headOf(type: string, data: Record<string, unknown>): Pick<Told, 'headline' | 'page'> {
  if (type === testEventType) return { headline: 'This is a test', page: '/settings/notifications' };
  if (type === 'sync.paused')
    return {
      headline: data.by ? 'Syncing was paused for you' : 'Syncing is paused and needs you',
      page: '/dashboard',
    };
  if (type === failingEventType) return { headline: 'Your syncs have been failing for days', page: '/dashboard' };
  if (type === 'sync.resumed') return { headline: 'Syncing works again', page: '/dashboard' };
  if (type !== 'calendar.needs_you') return { headline: 'News about syncing', page: '/dashboard' };
  const { name } = (data.calendar ?? {}) as { name?: unknown };
  return { headline: `Calendar ${textOf(name)} needs you`.replace(/ +/g, ' '), page: '/calendar' };
}

function linesOf(was: Booking, is: Booking): string[] {
  const when = (one: Booking) => `${dayOf(one.starts_at)}, ${spanWords(one)}`;
  return [
    isMoved(was, is) ? `${when(is)} (before: ${when(was)})` : when(is),
    arrow(place(was), place(is)),
    `Status: ${arrow(plainText(was.status), plainText(is.status))}`,
    ...(is.price_cents === null && was.price_cents === null ? [] : [`Price: ${arrow(price(was), price(is))}`]),
    `Rental: ${arrow(plainText(was.name), plainText(is.name))}`,
  ].filter((line) => line !== '');
}

function conflictLines(booking: Booking, conflicts: ToldConflicts | undefined): string[] {
  if (!conflicts) return [];
  const lines = conflicts.first.map((one) => {
    const { booking: other } = one;
    if (one.kind === 'same_time')
      return `At the same time as: ${[spanWords(other), place(other)].filter(Boolean).join(', ')}`;
    return shortWayText(...inOrder(booking, other), one.minutes_between);
  });
  const more = conflicts.count - lines.length;
  return more > 0 ? [...lines, `And ${more} more in the way`] : lines;
}

const inOrder = (one: Stay, other: Stay): [from: string, to: string] =>
  one.starts_at < other.starts_at ? [one.location, other.location] : [other.location, one.location];

const groupLines = (group: ToldGroup | undefined) =>
  group ? [`From ${plainText(group.owner)}, group ${plainText(group.name)}`] : [];

/** With when to leave, where there is a way to go from the rental before. */
function reminderLines(booking: Booking, previous: Booking | null): string[] {
  const stay = ({ starts_at: startsAt, ends_at: endsAt, location }: Booking) => ({ startsAt, endsAt, location });
  const trip = previous && tripBetween(stay(previous), stay(booking));
  const leave = trip && `Leave ${plainText(previous.location)} by ${clock(trip.leaveBy.toISOString())}.`;
  const late = trip && trip.lateBy > 0 && `The rental there ends ${trip.lateBy} minutes too late for that.`;
  return [`${clock(booking.starts_at)} to ${clock(booking.ends_at)}`, place(booking), leave, late].filter(
    (line): line is string => Boolean(line),
  );
}

const place = ({ studio, location }: Stay) => [studio, location].map(plainText).filter(Boolean).join(', ');

const textOf = (value: unknown) => (typeof value === 'string' ? plainText(value) : '');

export const isBooking = (value: unknown): value is Booking =>
  typeof value === 'object' && value !== null && 'starts_at' in value;
