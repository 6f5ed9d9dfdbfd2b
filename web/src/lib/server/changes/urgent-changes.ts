/** What became of rentals that the user counts on in the next days. */
import { isHeldRental, isHeldStatus, rentalMeaning } from '#domain/rental-status.ts';
import type { SlotView, UrgentChangeView } from '#domain/shapes/bookings.ts';
import * as queries from '#db/queries/urgent-changes.ts';
import type { UrgentChangeRow } from '#db/queries/urgent-changes.ts';
import type { Services } from '../services.ts';

const aheadMs = 7 * 86_400_000;

/** The nearest first. */
export async function listUrgentChanges({ orm }: Services, userId: string) {
  const from = new Date();
  const span = { from, to: new Date(from.getTime() + aheadMs) };
  return urgentChangesOf(await queries.listUrgentChanges(orm.em.fork(), userId, span));
}

export async function acknowledgeChanges({ orm }: Services, userId: string, ids: string[]): Promise<void> {
  await queries.acknowledgeChanges(orm.em.fork(), userId, ids);
}

/** `rows`: what is unknown to the user, in the order in which it was found. */
export function urgentChangesOf(rows: UrgentChangeRow[]) {
  const found = [...Map.groupBy(rows, ({ bookingId }) => bookingId).values()].map(urgentChangeOf);
  return found.filter((one) => one !== null).toSorted((a, b) => a.was.startsAt.localeCompare(b.was.startsAt));
}

/** Null where the rental is as the user knows it, also again. */
function urgentChangeOf(changes: UrgentChangeRow[]): UrgentChangeView | null {
  const { bookingId, status } = changes[0]!;
  const [is, was] = [slotNow(changes[0]!), slotBefore(changes)];
  const held = isHeldRental(changes[0]!);
  const changeIds = changes.map(({ id }) => id);
  if (held && wasLost(changes)) return { bookingId, fate: 'back', was: is, is, changeIds };
  const isNews = held ? isElsewhere(was, is) : changes.some(takesAway);
  return isNews ? { bookingId, fate: fateOf(held, status), was, is, changeIds } : null;
}

/** As far as the user knows: before the first of the changes. */
function wasLost(changes: UrgentChangeRow[]): boolean {
  const first = (...kinds: UrgentChangeRow['kind'][]) => changes.find(({ kind }) => kinds.includes(kind));
  const said = first('status')?.before?.status;
  return first('removed', 'restored')?.kind === 'restored' || (typeof said === 'string' && !isHeldStatus(said));
}

function fateOf(held: boolean, status: string): UrgentChangeView['fate'] {
  if (held) return 'moved';
  const meaning = rentalMeaning(status);
  return meaning === 'canceled' || meaning === 'declined' ? meaning : 'gone';
}

/** A canceled rental that leaves the list as well is no news. */
function takesAway({ kind, before, after }: UrgentChangeRow): boolean {
  if (!isHeldStatus(String(before?.status ?? ''))) return false;
  return kind === 'removed' || (kind === 'status' && !isHeldStatus(String(after?.status ?? '')));
}

const slotNow = ({ startsAt, endsAt, studio, location }: UrgentChangeRow): SlotView => ({
  startsAt: startsAt.toISOString(),
  endsAt: endsAt.toISOString(),
  studio,
  location,
});

/** Where and when it was before the first of the changes. */
function slotBefore(changes: UrgentChangeRow[]): SlotView {
  const now = slotNow(changes[0]!);
  const first = (name: string, current: string) =>
    changes.map(({ before }) => before?.[name]).find((value) => typeof value === 'string') ?? current;
  return {
    startsAt: first('starts_at', now.startsAt),
    endsAt: first('ends_at', now.endsAt),
    studio: first('studio', now.studio),
    location: first('location', now.location),
  };
}

function isElsewhere(one: SlotView, other: SlotView): boolean {
  return (Object.keys(one) as (keyof SlotView)[]).some((name) => one[name] !== other[name]);
}
