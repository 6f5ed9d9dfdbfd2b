/** Connections to PostgreSQL, none of which can be silent for ever: a machine sleeps, a network drops what it is given. */
import pg from 'pg';
import { isTracing } from '#platform/tracing.ts';
import { readTime } from './time-parser.ts';
import { traceStatements } from './trace-statements.ts';

export interface PoolOptions {
  /** What operators read in `pg_stat_activity`. */
  name: string;
  size: number;
  /** For how long a statement is waited for before its connection is thrown away. */
  statementMs?: number;
  /** For how long a statement waits for a lock before it fails; without it, for as long as for the statement. */
  lockMs?: number;
  /** Through a pooler, which shares a server's connections out and takes no settings of ours for them. */
  pooled?: boolean;
}

/** Connections: those that work, those that are free, and how many requests wait for one. */
export interface PoolFigures {
  used: number;
  idle: number;
  waiting: number;
}

export function figuresOf(pool?: pg.Pool): PoolFigures {
  const { totalCount = 0, idleCount = 0, waitingCount = 0 } = pool ?? {};
  return { used: totalCount - idleCount, idle: idleCount, waiting: waitingCount };
}

const statementNames = new Map<string, string>();

/** From now on each connection prepares this text at its first use and only runs it later. For texts that are few. */
export function nameStatement(text: string): void {
  if (!statementNames.has(text)) statementNames.set(text, `gibney_${statementNames.size + 1}`);
}

/** Longer than any statement of ours takes, also where it waits for a lock. */
const usualStatementMs = 30_000;

/** After a sleep of ours a time limit is over at once, while the answer may have come and only wants to be read. */
const readingMs = 1_000;

/** 64-bit integers are read as numbers: ours are counts and serial ids. */
const typeParsers = new Map<number, unknown>([
  [pg.types.builtins.INT8, Number],
  [pg.types.builtins.TIMESTAMPTZ, readTime],
]);

function typeParser(oid: number, format?: 'text' | 'binary'): unknown {
  return (format !== 'binary' && typeParsers.get(oid)) || pg.types.getTypeParser(oid, format);
}

// A process that vanishes in the middle of a transaction must not keep its locks.
const settings = '-c timezone=UTC -c idle_in_transaction_session_timeout=60s';

export function createPool(databaseUrl: string, options: PoolOptions): pg.Pool {
  const { name, size, statementMs = usualStatementMs, lockMs, pooled = false } = options;
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    application_name: name,
    max: size,
    idleTimeoutMillis: 30_000,
    connectionTimeoutMillis: 5_000,
    maxLifetimeSeconds: 15 * 60,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    ...(!pooled && { options: lockMs === undefined ? settings : `${settings} -c lock_timeout=${lockMs}` }),
    types: { getTypeParser: typeParser as typeof pg.types.getTypeParser },
  });
  // A connection that breaks fails its query, if it has one, and is replaced by the pool: nothing is left to do, but an
  // unheard 'error', of an idle or of a used connection, would end the process.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => {
    client.on('error', () => undefined);
    limitStatements(client, statementMs);
    // Behind a pooler the next statement may run on another connection, which did not prepare this one.
    if (!pooled) prepareNamed(client);
    if (isTracing()) traceStatements(client);
  });
  return pool;
}

function prepareNamed(client: pg.ClientBase): void {
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  const outdated = new Set<string>();
  client.query = ((text: unknown, values: unknown, ...rest: unknown[]) => {
    const name = typeof text === 'string' && !outdated.has(text) ? statementNames.get(text) : undefined;
    // `Pool.query` gives a callback; ours await.
    if (name === undefined || rest.length > 0) return query(text, values, ...rest);
    return (query({ name, text, values }) as Promise<unknown>).catch((error: unknown) => {
      if (!isOutdated(error)) throw error;
      outdated.add(text as string);
      return query(text, values);
    });
  }) as typeof client.query;
}

/** A migration changed the type of what a prepared statement reads; PostgreSQL then refuses it, before it does anything. */
function isOutdated(error: unknown): boolean {
  const { code, routine } = error as { code?: unknown; routine?: unknown };
  return code === '0A000' && routine === 'RevalidateCachedQuery';
}

/**
 * Ends the connection under a statement that is not answered in time; the statement fails as on any broken connection,
 * and the pool makes a new one. The `query_timeout` of `pg` fails the statement alone and leaves the next one to the dead
 * connection.
 */
function limitStatements(client: pg.ClientBase & { end(): Promise<void> }, limitMs: number): void {
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  client.query = ((...args: unknown[]) => {
    let timer = setTimeout(() => (timer = setTimeout(() => void client.end(), readingMs)), limitMs);
    const answered = () => clearTimeout(timer);
    const callback = args.at(-1);
    if (typeof callback === 'function')
      args[args.length - 1] = (...results: unknown[]) => {
        answered();
        (callback as (...results: unknown[]) => void)(...results);
      };
    const result = query(...args);
    if (result instanceof Promise) void result.then(answered, answered);
    return result;
  }) as typeof client.query;
}
