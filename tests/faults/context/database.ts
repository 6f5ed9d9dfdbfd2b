/** The database as the suite looks at it: past the service's own code, and through its outages. */
import pg from 'pg';
import { until } from '#tests/support/until.ts';

export interface Database {
  /** Repeats while the database is away. */
  rows<Row extends pg.QueryResultRow>(statement: string, values?: unknown[]): Promise<Row[]>;
  /** A connection of its own, for transactions that a case holds open. Its loss is no error. */
  connect(): Promise<pg.Client>;
  close(): Promise<void>;
}

const awayLimitMs = 60_000;

export function openDatabase(connectionString: string): Database {
  const pool = new pg.Pool({ connectionString, max: 4, application_name: 'faults suite' });
  pool.on('error', () => undefined); // the database went away under an idle connection, as many cases want it to
  return {
    rows: async (statement, values = []) => {
      const answer = await until('an answer of the database', () => asked(pool, statement, values), awayLimitMs);
      if ('refused' in answer) throw answer.refused;
      return answer.rows as never;
    },
    async connect() {
      const client = new pg.Client({ connectionString, application_name: 'faults suite' });
      client.on('error', () => undefined); // as above
      await client.connect();
      return client;
    },
    close: () => pool.end(),
  };
}

type Answer = pg.QueryResult | { refused: unknown };

/** What the database says; throws only where it is away. */
async function asked(pool: pg.Pool, statement: string, values: unknown[]): Promise<Answer> {
  try {
    return await pool.query(statement, values);
  } catch (error) {
    const { code = '' } = error as { code?: string };
    const isAway = !/^[0-9A-Z]{5}$/.test(code) || /^(08|57|53)/.test(code);
    if (isAway) throw error;
    return { refused: error };
  }
}
