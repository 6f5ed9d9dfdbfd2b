/** Brings one event of a calendar in line with its booking, whatever became of it there in the meantime. */
import type { PushWork, WrittenEvent } from '#db/queries/calendar-events.ts';
import { isHeldStatus } from '#domain/rental-status.ts';
import { holdsEvent, mergeEvent, newEvent } from './event-object.ts';
import type { CalendarObjects } from './objects.ts';

type Placed = Pick<WrittenEvent, 'href' | 'name'>;
export type Outcome = Placed & Pick<WrittenEvent, 'etag' | 'state'>;

/** Each try reads anew what another program changed meanwhile. */
const mostTries = 4;

/** @param suffix for another UID, where the booking's own is taken in another calendar of the account or in its trash. */
export async function writeEvent(objects: CalendarObjects, work: PushWork, suffix: string): Promise<Outcome> {
  const { written } = work;
  if (!written || written.state === 'intended' || written.state === 'deleted') return place(objects, work, suffix);
  const outcome = await rewrite(objects, work, written);
  if (outcome !== 'gone') return outcome;
  // The person deleted it. What changed since is worth telling once more; anything else is theirs to decide.
  const isNews = written.sequence !== work.sequence && !work.removedAt && isHeldStatus(work.status);
  return isNews ? place(objects, work, suffix) : { ...named(written.name, written.href), etag: null, state: 'deleted' };
}

/** Where an event of that name goes. */
export const named = (name: string, href = `${name}.ics`): Placed => ({ name, href });

async function place(objects: CalendarObjects, work: PushWork, suffix: string): Promise<Outcome> {
  for (const name of [work.id, `${work.id}-${suffix}`]) {
    const outcome = await placeAs(objects, work, named(name));
    if (outcome !== 'taken') return outcome;
  }
  return { ...named(work.id), etag: null, state: 'refused' };
}

async function placeAs(objects: CalendarObjects, work: PushWork, at: Placed): Promise<Outcome | 'taken'> {
  const created = await objects.create(at.href, newEvent(work, at.name));
  if (created === 'refused') return { ...at, etag: null, state: 'refused' };
  if (typeof created !== 'string') return { ...at, ...created, state: 'written' };
  // Written by an attempt that was cut off, or by an earlier connection.
  const href = created === 'exists' ? at.href : await objects.find(at.name);
  if (href === null) return 'taken';
  const outcome = await rewrite(objects, work, named(at.name, href));
  return outcome === 'gone' ? 'taken' : outcome;
}

async function rewrite(objects: CalendarObjects, work: PushWork, at: Placed): Promise<Outcome | 'gone'> {
  const { href, name } = at;
  for (let tries = 0; tries < mostTries; tries += 1) {
    const current = await objects.read(href);
    if (!current) return 'gone';
    const body = mergeEvent(current.body, work, name);
    if (body === null) return { href, name, etag: null, state: 'refused' };
    if (body === current.body) return { href, name, etag: current.etag, state: 'written' };
    const replaced = await objects.replace(href, body, current.etag);
    if (replaced === 'refused') return { href, name, etag: null, state: 'refused' };
    if (replaced !== 'changed') return { href, name, ...replaced, state: 'written' };
  }
  return { href, name, etag: null, state: 'refused' };
}

/** What is no longer ours, or not there, is left. */
export async function removeEvent(
  objects: CalendarObjects,
  { href, name, etag }: Pick<WrittenEvent, 'href' | 'name' | 'etag'>,
): Promise<void> {
  if (etag !== null && (await objects.remove(href, etag)) === 'removed') return;
  for (let tries = 0; tries < mostTries; tries += 1) {
    const current = await objects.read(href);
    if (!current || !holdsEvent(current.body, name)) return;
    if ((await objects.remove(href, current.etag)) === 'removed') return;
  }
}
