/** What test files take from the shared services. */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';
import { workflowBundlePath, type BundleOptions } from '#temporal/workflow-bundle.ts';
import type {} from './global-setup.ts';
import { testNamespaces } from './services.ts';

export interface TestDatabase {
  /** Connection URL of a migrated, empty database of its own. */
  url: string;
  /** Removes it, closing what is still connected. */
  drop(): Promise<void>;
}

async function asAdmin(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: inject('services').adminUrl });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}

/** A database of its own for a test file: a copy of the migrated template. Drop it in afterAll. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const { adminUrl, templateDatabase } = inject('services');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await asAdmin(`create database ${name} template ${templateDatabase} strategy file_copy`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => asAdmin(`drop database ${name} with (force)`) };
}

/** Connection URL of an empty database without any table, for tests of the migrations themselves. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  const { adminUrl } = inject('services');
  const name = `empty_${randomBytes(8).toString('hex')}`;
  await asAdmin(`create database ${name}`);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => asAdmin(`drop database ${name} with (force)`) };
}

export interface TestTemporal {
  /** host:port of the shared server. */
  address: string;
  /** A namespace that no other test file uses; it has the search attributes. */
  namespace: string;
}

/** Claims a Temporal namespace for a test file, so that workflow ids and task queues may have their real names. */
export function claimTemporal(): TestTemporal {
  const { temporalAddress, folder } = inject('services');
  const claims = join(folder, 'namespaces');
  mkdirSync(claims, { recursive: true });
  for (const namespace of testNamespaces) {
    try {
      mkdirSync(join(claims, namespace));
      return { address: temporalAddress, namespace };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error; // EEXIST: another file has it
    }
  }
  throw new Error(
    `more than ${testNamespaces.length} claims of a namespace; raise the number in tests/support/services.ts`,
  );
}

/** What `chromium.launch()` of Playwright needs here. */
export function chromiumLaunch(): { executablePath: string } {
  return { executablePath: inject('services').chromiumPath };
}

/** A new empty folder, removed at the end of the test run. */
export async function temporaryFolder(): Promise<string> {
  const parent = join(inject('services').folder, 'folders');
  await mkdir(parent, { recursive: true });
  return mkdtemp(join(parent, 'f-'));
}

/** The bundle of the workflows: one for all files of a run, made by the first that wants it. */
export function testWorkflowBundle(options?: BundleOptions): Promise<string> {
  return workflowBundlePath(inject('services').folder, options);
}
