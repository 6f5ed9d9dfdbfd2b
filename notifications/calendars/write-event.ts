/** Brings one event of a calendar in line with its booking, whatever happened to it there in the meantime. */
import type { PushWork, WrittenEvent } from '#db/queries/calendar-events.ts';
import { isHeldRental } from '#domain/rental-status.ts';
import { CalendarError } from './errors.ts';
import type { ConnectedCalendar, EventStore, Outcome, Placed, Refused } from './connected-calendar.ts';

/** @param suffix for another UID, where the booking's own is taken in another calendar of the account or in its trash. */
export function writerOf<Body>(
  store: EventStore<Body>,
  suffix: string,
): Pick<ConnectedCalendar, 'placeOf' | 'write' | 'remove'> {
  return {
    placeOf: (bookingId) => named(store, bookingId),
    write: (work) => writeEvent(store, work, suffix),
    remove: (event) => removeEvent(store, event),
  };
}

/** Each try rereads what another program changed meanwhile. */
const mostTries = 4;

async function writeEvent<Body>(store: EventStore<Body>, work: PushWork, suffix: string): Promise<Outcome> {
  const { written } = work;
  if (!written || written.state === 'intended' || written.state === 'deleted') return place(store, work, suffix);
  const outcome = await rewrite(store, work, written);
  if (outcome !== 'gone') return outcome;
  const isHeld = isHeldRental(work);
  // It may never have been made.
  if (written.state === 'refused' && isHeld) return place(store, work, suffix);
  // The person deleted it. What has changed since is worth telling once more; anything else is theirs to decide.
  const isNews = written.sequence !== work.sequence && isHeld;
  const { name, href } = written;
  return isNews ? place(store, work, suffix) : { name, href, etag: null, state: 'deleted' };
}

function named<Body>({ shape }: EventStore<Body>, name: string): Placed {
  return { name, href: shape.hrefOf(name) };
}

async function place<Body>(store: EventStore<Body>, work: PushWork, suffix: string): Promise<Outcome> {
  for (const name of [work.id, `${work.id}-${suffix}`]) {
    const outcome = await placeAs(store, work, named(store, name));
    if (outcome !== 'taken') return outcome;
  }
  return refusedAt(named(store, work.id), { answerStatus: null, answerReason: 'its id is taken in this account' });
}

async function placeAs<Body>(store: EventStore<Body>, work: PushWork, at: Placed): Promise<Outcome | 'taken'> {
  const { objects, shape } = store;
  const created = await objects.create(at.href, shape.make(work, at.name));
  if (typeof created !== 'string')
    return 'refused' in created ? refusedAt(at, created.refused) : { ...at, ...created, state: 'written' };
  // Written by an attempt that was cut off, or by an earlier connection.
  const href = created === 'exists' ? at.href : await objects.find(at.name);
  if (href === null) return 'taken';
  const outcome = await rewrite(store, work, { name: at.name, href });
  return outcome === 'gone' ? 'taken' : outcome;
}

async function rewrite<Body>(store: EventStore<Body>, work: PushWork, at: Placed): Promise<Outcome | 'gone'> {
  const { objects, shape } = store;
  const { href, name } = at;
  for (let tries = 0; tries < mostTries; tries += 1) {
    const current = await objects.read(href);
    if (!current) return 'gone';
    const body = shape.merge(current.body, work, name, work.written?.title ?? null);
    if (body === null) return refusedAt({ href, name }, { answerStatus: null, answerReason: unreadable });
    if (body === current.body) return { href, name, etag: current.etag, state: 'written' };
    const replaced = await objects.replace(href, body, current.etag);
    if (replaced === 'changed') continue;
    if ('refused' in replaced) return refusedAt({ href, name }, replaced.refused);
    return { href, name, ...replaced, state: 'written' };
  }
  throw changesAllTheTime();
}

const unreadable = 'what is in its place there cannot be read';

function refusedAt(at: Placed, answer: Refused['refused']): Outcome {
  return { ...at, etag: null, state: 'refused', ...answer };
}

const changesAllTheTime = () => new CalendarError('server_unavailable', { status: 412 });

/** What is missing or no longer ours is left alone. */
async function removeEvent<Body>(
  { objects, shape }: EventStore<Body>,
  { href, name, etag }: Pick<WrittenEvent, 'href' | 'name' | 'etag'>,
): Promise<void> {
  if (etag !== null && (await objects.remove(href, etag)) === 'removed') return;
  for (let tries = 0; tries < mostTries; tries += 1) {
    const current = await objects.read(href);
    if (!current || !shape.holds(current.body, name)) return;
    if ((await objects.remove(href, current.etag)) === 'removed') return;
  }
  throw changesAllTheTime();
}
