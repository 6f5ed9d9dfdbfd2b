/** The ORM for the web, the workers and the tests alike. Connects at the first query. */
import { MikroORM, type Options } from '@mikro-orm/postgresql';
import { entities } from './entities/index.ts';

export type { EntityManager } from '@mikro-orm/postgresql';

/** Settings without a connection, shared with the migrations' configuration. */
export const ormOptions = {
  entities: [...entities],
  forceUtcTimezone: true,
  // A mistaken DATABASE_URL is an error to show, and no reason to make a database of that name.
  ensureDatabase: false,
  // better-auth's tables live in `auth` and are none of MikroORM's business.
  schemaGenerator: { ignoreSchema: ['auth'] },
  pool: { min: 0, max: 5, idleTimeoutMillis: 30_000 },
  driverOptions: {
    application_name: 'gibney-sync',
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    // A process that vanishes in the middle of a transaction must not keep its locks.
    options: '-c timezone=UTC -c idle_in_transaction_session_timeout=60s',
  },
} satisfies Options;

/** Fork an entity manager for each request and each activity; close the ORM at shutdown. */
export function initOrm(databaseUrl: string, overrides: Options = {}): Promise<MikroORM> {
  return MikroORM.init({ ...ormOptions, clientUrl: databaseUrl, ...overrides });
}
