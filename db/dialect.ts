/** How the ORM takes connections from the pool and gives them back. */
import {
  PostgresDialect,
  PostgresDriver,
  type Driver,
  type PostgresDialectConfig,
  type TransactionSettings,
} from 'kysely';
import type pg from 'pg';
import { createPool, figuresOf, type PoolFigures, type PoolOptions } from './pool.ts';

type Connection = Parameters<PostgresDriver['releaseConnection']>[0];

/**
 * Gives every connection back to the pool. The Kysely that MikroORM brings keeps a transaction's connection for ever
 * where BEGIN or ROLLBACK fail, so a few restarts of the database would leave a process without any.
 */
class SteadyDriver extends PostgresDriver {
  readonly #held = new WeakSet<Connection>();

  override async acquireConnection(...options: Parameters<PostgresDriver['acquireConnection']>): Promise<Connection> {
    const connection = (await super.acquireConnection(...options)) as Connection;
    this.#held.add(connection);
    return connection;
  }

  override async beginTransaction(connection: Connection, settings: TransactionSettings): Promise<void> {
    try {
      await super.beginTransaction(connection, settings);
    } catch (error) {
      await this.releaseConnection(connection);
      throw error;
    }
  }

  override async rollbackTransaction(connection: Connection): Promise<void> {
    // It fails only where the connection is gone, and then the server rolls back by itself.
    await super.rollbackTransaction(connection).catch(() => undefined);
  }

  override async releaseConnection(connection: Connection): Promise<void> {
    if (this.#held.delete(connection)) await super.releaseConnection(connection);
  }
}

/** For `driverOptions` of MikroORM. */
export class SteadyDialect extends PostgresDialect {
  readonly #config: PostgresDialectConfig;
  readonly #made: { pool?: pg.Pool };

  constructor(databaseUrl: string, options: PoolOptions) {
    const made: { pool?: pg.Pool } = {};
    const config = { pool: () => Promise.resolve((made.pool = createPool(databaseUrl, options))) };
    super(config);
    this.#config = config;
    this.#made = made;
  }

  /** Of the pool, which is made at the first use. */
  poolFigures(): PoolFigures {
    return figuresOf(this.#made.pool);
  }

  override createDriver(): Driver {
    return new SteadyDriver(this.#config);
  }
}
