/** Wall-clock times as the page writes them (`6/9/2025 7:00 PM`). No zone anywhere: the page has none either. */

export interface WallClock {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
}

const pattern = /^(\d{1,2})\/(\d{1,2})\/(\d{4}) (\d{1,2}):(\d{2}) (AM|PM)$/;

/** Reads a time; null where it is not one. */
export function parseWallClock(text: string): WallClock | null {
  const found = pattern.exec(text);
  if (!found) return null;
  const [month, day, year, hour12, minute] = found.slice(1, 6).map(Number);
  return {
    year: year!,
    month: month!,
    day: day!,
    hour: (hour12! % 12) + (found[6] === 'PM' ? 12 : 0),
    minute: minute!,
  };
}

export function formatWallClock({ year, month, day, hour, minute }: WallClock): string {
  const half = hour < 12 ? 'AM' : 'PM';
  return `${month}/${day}/${year} ${hour % 12 || 12}:${String(minute).padStart(2, '0')} ${half}`;
}

/** A number that sorts as the times do; unreadable times sort as the oldest. */
export function wallClockOrder(text: string): number {
  const at = parseWallClock(text);
  return at ? Date.UTC(at.year, at.month - 1, at.day, at.hour, at.minute) : -Infinity;
}

/** What the clock on a New York wall shows at an instant. */
export function newYorkWallClock(instant: Date): WallClock {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: 'America/New_York',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  const parts = Object.fromEntries(format.formatToParts(instant).map((part) => [part.type, Number(part.value)]));
  return { year: parts.year!, month: parts.month!, day: parts.day!, hour: parts.hour!, minute: parts.minute! };
}
