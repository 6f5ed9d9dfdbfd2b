/** What is said of a rental of the next days that is lost or moved. */
import type { SlotView, UrgentChangeView } from '#domain/shapes/bookings.ts';
import { dayLabel, daysBetween, timeRange } from '#lib/time/new-york.ts';
import type { ChangeDisplay } from './change-display.ts';

export const fateDisplays: Record<UrgentChangeView['fate'], ChangeDisplay> = {
  canceled: { word: 'Canceled', tone: 'bad', shape: 'cross' },
  declined: { word: 'Declined', tone: 'bad', shape: 'cross' },
  gone: { word: 'Gone', tone: 'bad', shape: 'minus' },
  moved: { word: 'Moved', tone: 'warn', shape: 'arrow' },
  back: { word: 'Back', tone: 'good', shape: 'back' },
};

/** Those that are not past, neither as the user knows them nor as they are. */
export function stillUrgent(changes: UrgentChangeView[], now: number): UrgentChangeView[] {
  return changes.filter(({ was, is }) => [was, is].some(({ endsAt }) => Date.parse(endsAt) > now));
}

/** `tomorrow, 2:00 – 3:00 PM, Studio E` */
export function slotText(slot: SlotView, now: number): string {
  return [slotTime(slot, now), slot.studio].filter(Boolean).join(', ');
}

export function slotTime({ startsAt, endsAt }: SlotView, now: number): string {
  return `${dayText(startsAt, now)}, ${timeRange(startsAt, endsAt)}`;
}

function dayText(moment: string, now: number): string {
  const days = daysBetween(now, moment);
  return days === 0 ? 'today' : days === 1 ? 'tomorrow' : dayLabel(moment, now);
}

/** Of a moved one what is new about it: `now 5:00 – 6:00 PM, Studio C`. */
export function whereTo({ fate, was, is }: UrgentChangeView, now: number): string | null {
  if (fate !== 'moved') return null;
  const otherDay = daysBetween(was.startsAt, is.startsAt) !== 0;
  const otherTime = was.startsAt !== is.startsAt || was.endsAt !== is.endsAt;
  const parts = [
    otherDay && dayText(is.startsAt, now),
    otherTime && timeRange(is.startsAt, is.endsAt),
    was.studio !== is.studio && is.studio,
    was.location !== is.location && is.location,
  ];
  return `now ${parts.filter(Boolean).join(', ')}`;
}

/** For who hears it: `Canceled: tomorrow, 2:00 – 3:00 PM, Studio E.` */
export function spoken(change: UrgentChangeView, now: number): string {
  const said = `${fateDisplays[change.fate].word}: ${slotText(change.was, now)}`;
  const to = whereTo(change, now);
  return to ? `${said}, ${to}.` : `${said}.`;
}
