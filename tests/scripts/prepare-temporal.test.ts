import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { Connection } from '@temporalio/client';
import { expect, inject, test } from 'vitest';
import { inProject } from '#platform/paths.ts';

const run = promisify(execFile);

test('a server of others gets the namespace and the search attributes, once', { timeout: 60_000 }, async () => {
  const { adminUrl, temporalAddress } = inject('services');
  const namespace = `prepared-${randomBytes(4).toString('hex')}`;
  const env = {
    ...process.env,
    DATABASE_URL: adminUrl,
    TEMPORAL_ADDRESS: temporalAddress,
    TEMPORAL_NAMESPACE: namespace,
    PORTAL_URL: 'http://127.0.0.1:1',
    CREDENTIALS_KEYS: `k1:${randomBytes(32).toString('base64')}`,
  };
  const prepare = async (): Promise<string> =>
    (await run(process.execPath, [inProject('scripts', 'prepare-temporal.ts')], { env })).stdout;

  expect(await prepare()).toContain(`namespace ${namespace} made`);
  const connection = await Connection.connect({ address: temporalAddress });
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  expect(customAttributes).toMatchObject({ SyncStatus: 2, SyncErrorCode: 2, SyncFailures: 3, NextSyncAt: 6 });
  await connection.close();
  expect(await prepare()).toBe('');
});
