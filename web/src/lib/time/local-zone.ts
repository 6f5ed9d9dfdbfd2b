/** The visitor's own time zone, told to the server by a cookie so that the first HTML can name times in it. */
import { createContext } from 'svelte';
import { clockTime } from './new-york.ts';
import type { Moment } from './new-york.ts';
import { spanText } from './spans.ts';

export const zoneCookie = 'zone';

/** Null for anything that is not a zone. */
export function zoneOf(text: string | null | undefined): string | null {
  if (!text || !/^[A-Za-z][\w+\-/]{0,60}$/.test(text)) return null;
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: text });
    return text;
  } catch {
    // That it throws is the answer.
    return null;
  }
}

/** `3:00 – 5:00 AM your time`, with the day where it is another one; null where the clocks show the same. */
export function localTime(start: Moment, end: Moment, zone: string | null): string | null {
  if (!zone) return null;
  const own = clockOf(zone);
  const sameDay = own.day(start) === clockOf(newYork).day(start);
  if (sameDay && own.time(start) === clockTime(start)) return null;
  const [from, to] = [own.time(start), own.time(end)];
  const range = from.slice(-2) === to.slice(-2) ? `${from.slice(0, -3)} – ${to}` : `${from} – ${to}`;
  return `${sameDay ? '' : `${own.day(start)} `}${range} your time`;
}

/** How far the visitor's clock is from New York's at that moment: `6 h ahead`; null where they show the same. */
export function zoneDifference(moment: Moment, zone: string | null): string | null {
  if (!zone) return null;
  const leadMs = clockOf(zone).wall(moment) - clockOf(newYork).wall(moment);
  return leadMs === 0 ? null : `${spanText(Math.abs(leadMs))} ${leadMs > 0 ? 'ahead' : 'behind'}`;
}

const newYork = 'America/New_York';

interface ZoneClock {
  /** `3:00 AM` */
  time(moment: Moment): string;
  /** `Wed` */
  day(moment: Moment): string;
  /** What the clock shows, as if it were UTC; in milliseconds, to the second. */
  wall(moment: Moment): number;
}

// Making a format costs more than using it a hundred times, and a list asks for each of its rows.
const clocks = new Map<string, ZoneClock>();

function clockOf(timeZone: string): ZoneClock {
  const known = clocks.get(timeZone);
  if (known) return known;
  // Visitors name the zones: what is kept for them has an end.
  if (clocks.size >= 100) clocks.clear();
  const format = (options: Intl.DateTimeFormatOptions) => {
    const made = new Intl.DateTimeFormat('en-US', { timeZone, ...options });
    return (moment: Moment) => made.format(new Date(moment)).replace(/[\u202f\u00a0]/g, ' ');
  };
  const numbers = format({ dateStyle: 'short', timeStyle: 'medium' });
  const clock = {
    time: format({ hour: 'numeric', minute: '2-digit' }),
    day: format({ weekday: 'short' }),
    wall: (moment: Moment) => Date.parse(`${numbers(moment)} UTC`),
  };
  clocks.set(timeZone, clock);
  return clock;
}

/** Remembers the browser's zone for the next page. Returns it. */
export function rememberZone(): string | null {
  const zone = zoneOf(new Intl.DateTimeFormat().resolvedOptions().timeZone);
  if (zone) document.cookie = `${zoneCookie}=${zone}; path=/; max-age=31536000; samesite=lax`;
  return zone;
}

const [readProvided, provideLocalZone, isProvided] = createContext<() => string | null>();
export { provideLocalZone };

/** The visitor's zone as a function to call in a reactive place; null while it is not known. */
export function readLocalZone(): () => string | null {
  return isProvided() ? readProvided() : () => null;
}
