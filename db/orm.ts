/** The ORM for the web, the workers and the tests alike. Connects at the first query. */
import { MikroORM, type Options } from '@mikro-orm/postgresql';
import { SteadyDialect } from './dialect.ts';
import type { PoolFigures, PoolOptions } from './pool.ts';
import { ServiceEntityManager } from './entity-manager.ts';
import { entities } from './entities/index.ts';

export type { EntityManager } from '@mikro-orm/postgresql';

/** Settings without a connection, shared with the migrations' configuration. */
export const ormOptions = {
  entityManager: ServiceEntityManager,
  entities: [...entities],
  forceUtcTimezone: true,
  // A mistaken DATABASE_URL is an error to show, and no reason to make a database of that name.
  ensureDatabase: false,
  schemaGenerator: {
    // Written by hand in the migrations.
    ignoreTriggers: true,
    // The rate limiter's own table, and those that the version before this one signs in with while it still serves.
    skipTables: ['rate_limits', 'session', 'account', 'verification'],
  },
} satisfies Options;

/** Fork an entity manager for each request and each activity; close the ORM at shutdown. */
export async function initOrm(databaseUrl: string, options: Partial<PoolOptions> = {}): Promise<MikroORM> {
  const dialect = new SteadyDialect(databaseUrl, { name: 'gibney-sync', size: 5, ...options });
  const orm = await MikroORM.init({ ...ormOptions, clientUrl: databaseUrl, driverOptions: () => dialect });
  dialects.set(orm, dialect);
  return orm;
}

const dialects = new WeakMap<MikroORM, SteadyDialect>();

/** How its connections are used. */
export function poolFiguresOf(orm: MikroORM): PoolFigures {
  const dialect = dialects.get(orm);
  if (!dialect) throw new Error('This ORM was not made by initOrm');
  return dialect.poolFigures();
}
