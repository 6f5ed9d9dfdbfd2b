/** Lengths of time in words. All take milliseconds. */
const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** A length as one would plan with it: `45 min`, `1 h 30 min`, `3 days`; below a minute the seconds. */
export function spanText(ms: number): string {
  if (ms < minute) return `${Math.max(0, Math.floor(ms / second))} s`;
  if (ms < hour) return `${Math.floor(ms / minute)} min`;
  if (ms < 2 * day) return hoursAndMinutes(ms);
  return `${Math.floor(ms / day)} days`;
}

function hoursAndMinutes(ms: number): string {
  const minutes = Math.floor((ms % hour) / minute);
  return minutes === 0 ? `${Math.floor(ms / hour)} h` : `${Math.floor(ms / hour)} h ${minutes} min`;
}

/** How long until: `in 1 h 56 min`; `any moment now` when it is due. */
export function untilText(ms: number): string {
  return ms <= 0 ? 'any moment now' : `in ${spanText(ms)}`;
}

/** How long one has to wait, to the minute: `in 2 h`, `in 12 min`, `in less than a minute`. */
export function countdownText(ms: number): string {
  if (ms > 0 && ms < minute) return 'in less than a minute';
  return untilText(Math.ceil(ms / minute) * minute);
}

/** How long ago, rounded down to what matters: `just now`, `4 minutes ago`, `2 hours ago`, `3 days ago`. */
export function agoText(ms: number): string {
  if (ms < minute) return 'just now';
  if (ms < hour) return ago(ms / minute, 'minute');
  if (ms < 2 * day) return ago(ms / hour, 'hour');
  return ago(ms / day, 'day');
}

function ago(amount: number, unit: string): string {
  const whole = Math.floor(amount);
  return `${whole} ${unit}${whole === 1 ? '' : 's'} ago`;
}

/** How long something took: `40 ms`, `2.6 s`, `48 s`, `1 min 12 s`, `5 min`. */
export function tookText(ms: number): string {
  if (ms < 0.095 * second) return `${Math.round(ms)} ms`;
  if (ms < 9.95 * second) return `${(ms / second).toFixed(1)} s`;
  const seconds = Math.round(ms / second);
  if (seconds < 60) return `${seconds} s`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
