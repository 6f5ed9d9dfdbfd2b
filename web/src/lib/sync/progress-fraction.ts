import type { Phase } from '#domain/phases.ts';

/** Where each phase begins on the bar, of 100. Reading takes the most room because it is what takes the time. */
const begins: Record<Phase, number> = {
  initializing: 3,
  connecting: 8,
  signing_in: 18,
  reading: 30,
  processing: 88,
  completed: 100,
  failed: 100,
};

/** A batch of the portal's list: while it does not say how many there are, at least one more of these may come. */
const batch = 50;

/** What is kept free for rentals beyond those that were expected. */
const mostExpected = 0.97;

/** How far the bar is, 0 to 100. Never goes back within an attempt. `expected`: how many rentals there were the last time. */
export function progressPercent(phase: Phase, done: number, total: number | null, expected = 0): number {
  if (phase !== 'reading') return begins[phase];
  const guess = expected > 0 ? mostExpected * Math.min(1, done / expected) : done / (done + batch);
  const share = total === null ? guess : done / Math.max(1, total);
  return begins.reading + (begins.processing - begins.reading) * Math.min(1, share);
}
