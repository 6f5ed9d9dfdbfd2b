import { createServer } from 'node:net';
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { afterEach, expect, it, onTestFinished } from 'vitest';
import { findFreePort } from '#platform/ports.ts';
import { serveProbes, type Probes } from '#temporal/probes.ts';
import { claimTemporal, createTestDatabase, temporaryFolder } from '../support/index.ts';
import { until } from '../support/until.ts';

let probes: Probes | undefined;
afterEach(() => probes?.close());

const statusOf = async (port: number, path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;

it('a worker lives from its start, and is ready while it says so', async () => {
  const port = await findFreePort();
  probes = await serveProbes({ HOST: '127.0.0.1', PROBE_PORT: port });
  expect([await statusOf(port, '/live'), await statusOf(port, '/ready')]).toEqual([200, 503]);
  let serves = true;
  probes.readyWhen(() => serves);
  expect(await statusOf(port, '/ready')).toBe(200);
  serves = false;
  expect([await statusOf(port, '/live'), await statusOf(port, '/ready')]).toEqual([200, 503]);
  expect(await statusOf(port, '/metrics')).toBe(404);
});

it('a port that is taken stops the start and is named', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  onTestFinished(() => void other.close());
  const { port } = other.address() as { port: number };
  await expect(serveProbes({ HOST: '127.0.0.1', PROBE_PORT: port })).rejects.toThrow(`PROBE_PORT ${port} is taken`);
});

it(
  'a real worker is ready once it serves its queues, and a stopped one does not seem to live',
  { timeout: 120_000 },
  async () => {
    const { address: TEMPORAL_ADDRESS, namespace: TEMPORAL_NAMESPACE } = claimTemporal();
    const database = await createTestDatabase();
    const port = await findFreePort();
    const env = {
      ...process.env,
      ...{ TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, DATABASE_URL: database.url, DATA_DIR: await temporaryFolder() },
      ...{
        WORKER_QUEUES: 'sync',
        PORTAL_URL: 'http://127.0.0.1:1',
        PROBE_PORT: String(port),
        WORKER_GRACE_SECONDS: '0',
      },
    };
    const worker = spawn(process.execPath, ['temporal/worker.ts'], { env, stdio: 'ignore' });
    onTestFinished(async () => {
      worker.kill('SIGKILL');
      await once(worker, 'exit');
      await database.drop();
    });
    await until('the worker lives', async () => (await statusOf(port, '/live')) === 200, 60_000);
    await until('the worker is ready', async () => (await statusOf(port, '/ready')) === 200, 60_000);
    worker.kill('SIGSTOP');
    await expect(fetch(`http://127.0.0.1:${port}/live`, { signal: AbortSignal.timeout(2_000) })).rejects.toThrow();
  },
);
