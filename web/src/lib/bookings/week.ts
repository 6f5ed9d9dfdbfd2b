/** Rentals on the days of a week: from when to when on the wall clock, and side by side where they collide. */
import type { BookingView } from '#domain/shapes/bookings.ts';
import { addDays, minuteOfDay, startOfDay } from '#lib/time/days.ts';
import { dayKey } from '#lib/time/new-york.ts';
import { isCanceled } from './agenda.ts';

export interface WeekItem {
  booking: BookingView;
  /** Minutes since midnight, within this day. */
  from: number;
  to: number;
  /** Its column among those that share the time, from 0 on, and how many they are. */
  lane: number;
  lanes: number;
  /** At the same time as another rental that takes place. */
  overlaps: boolean;
}

export interface WeekDay {
  key: string;
  /** When the day begins. */
  startsAt: string;
  items: WeekItem[];
}

const wholeDay = 24 * 60;
/** What is shorter than this is drawn as long, so that its words can be read. */
const leastMinutes = 30;

/** A rental over midnight is on both days. */
export function weekDaysOf(bookings: BookingView[], keys: string[]): WeekDay[] {
  return keys.map((key) => {
    const [startsAt, endsAt] = [startOfDay(key), startOfDay(addDays(key, 1))];
    const items = bookingsWithin(bookings, startsAt, endsAt).map((booking) => itemOn(booking, key));
    items.sort((one, other) => one.from - other.from || other.to - one.to);
    return { key, startsAt, items: inLanes(items) };
  });
}

function bookingsWithin(bookings: BookingView[], from: string, to: string): BookingView[] {
  const [start, end] = [Date.parse(from), Date.parse(to)];
  return bookings.filter(({ startsAt, endsAt }) => Date.parse(startsAt) < end && Date.parse(endsAt) > start);
}

function itemOn(booking: BookingView, key: string): WeekItem {
  const from = dayKey(booking.startsAt) < key ? 0 : minuteOfDay(booking.startsAt);
  const to = dayKey(booking.endsAt) > key ? wholeDay : minuteOfDay(booking.endsAt);
  return { booking, from, to: Math.max(to, from), lane: 0, lanes: 1, overlaps: false };
}

/** Each takes the first column that is free; those that hang together share the width. */
function inLanes(items: WeekItem[]): WeekItem[] {
  const placed: WeekItem[] = [];
  let group: WeekItem[] = [];
  let groupEnd = 0;
  const close = () => {
    const lanes = Math.max(0, ...group.map(({ lane }) => lane)) + 1;
    placed.push(...group.map((item) => ({ ...item, lanes, overlaps: collides(item, group) })));
    group = [];
  };
  for (const item of items) {
    if (item.from >= groupEnd) close();
    const taken = new Set(group.filter((other) => drawnEnd(other) > item.from).map(({ lane }) => lane));
    let lane = 0;
    while (taken.has(lane)) lane += 1;
    group.push({ ...item, lane });
    groupEnd = Math.max(groupEnd, drawnEnd(item));
  }
  close();
  return placed;
}

const drawnEnd = ({ from, to }: WeekItem) => Math.max(to, from + leastMinutes);

function collides(item: WeekItem, others: WeekItem[]): boolean {
  if (isCanceled(item.booking)) return false;
  return others.some(
    (other) =>
      other.booking !== item.booking && !isCanceled(other.booking) && other.from < item.to && other.to > item.from,
  );
}

/** The hours that the week needs, at least 10 AM to 8 PM, as `[first, end)`. */
export function hoursOf(days: WeekDay[]): [number, number] {
  const items = days.flatMap((day) => day.items);
  const first = Math.min(10, ...items.map(({ from }) => Math.floor(from / 60)));
  const end = Math.max(20, ...items.map((item) => Math.ceil(drawnEnd(item) / 60)));
  return [first, Math.min(24, end)];
}

/** How far down and how high an item is drawn, in hours from the first one shown. */
export function extentOf(item: WeekItem, firstHour: number): { top: number; height: number } {
  const end = Math.min(wholeDay, drawnEnd(item));
  return { top: item.from / 60 - firstHour, height: (end - item.from) / 60 };
}
