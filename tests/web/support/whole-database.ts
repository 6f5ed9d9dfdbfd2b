/** All rows of all tables as text, to look for what must not be there. */
import type pg from 'pg';

export async function wholeDatabase(database: pg.Pool): Promise<string> {
  const tables = await database.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_schema in ('public', 'auth') and table_type = 'BASE TABLE'`,
  );
  const dumps = await Promise.all(
    tables.rows.map(async ({ name }) => {
      const { rows } = await database.query<{ line: string }>(`select row_to_json(t)::text as line from ${name} t`);
      return rows.map(({ line }) => line).join('\n');
    }),
  );
  return dumps.join('\n');
}
