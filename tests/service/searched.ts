/** All that a running service keeps and says, as text, to look for what must not be there. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { createSyncClient } from '#temporal/client.ts';
import type { Stack } from '../support/stack.ts';

/** Every event of every run, its payloads decoded. */
export async function historiesAsText(stack: Stack): Promise<string> {
  const config = { TEMPORAL_ADDRESS: stack.temporalAddress, TEMPORAL_NAMESPACE: 'default', TEMPORAL_TLS: false };
  const temporal = createSyncClient({ ...config, TEMPORAL_API_KEY: undefined });
  const texts: string[] = [];
  for await (const { workflowId, runId } of temporal.client.workflow.list()) {
    const history = await temporal.client.workflow.getHandle(workflowId, runId).fetchHistory();
    texts.push(
      JSON.stringify(history, (_key, value: unknown) =>
        value instanceof Uint8Array ? Buffer.from(value).toString('utf8') : value,
      ),
    );
  }
  await temporal.close();
  if (texts.length === 0) throw new Error('there is no history to search');
  return texts.join('\n');
}

export async function databaseAsText({ databaseUrl }: Stack): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const tables = await client.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
      where table_schema in ('public', 'auth') and table_type = 'BASE TABLE'`,
  );
  const texts: string[] = [];
  for (const { name } of tables.rows) {
    const { rows } = await client.query<{ row: string }>(`select row_to_json(t)::text as row from ${name} t`);
    texts.push(...rows.map(({ row }) => row));
  }
  await client.end();
  return texts.join('\n');
}

/** What our own processes wrote; the stand-in portal is not one of them. */
export function logsAsText({ dataDir }: Stack): string {
  const folder = path.join(dataDir, 'logs');
  return readdirSync(folder)
    .filter((name) => !name.startsWith('stand-in'))
    .map((name) => readFileSync(path.join(folder, name), 'utf8'))
    .join('\n');
}
