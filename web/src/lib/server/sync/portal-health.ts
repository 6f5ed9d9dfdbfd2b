/** How the portal does for everybody, asked of the database twice a minute at most, however many pages are opened. */
import type { MikroORM } from '@mikro-orm/postgresql';
import { portalHealthOf, slowSync, type PortalHealth } from '#domain/portal-health.ts';
import { readPortalCircuit } from '#db/queries/portal-circuit.ts';
import { countSlowSyncs } from '#db/queries/portal-health.ts';

const freshMs = 30_000;

export interface PortalHealthReport {
  read(now?: number): Promise<PortalHealth>;
}

export function createPortalHealthReport(orm: MikroORM): PortalHealthReport {
  let known: { at: number; portalHealth: Promise<PortalHealth> } | null = null;

  let slowSince: { since: Date; seenAt: number } | null = null;

  async function look(now: number): Promise<PortalHealth> {
    const em = orm.em.fork();
    const [circuit, slow] = await Promise.all([readPortalCircuit(em), countSlowSyncs(em, new Date(now))]);
    return sinceFirst(portalHealthOf(circuit, slow), now);
  }

  /** Slow syncs are counted for a while only, so that after it the first of them is no longer known. */
  function sinceFirst(found: PortalHealth, now: number): PortalHealth {
    const began = slowSince && now - slowSince.seenAt < slowSync.windowMs ? slowSince.since : found.since;
    slowSince = null;
    if (found.state !== 'slow' || !found.since || !began) return found;
    const since = began < found.since ? began : found.since;
    slowSince = { since, seenAt: now };
    return { ...found, since };
  }

  return {
    read(now = Date.now()) {
      if (known && now - known.at < freshMs && now >= known.at) return known.portalHealth;
      const looked = { at: now, portalHealth: look(now) };
      known = looked;
      // A failure is not kept: who comes next looks again.
      looked.portalHealth.catch(() => void (known = known === looked ? null : known));
      return looked.portalHealth;
    },
  };
}
