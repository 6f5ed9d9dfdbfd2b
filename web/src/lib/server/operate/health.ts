/** How the service did in the last 24 hours, from what is stored: it needs no monitoring beside it. */
import { readDayFigures } from '#db/queries/day-figures.ts';
import { readPortalCircuit } from '#db/queries/portal-circuit.ts';
import { ageQuantiles, readSyncFigures } from '#db/queries/sync-figures.ts';
import type { Services } from '../services.ts';

export async function readHealth({ orm }: Pick<Services, 'orm'>, now = new Date()) {
  const [day, { ages }, circuit] = await Promise.all([
    readDayFigures(orm.em.fork(), now),
    readSyncFigures(orm.em.fork()),
    readPortalCircuit(orm.em.fork()),
  ]);
  const syncedAgo = ages ? ageQuantiles.map((quantile, index) => ({ quantile, seconds: ages[index]! })) : [];
  return { ...day, syncedAgo, circuit };
}
