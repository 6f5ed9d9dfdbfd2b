/** Call sheets: how long their links work, and how a rental stands for the person who reads one. */
import { isGone, isHeldStatus, rentalMeaning } from './rental-status.ts';
import { rewind, type KnownRental, type StoredChange } from './time-machine.ts';

export const answers = ['yes', 'maybe', 'no'] as const;
export type Answer = (typeof answers)[number];

const dayMs = 86_400_000;

/** How long a link keeps working after the last rental. */
export const lingerDays = 7;
const lingerMs = lingerDays * dayMs;
export const longestLinkDays = 365;

/** When a link ends by itself: a week after the last rental, but no sooner than a week from now and no later than a year. */
export function sheetExpiry(lastEnd: Date | null, now: Date): Date {
  const wanted = Math.max(lastEnd?.getTime() ?? 0, now.getTime()) + lingerMs;
  return new Date(Math.min(wanted, now.getTime() + longestLinkDays * dayMs));
}

export type SheetState = 'open' | 'expired' | 'revoked';

export function sheetState(
  { revokedAt, expiresAt }: { revokedAt: Date | null; expiresAt: Date },
  now: Date,
): SheetState {
  if (revokedAt) return 'revoked';
  return expiresAt <= now ? 'expired' : 'open';
}

/** `unconfirmed`: asked for, and the studio has not said yes. `gone`: no longer listed by the studio. */
export const fates = ['stands', 'unconfirmed', 'canceled', 'gone'] as const;
export type Fate = (typeof fates)[number];

export function fateOf(rental: { status: string; startsAt: Date; removedAt: Date | null }): Fate {
  const { status } = rental;
  if (isGone(rental)) return 'gone';
  if (!isHeldStatus(status)) return 'canceled';
  return rentalMeaning(status) === 'tentative' ? 'unconfirmed' : 'stands';
}

export interface Slot {
  startsAt: Date;
  endsAt: Date;
  studio: string;
  location: string;
}

/** A stored change with its time. */
export type TimedChange = StoredChange & { at: Date };

/** Where and when the rental was at that moment, if it is no longer there; `changes` newest first. */
export function slotBefore(
  rental: Omit<KnownRental, 'lastRemovedAt'>,
  changes: TimedChange[],
  since: Date,
): Slot | null {
  const after = changes.filter(({ bookingId, at }) => bookingId === rental.id && at > since);
  const [known] = rewind([{ ...rental, lastRemovedAt: null }], after);
  const was = slotOf(known!);
  return isSame(was, slotOf(rental)) ? null : was;
}

/** Another time or another house: people who could come before have to look again. A room next door changes nothing. */
export function asksAgain(was: Slot | null, is: Slot): boolean {
  return was !== null && !isSame({ ...was, studio: is.studio }, is);
}

function slotOf({ startsAt, endsAt, studio, location }: Slot): Slot {
  return { startsAt, endsAt, studio, location };
}

function isSame(one: Slot, other: Slot): boolean {
  const isSameTime = +one.startsAt === +other.startsAt && +one.endsAt === +other.endsAt;
  return isSameTime && one.studio === other.studio && one.location === other.location;
}
