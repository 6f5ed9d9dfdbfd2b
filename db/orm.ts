/** The ORM for the web, the workers and the tests alike. Connects at the first query. */
import { MikroORM, type Options } from '@mikro-orm/postgresql';
import { entities } from './entities/index.ts';

export type { EntityManager } from '@mikro-orm/postgresql';

/** Settings without a connection, shared with the migrations' configuration. */
export const ormOptions = {
  entities: [...entities],
  forceUtcTimezone: true,
  // better-auth's tables live in `auth` and are none of MikroORM's business.
  schemaGenerator: { ignoreSchema: ['auth'] },
  pool: { min: 0, max: 5, idleTimeoutMillis: 30_000 },
  driverOptions: { application_name: 'gibney-sync', connectionTimeoutMillis: 5_000, options: '-c timezone=UTC' },
} satisfies Options;

/** Fork an entity manager for each request and each activity; close the ORM at shutdown. */
export function initOrm(databaseUrl: string, overrides: Options = {}): Promise<MikroORM> {
  return MikroORM.init({ ...ormOptions, clientUrl: databaseUrl, ...overrides });
}
