/** How the portal does for everybody, asked of the database twice a minute at most, however many pages are opened. */
import type { MikroORM } from '@mikro-orm/postgresql';
import { weatherOf, type PortalWeather } from '#domain/portal-weather.ts';
import { readPortalCircuit } from '#db/queries/portal-circuit.ts';
import { countSlowSyncs } from '#db/queries/portal-weather.ts';

const freshMs = 30_000;

export interface WeatherReport {
  read(now?: number): Promise<PortalWeather>;
}

export function createWeatherReport(orm: MikroORM): WeatherReport {
  let known: { at: number; weather: Promise<PortalWeather> } | null = null;

  async function look(now: number): Promise<PortalWeather> {
    const em = orm.em.fork();
    const [circuit, slow] = await Promise.all([readPortalCircuit(em), countSlowSyncs(em, new Date(now))]);
    return weatherOf(circuit, slow);
  }

  return {
    read(now = Date.now()) {
      if (known && now - known.at < freshMs && now >= known.at) return known.weather;
      const looked = { at: now, weather: look(now) };
      known = looked;
      // A failure is not kept: who comes next looks again.
      looked.weather.catch(() => void (known = known === looked ? null : known));
      return looked.weather;
    },
  };
}
