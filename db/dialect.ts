/** The pool of connections under the ORM. */
import {
  PostgresDialect,
  PostgresDriver,
  type Driver,
  type PostgresDialectConfig,
  type TransactionSettings,
} from 'kysely';
import pg from 'pg';

const int8: number = pg.types.builtins.INT8;

/** 64-bit integers are read as numbers: ours are counts and serial ids. Times are dates without our doing. */
function typeParser(oid: number, format?: 'text' | 'binary'): unknown {
  return oid === int8 ? Number : pg.types.getTypeParser(oid, format);
}

function createPool(databaseUrl: string, size: number): pg.Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    application_name: 'gibney-sync',
    max: size,
    idleTimeoutMillis: 30_000,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
    // A process that vanishes in the middle of a transaction must not keep its locks.
    options: '-c timezone=UTC -c idle_in_transaction_session_timeout=60s',
    types: { getTypeParser: typeParser as typeof pg.types.getTypeParser },
  });
  // A connection that the server ends fails its query, if it has one, and is replaced by the pool: nothing is left to
  // do, but an unheard 'error' would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

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

/** For `driverOptions` of MikroORM: connects to this database with at most `size` connections. */
export class SteadyDialect extends PostgresDialect {
  readonly #config: PostgresDialectConfig;

  constructor(databaseUrl: string, size: number) {
    const config = { pool: () => Promise.resolve(createPool(databaseUrl, size)) };
    super(config);
    this.#config = config;
  }

  override createDriver(): Driver {
    return new SteadyDriver(this.#config);
  }
}
