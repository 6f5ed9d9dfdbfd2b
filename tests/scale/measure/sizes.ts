/** How much PostgreSQL keeps, with indexes and what vacuum has not given back yet. */
import type { World } from '../world.ts';

export type Sizes = Record<keyof World['databases'], number>;

export async function databaseSizes({ admin, databases }: World): Promise<Sizes> {
  const { rows } = await admin.query<{ datname: string; bytes: number }>(
    'select datname, pg_database_size(datname)::float8 as bytes from pg_database where datname = any($1)',
    [Object.values(databases)],
  );
  const bytesOf = (name: string) => rows.find(({ datname }) => datname === name)!.bytes;
  const { ours, temporal, visibility } = databases;
  return { ours: bytesOf(ours), temporal: bytesOf(temporal), visibility: bytesOf(visibility) };
}

/** What was added from one to the other, for each of `count`. */
export function perEach(before: Sizes, after: Sizes, count: number): Sizes {
  const each = (name: keyof Sizes) => (after[name] - before[name]) / count;
  return { ours: each('ours'), temporal: each('temporal'), visibility: each('visibility') };
}
