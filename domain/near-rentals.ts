/** Syncs that come closer together in the last day before a rental, for those who want that. Pure. */
import { afterQuietHours } from './quiet-hours.ts';
import { studioZone } from './studio-zone.ts';

const minuteMs = 60_000;

/** A rental that begins within this time is near. */
const nearMs = 24 * 60 * minuteMs;

/** The shortest interval that anybody may choose: no user burdens the portal more than that. */
const nearIntervalMs = 30 * minuteMs;

/** The hours in which nobody at the studio changes a rental. */
const night = { from: '23:00', to: '06:00', timeZone: studioZone };

/**
 * When the sync after one that ended at `endedAt` is due because a rental is near; null where none is before `usual`, when it
 * is due anyway. `starts` are those of rentals, `random` is in [0, 1). Times are epoch milliseconds.
 */
export function nearRentalTime(
  { endedAt, usual, random }: { endedAt: number; usual: number; random: number },
  starts: readonly number[],
): number | null {
  const times = starts
    .map((start) => ({ start, at: Math.max(endedAt + nearIntervalMs, start - nearMs) }))
    .filter(({ start, at }) => at < start)
    .map(({ at }) => at);
  const awake = afterQuietHours(new Date(Math.min(...times, usual)), night, random).getTime();
  return awake < usual ? awake : null;
}
