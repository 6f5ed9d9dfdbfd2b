import { loaded } from '#lib/server/pages/page.ts';
import { clockOf, momentsOf, zoneAt } from '#lib/server/pages/past-moment.ts';
import type { PageServerLoad } from './$types';

const dayMs = 86_400_000;

export const load: PageServerLoad = async (event) => {
  event.depends('app:rentals');
  const now = Date.now();
  const typed = event.url.searchParams.get('at') ?? '';
  const moments = momentsOf(typed || new Date(now - dayMs).toISOString()).filter((at) => Date.parse(at) <= now);
  const latest = clockOf(new Date(now).toISOString());
  const [at, second] = moments;
  if (!at) return { latest, clock: typed, zone: '', second: null, memory: null };
  return {
    /** Of the field: nothing later can be asked for. */
    latest,
    clock: clockOf(at),
    zone: zoneAt(at),
    /** The other moment at which the clock showed this. */
    second: second ? { at: second, zone: zoneAt(second) } : null,
    memory: await loaded(event.locals.api.bookings.asOf({ at })),
  };
};
