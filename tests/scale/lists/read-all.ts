/** Runs every list, times it, and asks PostgreSQL how it came to the answer. */
import pg from 'pg';
import { initOrm } from '#db/orm.ts';
import { allReads, type Read } from './all-lists.ts';
import { explain, recordStatements, type Statement } from './statements.ts';

export interface ReadList extends Pick<Read, 'what' | 'wholeFor'> {
  /** The whole call, the second time. */
  ms: number;
  /** Big tables that it reads as good as whole. */
  whole: string[];
}

/** Tables with at least half as many rows as there are users are big; half of one is as good as all. */
export async function readAllLists(databaseUrl: string, userIds: string[], email: string): Promise<ReadList[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const recorder = recordStatements();
  const orm = await initOrm(databaseUrl, { size: 1 });
  try {
    const sizes = await bigTables(client, userIds.length / 2);
    const found: ReadList[] = [];
    for (const { what, wholeFor, run } of allReads(userIds, email)) {
      await run(orm.em.fork());
      const statements = recorder.take();
      const began = performance.now();
      await run(orm.em.fork());
      const ms = performance.now() - began;
      recorder.take();
      found.push({ what, ...(wholeFor && { wholeFor }), ms, whole: await wholeTables(statements, client, sizes) });
      recorder.take(); // those that asked for plans
    }
    return found;
  } finally {
    recorder.stop();
    await orm.close();
    await client.end();
  }
}

async function wholeTables(statements: Statement[], client: pg.Client, sizes: Map<string, number>): Promise<string[]> {
  const whole = new Set<string>();
  for (const statement of statements)
    for (const [table, rows] of (await explain(client, statement)).rows)
      if (rows >= (sizes.get(table) ?? Infinity) / 2) whole.add(table);
  return [...whole];
}

async function bigTables(client: pg.Client, rows: number): Promise<Map<string, number>> {
  const found = await client.query<{ relname: string; reltuples: number }>(
    `select relname, reltuples from pg_class
     where relkind = 'r' and relnamespace = 'public'::regnamespace and reltuples >= $1`,
    [rows],
  );
  return new Map(found.rows.map(({ relname, reltuples }) => [relname, reltuples]));
}

/** What has no business to look at everybody, and does. */
export const readsWhole = (lists: ReadList[]): string[] =>
  lists
    .filter(({ wholeFor, whole }) => !wholeFor && whole.length > 0)
    .map(({ what, whole }) => `${what}: all of ${whole.join(', ')}`);
