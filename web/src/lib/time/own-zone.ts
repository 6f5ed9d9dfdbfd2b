/** The visitor's own time zone, told to the server by a cookie so that the first HTML can name times in it. */
import { createContext } from 'svelte';
import { clockTime } from './new-york.ts';
import type { Moment } from './new-york.ts';

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
export function ownTime(start: Moment, end: Moment, zone: string | null): string | null {
  if (!zone) return null;
  const clock = new Intl.DateTimeFormat('en-US', { timeZone: zone, hour: 'numeric', minute: '2-digit' });
  const weekday = (timeZone: string) => new Intl.DateTimeFormat('en-US', { timeZone, weekday: 'short' });
  const time = (moment: Moment) => clock.format(new Date(moment)).replace(/[\u202f\u00a0]/g, ' ');
  const day = (timeZone: string) => weekday(timeZone).format(new Date(start));
  const sameDay = day(zone) === day('America/New_York');
  if (sameDay && time(start) === clockTime(start)) return null;
  const [from, to] = [time(start), time(end)];
  const range = from.slice(-2) === to.slice(-2) ? `${from.slice(0, -3)} – ${to}` : `${from} – ${to}`;
  return `${sameDay ? '' : `${day(zone)} `}${range} your time`;
}

/** Remembers the browser's zone for the next page. Returns it. */
export function rememberZone(): string | null {
  const zone = zoneOf(new Intl.DateTimeFormat().resolvedOptions().timeZone);
  if (zone) document.cookie = `${zoneCookie}=${zone}; path=/; max-age=31536000; samesite=lax`;
  return zone;
}

const [readProvided, provideOwnZone, isProvided] = createContext<() => string | null>();
export { provideOwnZone };

/** The visitor's zone as a function to call in a reactive place; null while it is not known. */
export function readOwnZone(): () => string | null {
  return isProvided() ? readProvided() : () => null;
}
