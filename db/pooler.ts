/**
 * Poolers such as PgBouncer, which lend a server's connections out for a transaction: what lasts longer is lost, and nobody
 * says so. LISTEN hears nothing, and advisory locks hold nothing.
 */
import pg from 'pg';
import { ConfigError } from '#platform/errors.ts';

/** Throws {@link ConfigError} where a pooler answers. Where nothing answers the caller goes on: it may come later. */
export async function refusePooler(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000, query_timeout: 5_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await assertUnpooled(client);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
  } finally {
    await client.end().catch(() => undefined); // it is gone already
  }
}

/** A pooler gives each client a process number of its own making, since the real one changes. */
export async function assertUnpooled(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  const { processID } = client as unknown as { processID: number | null };
  if (rows[0]?.pid === processID) return;
  const { host, port } = client;
  throw new ConfigError(
    `DATABASE_DIRECT_URL is needed: a connection pooler answers at ${host}:${port}, which keeps neither LISTEN nor locks; ` +
      'set it to the address of PostgreSQL itself, and DATABASE_URL may stay the pooler’s',
  );
}
