import { loaded } from '#lib/server/pages/page.ts';
import { clockOf, isSkipped, momentsOf, twinsOf, zoneAt } from '#lib/server/pages/past-moment.ts';
import type { PageServerLoad } from './$types';

const dayMs = 86_400_000;

export const load: PageServerLoad = async (event) => {
  event.depends('app:rentals');
  const now = Date.now();
  const typed = event.url.searchParams.get('at') ?? '';
  const moments = momentsOf(typed || new Date(now - dayMs).toISOString()).filter((at) => Date.parse(at) <= now);
  const latest = clockOf(new Date(now).toISOString());
  const [at] = moments;
  if (!at) return { latest, clock: typed, zone: '', second: null, skipped: false, memory: null };
  const second = twinsOf(at).find((other) => Date.parse(other) <= now);
  return {
    /** Of the field: nothing later can be asked for. */
    latest,
    clock: clockOf(at),
    zone: zoneAt(at),
    /** The other moment at which the clock showed this. */
    second: second ? { at: second, zone: zoneAt(second), order: second > at ? 'second' : 'first' } : null,
    /** The clock never showed what was asked for. */
    skipped: isSkipped(typed),
    memory: await loaded(event.locals.api.bookings.asOf({ at })),
  };
};
