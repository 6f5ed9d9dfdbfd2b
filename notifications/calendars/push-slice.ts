/** One turn of bringing a connected calendar in line with the bookings: short, so that everybody gets one. */
import type { MikroORM } from '@mikro-orm/postgresql';
import { deleteConnection, notePushed, noteUpToDate, type PushTarget } from '#db/queries/calendar-connections.ts';
import { forgetEvent, listWritten, noteWritten, readPushWork, type PushWork } from '#db/queries/calendar-events.ts';
import { secretContext, type Secrets } from '#db/secrets.ts';
import type { PushedSlice } from '#domain/activities.ts';
import type { OutboundAllow, OutboundLimits } from '#platform/outbound.ts';
import { openDavSession, type DavSession } from './dav-session.ts';
import { createCalendarObjects, type CalendarObjects } from './objects.ts';
import { named, removeEvent, writeEvent } from './write-event.ts';

export interface PushDeps {
  orm: MikroORM;
  secrets: Secrets;
  allow: OutboundAllow;
  limits?: Partial<OutboundLimits>;
  /** A turn ends with the first of these. */
  turn?: { events: number; ms: number };
}

const usualTurn = { events: 200, ms: 20_000 };

/** Throws `CalendarError` where the calendar cannot be written, after what was written until then is noted. */
export async function pushSlice(deps: PushDeps, target: PushTarget, signal: AbortSignal): Promise<PushedSlice> {
  const { turn = usualTurn } = deps;
  const session = openTarget(deps, target, signal);
  const ends = Date.now() + turn.ms;
  const isOver = () => signal.aborted || Date.now() >= ends;
  try {
    const objects = createCalendarObjects(session, target.calendarUrl);
    if (target.removingAt) return await removeSome(deps, target, objects, isOver);
    return await writeSome(deps, target, objects, isOver);
  } finally {
    session.close();
  }
}

export function openTarget({ secrets, allow, limits }: PushDeps, target: PushTarget, signal: AbortSignal): DavSession {
  const password = secrets.open(target.passwordSealed, secretContext.calendarPassword(target.id));
  const login = { url: target.serverUrl, username: target.username, password };
  return openDavSession(login, { allow, signal, ...(limits && { limits }) });
}

async function writeSome(deps: PushDeps, target: PushTarget, objects: CalendarObjects, isOver: () => boolean) {
  const { turn = usualTurn } = deps;
  const em = deps.orm.em.fork();
  const works = await readPushWork(em, target.id, new Date(), turn.events);
  let done = 0;
  try {
    for (const work of works) {
      if (isOver()) break;
      if (!(await writeOne(deps, target, objects, work))) return { done, next: 'nothing' as const };
      done += 1;
    }
  } finally {
    if (done > 0) await notePushed(em, target);
  }
  if (done < works.length || works.length === turn.events) return { done, next: 'more' as const };
  await noteUpToDate(em, target);
  return { done, next: 'nothing' as const, ...(target.busyCalendars.length > 0 && { reads: true }) };
}

/** False where the connection is gone. */
async function writeOne(
  { orm }: PushDeps,
  { id }: PushTarget,
  objects: CalendarObjects,
  work: PushWork,
): Promise<boolean> {
  const em = orm.em.fork();
  if (work.action === 'remove') {
    if (work.written) await removeEvent(objects, work.written);
    await forgetEvent(em, id, work.id);
    return true;
  }
  const { id: bookingId, contentHash, sequence } = work;
  if (!work.written) {
    const intended = {
      ...named(bookingId),
      bookingId,
      sequence,
      contentHash: '',
      etag: null,
      state: 'intended',
    } as const;
    if (!(await noteWritten(em, id, intended))) return false;
  }
  const outcome = await writeEvent(objects, work, id.slice(0, 8));
  return noteWritten(em, id, { bookingId, contentHash, sequence, ...outcome });
}

async function removeSome(deps: PushDeps, { id }: PushTarget, objects: CalendarObjects, isOver: () => boolean) {
  const { turn = usualTurn } = deps;
  const em = deps.orm.em.fork();
  const events = await listWritten(em, id, turn.events);
  let done = 0;
  for (const event of events) {
    if (isOver()) break;
    await removeEvent(objects, event);
    await forgetEvent(em, id, event.bookingId);
    done += 1;
  }
  if (done < events.length || events.length === turn.events) return { done, next: 'more' as const };
  await deleteConnection(em, id);
  return { done, next: 'nothing' as const };
}
