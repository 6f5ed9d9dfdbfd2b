/** A Temporal cluster of one machine on PostgreSQL, as the service's settings want it. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { noTemporalAccess } from '#platform/config.ts';
import { inProject } from '#platform/paths.ts';
import { ensureDatabase } from '#scripts/lib/database.ts';
import type { ProcessSpec } from '#scripts/lib/child.ts';
import { portAnswers } from '#scripts/lib/temporal-server.ts';
import { until } from '../../support/until.ts';
import type { ServerPrograms } from './build.ts';
import { databases, serverSettings } from './settings.ts';

const run = promisify(execFile);

export interface ServerSpec {
  /** host:port */
  address: string;
  spec: ProcessSpec;
}

/** Makes the databases and their schemas, and says how the server is run. `adminUrl` is PostgreSQL's, as superuser. */
export async function prepareServer(programs: ServerPrograms, adminUrl: string, folder: string): Promise<ServerSpec> {
  const { host, username: user, password } = new URL(adminUrl);
  for (const [schema, database] of Object.entries(databases)) {
    await ensureDatabase(adminUrl, database);
    await setUpSchema(programs.sqlTool, adminUrl, database, schema === 'default' ? 'temporal' : schema);
  }
  const { text, ports } = await serverSettings({ address: host, user, password });
  const file = join(folder, 'temporal-server.yaml');
  await writeFile(file, text, { mode: 0o600 });
  return {
    address: `127.0.0.1:${ports.frontend}`,
    spec: {
      name: 'Temporal server',
      command: programs.server,
      args: [`--config-file=${file}`, '--allow-no-auth', 'start'],
      env: process.env,
      cwd: folder,
      stopSignal: 'SIGTERM',
      stopGraceMs: 20_000,
      readyTimeoutMs: 60_000,
      ready: (_child, signal) => portAnswers(ports.frontend, signal),
    },
  };
}

/** With the schemas that the tool carries within it. */
async function setUpSchema(tool: string, adminUrl: string, database: string, schema: string): Promise<void> {
  const { hostname, port, username, password } = new URL(adminUrl);
  const env = {
    ...process.env,
    SQL_PLUGIN: 'postgres12',
    SQL_HOST: hostname,
    SQL_PORT: port,
    SQL_USER: username,
    SQL_PASSWORD: password,
    SQL_DATABASE: database,
  };
  await run(tool, ['setup-schema', '--version', '0.0'], { env });
  await run(tool, ['update-schema', '--schema-name', `postgresql/v12/${schema}`], { env });
}

/** The namespace and the search attributes, as an operator makes them. The services of a fresh cluster find each other first. */
export async function prepareNamespace(address: string, namespace: string): Promise<void> {
  const env = { ...process.env, ...noTemporalAccess, TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace };
  const prepare = () => run(process.execPath, [inProject('scripts', 'prepare-temporal.ts')], { env });
  await until('a Temporal server that takes a namespace', prepare, 90_000);
}
