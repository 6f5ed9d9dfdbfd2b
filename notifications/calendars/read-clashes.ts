/** Reads what a person has at the times of their upcoming rentals. Only what overlaps one is kept. */
import type { PushTarget } from '#db/queries/calendar-connections.ts';
import * as queries from '#db/queries/calendar-clashes.ts';
import { busyTimes } from './busy-times.ts';
import type { Busy, Person } from './busy-events.ts';
import type { DavSession } from './dav-session.ts';
import { openDavAccount } from './open-calendar.ts';
import type { PushDeps } from './push-slice.ts';

type Rental = Busy & { id: string };
type Window = Busy & { rentals: Rental[] };

const hourMs = 3_600_000;

/** Rentals that follow each other this closely are asked about together. */
const closeMs = 12 * hourMs;
const longestWindowMs = 48 * hourMs;

/** Each is a request to each calendar. */
const mostWindows = 30;
const mostRentals = 200;
const mostForRental = 5;

const limits = { timeoutMs: 15_000, maxBytes: 1_000_000 };

/** It ends itself: what is left then is read the next time. */
const longestMs = 60_000;

/** Throws `CalendarError`, after what was read until then is stored. */
export async function readClashes(deps: PushDeps, target: PushTarget, signal: AbortSignal): Promise<void> {
  const em = deps.orm.em.fork();
  const rentals = await queries.listWatchedRentals(em, target.userId, mostRentals);
  const { email, timeZone } = await queries.readOwner(em, target.userId);
  const addresses = new Set([email, target.username].map((one) => one.toLowerCase()));
  const windows = windowsOf(rentals.filter(({ startsAt, endsAt }) => endsAt > startsAt)).slice(0, mostWindows);
  const ends = Date.now() + longestMs;
  const session = openDavAccount({ ...deps, limits: { ...limits, ...deps.limits } }, target, signal);
  try {
    const calendars = new Set(target.busyCalendars.map(({ url }) => url));
    for (const window of windows) {
      if (signal.aborted || Date.now() >= ends) return;
      const busy = await readWindow(session, calendars, window, { timeZone, addresses });
      const ids = window.rentals.map(({ id }) => id);
      await queries.storeClashes(em, target.id, ids, clashesOf(window.rentals, busy));
    }
  } finally {
    session.close();
  }
  const ids = windows.flatMap((window) => window.rentals.map(({ id }) => id));
  await queries.noteBusyRead(em, target.id, ids);
}

/** A calendar that no longer exists is not asked again. */
async function readWindow(
  session: DavSession,
  calendars: Set<string>,
  window: Window,
  person: Person,
): Promise<Busy[]> {
  const all: Busy[] = [];
  for (const url of calendars) {
    const busy = await busyTimes(session, url, window, person);
    if (busy) all.push(...busy);
    else calendars.delete(url);
  }
  return all;
}

/** By start, as they come. */
function windowsOf(rentals: Rental[]): Window[] {
  const windows: Window[] = [];
  for (const rental of rentals) {
    const last = windows.at(-1);
    const ends = Math.max(rental.endsAt.getTime(), last?.endsAt.getTime() ?? 0);
    const isClose =
      last &&
      rental.startsAt.getTime() - last.endsAt.getTime() < closeMs &&
      ends - last.startsAt.getTime() < longestWindowMs;
    if (!isClose) windows.push({ startsAt: rental.startsAt, endsAt: rental.endsAt, rentals: [rental] });
    else {
      last.rentals.push(rental);
      last.endsAt = new Date(ends);
    }
  }
  return windows;
}

/** Times that overlap or touch become one, so that nothing shows what they were. */
function merged(busy: Busy[]): Busy[] {
  const all: Busy[] = [];
  for (const { startsAt, endsAt } of busy.toSorted((one, other) => one.startsAt.getTime() - other.startsAt.getTime())) {
    const last = all.at(-1);
    if (!last || startsAt > last.endsAt) all.push({ startsAt, endsAt });
    else if (endsAt > last.endsAt) last.endsAt = endsAt;
  }
  return all;
}

/** Two that touch are not at the same time, as with rentals. */
function clashesOf(rentals: Rental[], busy: Busy[]): queries.Clash[] {
  return rentals.flatMap((rental) => {
    const then = busy.filter(({ startsAt, endsAt }) => startsAt < rental.endsAt && endsAt > rental.startsAt);
    return merged(then)
      .slice(0, mostForRental)
      .map((one) => ({ bookingId: rental.id, ...one }));
  });
}
