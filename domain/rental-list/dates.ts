/**
 * In which order a list's dates are to be read. `9/6/2025` is a day in September or one in June: what the page says
 * decides where the list bears it out; otherwise the list itself, if all of it allows only one order.
 */
import type { WallClock } from '#domain/rental-times.ts';
import { inOrder, type WrittenTime } from './written-time.ts';
import type { DateOrder, Viewer } from './viewer.ts';

/** The start and the end of a row; null where the text is no date and time. */
export interface WrittenTimes {
  start: WrittenTime | null;
  end: WrittenTime | null;
}

export interface DateReading {
  order: DateOrder;
  /** Some times say which half of the day they are in, so that `7:00` alone says too little. */
  halves: boolean;
}

/** Read in the wrong order, a night becomes a month. */
const longestMs = 7 * 86_400_000;

/** Null where it cannot be told, so that no time may be read at all. `rows` are in the order of the page. */
export function dateReadingOf(rows: WrittenTimes[], viewer: Viewer): DateReading | null {
  const times = rows.flatMap(({ start, end }) => [start, end]).filter((time) => time !== null);
  const halves = times.some(({ half }) => half !== null);
  const order = orderOf(rows, times, viewer);
  return order && { order, halves };
}

/** What a time means in this reading; null where it means nothing. */
export function clockOf(time: WrittenTime, { order, halves }: DateReading, viewer: Viewer): WallClock | null {
  const unclear = halves && time.half === null && time.hour > 0 && time.hour < 13;
  return unclear ? null : inOrder(time, order, viewer);
}

function orderOf(rows: WrittenTimes[], times: WrittenTime[], viewer: Viewer): DateOrder | null {
  const { order: told } = viewer;
  const orders = [...new Set<DateOrder>([told ?? 'mdy', 'mdy', 'dmy', 'ymd'])];
  const reads = (order: DateOrder) => (time: WrittenTime) => inOrder(time, order, viewer) !== null;
  const dates = times.filter((time) => orders.some((order) => reads(order)(time)));
  if (told) {
    const proven = dates.some((time) => orders.every((order) => reads(order)(time) === (order === told)));
    if (dates.every(reads(told)) || (proven && descends(rows, told, viewer))) return told;
  }
  const fitting = orders.filter((order) => dates.every(reads(order)));
  const meanings = new Set(fitting.map((order) => JSON.stringify(dates.map((time) => inOrder(time, order, viewer)))));
  if (meanings.size === 1) return fitting[0]!;
  const ordered = fitting.filter((order) => descends(rows, order, viewer));
  return ordered.length === 1 ? ordered[0]! : null;
}

/** The newest start is first, as the portal sorts, and each rental ends as rentals do. */
function descends(rows: WrittenTimes[], order: DateOrder, viewer: Viewer): boolean {
  const at = (time: WrittenTime | null) => epoch(time && inOrder(time, order, viewer));
  const starts = rows.map(({ start }) => at(start)).filter((start) => start !== null);
  const lengths = rows.map(({ start, end }) => (at(end) ?? NaN) - (at(start) ?? NaN));
  return (
    starts.every((start, index) => index === 0 || start <= starts[index - 1]!) &&
    lengths.every((length) => Number.isNaN(length) || (length >= 0 && length <= longestMs))
  );
}

function epoch(clock: WallClock | null): number | null {
  return clock && Date.UTC(clock.year, clock.month - 1, clock.day, clock.hour, clock.minute);
}
