/** One turn of bringing a connected calendar in line with the bookings: short, so that everybody gets one. */
import type { MikroORM } from '@mikro-orm/postgresql';
import { deleteConnection, notePushed, noteUpToDate, type PushTarget } from '#db/queries/calendar-connections.ts';
import {
  forgetEvent,
  listWritten,
  noteFailing,
  noteWritten,
  readPushWork,
  refusesAll,
  retryRefused,
  type PushWork,
} from '#db/queries/calendar-events.ts';
import type { PushedSlice } from '#domain/activities.ts';
import type { ConnectedCalendar } from './connected-calendar.ts';
import { CalendarError, mayBeTheEvents } from './errors.ts';
import { titleOf } from './vevent.ts';
import { openCalendar, type OpenDeps } from './open-calendar.ts';

export interface PushDeps extends OpenDeps {
  orm: MikroORM;
  /** A turn ends with the first of these. */
  turn?: { events: number; ms: number };
}

const usualTurn = { events: 200, ms: 20_000 };

/** What is under way when a turn is over may take this much longer altogether; Temporal would cut it off after two minutes, in silence. */
const mostTurns = 3;

/** Throws `CalendarError` where the calendar cannot be written, after noting what was written until then. */
export async function pushSlice(deps: PushDeps, target: PushTarget, signal: AbortSignal): Promise<PushedSlice> {
  const { turn = usualTurn } = deps;
  const ends = Date.now() + turn.ms;
  const isOver = () => signal.aborted || Date.now() >= ends;
  const tooLong = AbortSignal.timeout(turn.ms * mostTurns);
  const calendar = await openCalendar(deps, target, AbortSignal.any([signal, tooLong]));
  try {
    if (target.removingAt) return await leave(deps, target, calendar, isOver);
    return await writeSome(deps, target, calendar, isOver);
  } catch (error) {
    if (tooLong.aborted && !signal.aborted && !(error instanceof CalendarError))
      throw new CalendarError('server_unavailable', { cause: error });
    throw error;
  } finally {
    calendar.close();
  }
}

async function writeSome(deps: PushDeps, target: PushTarget, calendar: ConnectedCalendar, isOver: () => boolean) {
  const { turn = usualTurn } = deps;
  const em = deps.orm.em.fork();
  const works = await readPushWork(em, target.id, new Date(), turn.events);
  // A trouble has not passed because there was nothing to write.
  if (target.error !== null || (works.length > 0 && calendar.takesAfterDeath)) await calendar.check();
  const became: Record<Became, number> = { written: 0, refused: 0, gone: 0 };
  const done = () => became.written + became.refused;
  const failed: Failed<PushWork>[] = [];
  try {
    await eachOf(works, { atOnce: calendar.atOnce, failed, isItsOwn: ({ failsAlone }) => failsAlone }, async (work) => {
      if (became.gone > 0 || isOver()) return false;
      const one = await writeOne(deps, target, calendar, work);
      became[one] += 1;
      return one !== 'gone';
    });
  } catch (error) {
    // Others come first when the server is back: if these are why it failed, they do not keep the rest from it.
    await leaveForLater(deps, target, failed, false);
    throw error;
  } finally {
    if (became.written > 0) await notePushed(em, target);
  }
  if (became.gone > 0) return { done: done(), next: 'nothing' as const };
  if (failed.length > 0) {
    await calendar.check();
    await leaveForLater(deps, target, failed, true);
  }
  const isAll = done() + failed.length === works.length && works.length < turn.events;
  if (!isAll) return { done: done(), next: 'more' as const };
  // A wall in front of a server refuses everything, and says it of each event.
  if (became.refused > 0 && became.written === 0 && (await refusesAll(em, target.id))) {
    // So it is not the events: the next try is about them all.
    await retryRefused(em, target.id);
    throw new CalendarError('not_allowed', { status: 403 });
  }
  const againInMs = await noteUpToDate(em, target);
  return {
    done: done(),
    next: 'nothing' as const,
    ...(againInMs !== null ? { againInMs } : target.busyCalendars.length > 0 && { reads: true }),
  };
}

type Became = 'written' | 'refused' | 'gone';

/** `gone`: the connection is. */
async function writeOne(
  { orm }: PushDeps,
  { id }: PushTarget,
  calendar: ConnectedCalendar,
  work: PushWork,
): Promise<Became> {
  const em = orm.em.fork();
  if (work.action === 'remove') {
    if (work.written) await calendar.remove(work.written);
    await forgetEvent(em, id, work.id);
    return 'written';
  }
  const { id: bookingId, contentHash, sequence } = work;
  if (!work.written) {
    const intended = {
      ...calendar.placeOf(bookingId),
      bookingId,
      sequence,
      contentHash: '',
      etag: null,
      state: 'intended',
    } as const;
    if (!(await noteWritten(em, id, intended))) return 'gone';
  }
  const outcome = await calendar.write(work);
  const title = outcome.state === 'written' ? titleOf(work) : null;
  if (!(await noteWritten(em, id, { bookingId, contentHash, sequence, title, ...outcome }))) return 'gone';
  return outcome.state === 'refused' ? 'refused' : 'written';
}

/** Each is tried again by itself. One that was only to be removed is forgotten where it is given up. */
async function leaveForLater(
  { orm }: PushDeps,
  { id }: PushTarget,
  failed: Failed<PushWork>[],
  mayGiveUp: boolean,
): Promise<void> {
  const em = orm.em.fork();
  for (const { item, error } of failed) {
    const became = await noteFailing(em, id, { ...item, answerStatus: error.status ?? null }, mayGiveUp);
    if (became === 'given_up' && item.action === 'remove') await forgetEvent(em, id, item.id);
  }
}

async function leave(deps: PushDeps, target: PushTarget, calendar: ConnectedCalendar, isOver: () => boolean) {
  const isOut = target.keepsEvents || (await calendar.dismiss?.()) === true;
  const { done, isAll } = isOut ? { done: 0, isAll: true } : await removeSome(deps, target, calendar, isOver);
  if (!isAll) return { done, next: 'more' as const };
  await calendar.giveBack?.();
  await deleteConnection(deps.orm.em.fork(), target.id);
  return { done, next: 'nothing' as const };
}

async function removeSome(
  { orm, turn = usualTurn }: PushDeps,
  { id }: PushTarget,
  calendar: ConnectedCalendar,
  isOver: () => boolean,
) {
  const events = await listWritten(orm.em.fork(), id, turn.events);
  if (events.length > 0 && calendar.takesAfterDeath) await calendar.check();
  let done = 0;
  const failed: Failed<(typeof events)[number]>[] = [];
  await eachOf(events, { atOnce: calendar.atOnce, failed }, async (event) => {
    if (isOver()) return false;
    await calendar.remove(event);
    await forgetEvent(orm.em.fork(), id, event.bookingId);
    done += 1;
    return true;
  });
  if (failed.length > 0 && (done === 0 || done + failed.length === events.length)) throw failed[0]!.error;
  return { done, isAll: done === events.length && events.length < turn.events };
}

interface Failed<Item> {
  item: Item;
  error: CalendarError;
}

/** So many in a row from the start are no longer the fault of each. */
const mostFailed = 3;

interface Way<Item> {
  /** So many at the same time. */
  atOnce: number;
  /** Those that failed, also where it throws in the end. */
  failed: Failed<Item>[];
  /** It is known to fail while others do not. */
  isItsOwn?: (item: Item) => boolean;
}

/**
 * In order, until one says that it is over or fails. What is under way then is waited for. Some may fail alone.
 */
async function eachOf<Item>(
  items: Item[],
  { atOnce, failed, isItsOwn = () => false }: Way<Item>,
  work: (item: Item) => Promise<boolean>,
): Promise<void> {
  const rest = items.values();
  let goesOn = true;
  let done = 0;
  async function one(item: Item): Promise<boolean> {
    try {
      const isDone = await work(item);
      done += Number(isDone);
      return isDone;
    } catch (error) {
      if (!mayBeTheEvents(error)) throw error;
      failed.push({ item, error });
      if (failed.filter((other) => !isItsOwn(other.item)).length >= mostFailed + done) throw error;
      return true;
    }
  }
  async function lane(): Promise<void> {
    try {
      for (const item of rest) if (!goesOn || !(await one(item))) break;
    } finally {
      goesOn = false;
    }
  }
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(atOnce, items.length) }, lane));
  const broken = lanes.find((lane) => lane.status === 'rejected');
  if (broken) throw broken.reason;
}
