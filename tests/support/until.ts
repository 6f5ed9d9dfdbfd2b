import { setTimeout as pause } from 'node:timers/promises';

const betweenLooksMs = 50;

/** Looks until `found` gives something, and returns it. An error of a look counts as nothing, and is told at the end. */
export async function until<Found>(
  what: string,
  found: () => Promise<Found | null | undefined | false> | Found | null | undefined | false,
  withinMs = 120_000,
): Promise<Found> {
  const limit = Date.now() + withinMs;
  for (let lastError: unknown; ;) {
    try {
      const seen = await found();
      if (seen) return seen;
      lastError = undefined;
    } catch (error) {
      lastError = error; // what is asked may be down at this moment: that is what this suite is about
    }
    if (Date.now() > limit) throw new Error(`not within ${withinMs / 1_000} s: ${what}`, { cause: lastError });
    await pause(betweenLooksMs);
  }
}
