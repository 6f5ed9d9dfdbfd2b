/** How call sheets speak of rentals and answers. */
import type { Answer, Fate } from '#domain/call-sheets.ts';
import { placeOf } from '#domain/place.ts';
import type { SlotView } from '#domain/shapes/bookings.ts';
import type { CallSheetView } from '#domain/shapes/call-sheets.ts';
import { startOfDay } from '#lib/time/days.ts';
import { dateLabel, dayLabel, timeRange } from '#lib/time/new-york.ts';

/** Nothing is to be said of what stands. */
export const fateText: Record<Fate, string | null> = {
  stands: null,
  unconfirmed: 'Not confirmed yet',
  canceled: 'Canceled',
  gone: 'No longer listed at Gibney',
};

export const isOff = (fate: Fate): boolean => fate === 'canceled' || fate === 'gone';

export const answerText: Record<Answer, string> = { yes: 'Yes', maybe: 'Maybe', no: 'No' };

const countText: Record<Answer, (count: number) => string> = {
  yes: (count) => `${count} can come`,
  maybe: (count) => `${count} maybe`,
  no: (count) => `${count} can’t`,
};

/** `3 can come · 1 maybe`; null where nobody has answered. */
export function countsText(counts: Record<Answer, number>): string | null {
  const said = (['yes', 'maybe', 'no'] as const).filter((answer) => counts[answer] > 0);
  return said.length === 0 ? null : said.map((answer) => countText[answer](counts[answer])).join(' · ');
}

/** `Tue Nov 24, 6:00 – 8:00 PM, Studio C`; with the house where that is another one now. */
export function wasText(was: SlotView, is: SlotView): string {
  const house = was.location === is.location ? '' : placeOf(was.location).street;
  const parts = [dayLabel(was.startsAt), timeRange(was.startsAt, was.endsAt), was.studio, house];
  return parts.filter(Boolean).join(', ');
}

export function countsOf(given: { answer: Answer }[]): Record<Answer, number> {
  const counts = { yes: 0, maybe: 0, no: 0 };
  for (const { answer } of given) counts[answer] += 1;
  return counts;
}

/** What a sheet is about: `One rental`, `Spring troupe`, `Mar 1 – Mar 31, 2026`. */
export function subjectText({ from, to, groupName }: CallSheetView): string {
  if (groupName !== null) return groupName;
  if (!from || !to) return 'One rental';
  const [first, last] = [dateLabel(startOfDay(from)), dateLabel(startOfDay(to))];
  if (first === last) return first;
  return `${from.slice(0, 4) === to.slice(0, 4) ? first.replace(/, \d+$/, '') : first} – ${last}`;
}

export function stateText({ state, expiresAt }: CallSheetView): string {
  if (state === 'revoked') return 'Link withdrawn';
  return `${state === 'expired' ? 'Link ended' : 'Link works until'} ${dateLabel(expiresAt)}`;
}

/** What a group without rentals says to its owner; so far nothing keeps the link open. */
export function emptyText({ groupName, state, expiresAt }: CallSheetView): string {
  const what = `No rental is in ${groupName === null ? 'this period' : 'this group'} at the moment.`;
  if (groupName === null || state !== 'open') return `${what} New ones appear by themselves.`;
  return `${what} New ones appear by themselves. Until then, the link ends on ${dateLabel(expiresAt)}.`;
}

export const endsEarlyText = 'The link ends before the last rental.';

/** Null where all are shown. */
export function leftOutText(count: number): string | null {
  if (count === 0) return null;
  return `Too many rentals for one call sheet: ${count} more ${count === 1 ? 'is' : 'are'} not shown, first those that are over, then the latest.`;
}
