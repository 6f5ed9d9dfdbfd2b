/** One turn of bringing a connected calendar in line with the bookings: short, so that everybody gets one. */
import type { MikroORM } from '@mikro-orm/postgresql';
import { deleteConnection, notePushed, noteUpToDate, type PushTarget } from '#db/queries/calendar-connections.ts';
import { forgetEvent, listWritten, noteWritten, readPushWork, type PushWork } from '#db/queries/calendar-events.ts';
import type { PushedSlice } from '#domain/activities.ts';
import type { ConnectedCalendar } from './connected-calendar.ts';
import { openCalendar, type OpenDeps } from './open-calendar.ts';

export interface PushDeps extends OpenDeps {
  orm: MikroORM;
  /** A turn ends with the first of these. */
  turn?: { events: number; ms: number };
}

const usualTurn = { events: 200, ms: 20_000 };

/** Throws `CalendarError` where the calendar cannot be written, after noting what was written until then. */
export async function pushSlice(deps: PushDeps, target: PushTarget, signal: AbortSignal): Promise<PushedSlice> {
  const { turn = usualTurn } = deps;
  const ends = Date.now() + turn.ms;
  const isOver = () => signal.aborted || Date.now() >= ends;
  const calendar = await openCalendar(deps, target, signal);
  try {
    if (target.removingAt) return await leave(deps, target, calendar, isOver);
    return await writeSome(deps, target, calendar, isOver);
  } finally {
    calendar.close();
  }
}

async function writeSome(deps: PushDeps, target: PushTarget, calendar: ConnectedCalendar, isOver: () => boolean) {
  const { turn = usualTurn } = deps;
  const em = deps.orm.em.fork();
  const works = await readPushWork(em, target.id, new Date(), turn.events);
  let done = 0;
  let isGone = false;
  try {
    await eachOf(works, calendar.atOnce, async (work) => {
      if (isGone || isOver()) return false;
      isGone = !(await writeOne(deps, target, calendar, work));
      if (!isGone) done += 1;
      return !isGone;
    });
  } finally {
    if (done > 0) await notePushed(em, target);
  }
  if (isGone) return { done, next: 'nothing' as const };
  if (done < works.length || works.length === turn.events) return { done, next: 'more' as const };
  await noteUpToDate(em, target);
  return { done, next: 'nothing' as const, ...(target.busyCalendars.length > 0 && { reads: true }) };
}

/** False where the connection is gone. */
async function writeOne(
  { orm }: PushDeps,
  { id }: PushTarget,
  calendar: ConnectedCalendar,
  work: PushWork,
): Promise<boolean> {
  const em = orm.em.fork();
  if (work.action === 'remove') {
    if (work.written) await calendar.remove(work.written);
    await forgetEvent(em, id, work.id);
    return true;
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
    if (!(await noteWritten(em, id, intended))) return false;
  }
  const outcome = await calendar.write(work);
  return noteWritten(em, id, { bookingId, contentHash, sequence, ...outcome });
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
  let done = 0;
  await eachOf(events, calendar.atOnce, async (event) => {
    if (isOver()) return false;
    await calendar.remove(event);
    await forgetEvent(orm.em.fork(), id, event.bookingId);
    done += 1;
    return true;
  });
  return { done, isAll: done === events.length && events.length < turn.events };
}

/** In order, this many at the same time, until one says that it is over or fails. What is under way then is waited for. */
async function eachOf<Item>(items: Item[], atOnce: number, work: (item: Item) => Promise<boolean>): Promise<void> {
  const rest = items.values();
  let goesOn = true;
  async function lane(): Promise<void> {
    try {
      for (const item of rest) if (!goesOn || !(await work(item))) break;
    } finally {
      goesOn = false;
    }
  }
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(atOnce, items.length) }, lane));
  const failed = lanes.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
}
