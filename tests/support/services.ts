/** The real PostgreSQL and the real Temporal server that all tests of one run share. */
import { execFile } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startChild } from '#scripts/lib/child.ts';
import { ensureDatabase } from '#scripts/lib/database.ts';
import { findChromium } from '#platform/find-chromium.ts';
import { createGuard, type Guard } from '#scripts/lib/guard.ts';
import { inProject } from '#platform/paths.ts';
import { findFreePort } from '#platform/ports.ts';
import { isAlive } from '#platform/processes.ts';
import { preparePostgres } from '#scripts/lib/postgres.ts';
import { customSearchAttributes } from '#scripts/lib/search-attributes.ts';
import { findTemporal } from '#scripts/lib/temporal-binary.ts';
import { prepareTemporal } from '#scripts/lib/temporal-server.ts';

const run = promisify(execFile);

/** Namespaces that test files may claim, so that fixed workflow ids and queue names do not meet. */
export const testNamespaces = Array.from({ length: 48 }, (_, index) => `test-${index}`);

export interface TestServices {
  /** Connection URL of the database `postgres`, as superuser. */
  adminUrl: string;
  /** Name of the migrated database that test databases are copied from. */
  templateDatabase: string;
  temporalAddress: string;
  chromiumPath: string;
  /** A folder for this test run, removed at its end. */
  folder: string;
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);

async function startPostgres(folder: string, guard: Guard) {
  const port = await findFreePort();
  // A crash of the machine may cost a test database, so nothing waits for the disk.
  const settings = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=300'];
  const postgres = await preparePostgres({ folder: join(folder, 'postgres'), port, settings });
  const child = await startChild(postgres.spec, guard);
  const templateDatabase = 'template_migrated';
  await ensureDatabase(postgres.url('postgres'), templateDatabase);
  await run(process.execPath, [inProject('db', 'migrate.ts')], {
    env: { ...process.env, DATABASE_URL: postgres.url(templateDatabase) },
  });
  return { child, adminUrl: postgres.url('postgres'), templateDatabase };
}

async function startTemporal(guard: Guard) {
  const { binary } = await findTemporal(process.env.TEMPORAL_CLI, say);
  const [port, httpPort, metricsPort] = [await findFreePort(), await findFreePort(), await findFreePort()];
  const namespaces = testNamespaces;
  const spec = await prepareTemporal({
    binary,
    port,
    httpPort,
    metricsPort,
    namespaces,
    searchAttributes: customSearchAttributes,
    // By default five, and the server waits longer from attempt to attempt.
    dynamicConfig: { 'system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute': 3 },
  });
  return { child: await startChild(spec, guard), temporalAddress: `127.0.0.1:${port}` };
}

const folderPrefix = 'gibney-sync-test-';

/** Folders of test runs that were killed: those whose process is gone. */
async function removeLeftOvers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = Number(new RegExp(`^${folderPrefix}(\\d+)-`).exec(name)?.[1]);
    if (pid && !isAlive(pid)) await rm(join(tmpdir(), name), { recursive: true, force: true });
  }
}

/** Starts everything; `stop` ends it and removes what it left. Nothing outlives this process either way. */
export async function startTestServices(): Promise<TestServices & { stop(): Promise<void> }> {
  await removeLeftOvers();
  const folder = mkdtempSync(join(tmpdir(), `${folderPrefix}${process.pid}-`));
  const guard = createGuard();
  const [postgres, temporal, chromium] = await Promise.all([
    startPostgres(folder, guard),
    startTemporal(guard),
    findChromium(process.env.CHROMIUM_PATH, say),
  ]);
  return {
    adminUrl: postgres.adminUrl,
    templateDatabase: postgres.templateDatabase,
    temporalAddress: temporal.temporalAddress,
    chromiumPath: chromium.executablePath,
    folder,
    async stop() {
      await Promise.all([postgres.child.stop(), temporal.child.stop()]);
      guard.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
