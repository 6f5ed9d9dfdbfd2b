/** The whole service, with parts that are killed in the middle of a sync. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSyncClient } from '#temporal/client.ts';
import { connectControl } from '../portal/control-client.ts';
import type { RemoteControl } from '../portal/control-client.ts';
import { stackProcesses, startStack } from '../support/stack.ts';
import type { Stack } from '../support/stack.ts';
import { metricsIn, readExpressions } from '../observability/files.ts';
import { registerUser } from './client.ts';

let stack: Stack;
let portal: RemoteControl;

beforeAll(async () => {
  stack = await startStack({ env: { RATE_LIMIT_SCALE: '0' } });
  portal = connectControl(stack.portalUrl);
}, 300_000);
afterAll(() => stack.stop(), 60_000);

function processOf(part: string): number {
  const found = stackProcesses(stack.dataDir).find(({ command }) => command.includes(part));
  if (!found) throw new Error(`no process of ${part}`);
  return found.pid;
}

describe('a sync whose worker dies', () => {
  it.each([
    { moment: 'signing in', phase: 'signing_in', slow: { signInMs: 3_000 } },
    { moment: 'reading', phase: 'reading', slow: { batchMs: 3_000 } },
  ])('completes all the same when it is killed while $moment', { timeout: 120_000 }, async ({ phase, slow }) => {
    const username = `killed-${phase}@example.com`;
    await portal.addUser({ username, password: 'entrechat', rentals: 137 });
    await portal.setDelays(slow, username);
    const user = await registerUser(stack.url);
    await user.connect(username, 'entrechat');
    await user.statusWhen(({ job }) => job?.phase === phase);
    process.kill(processOf('temporal/worker.ts'), 'SIGKILL');
    await portal.setDelays({ signInMs: 60, batchMs: 50 }, username);
    const { job } = await user.finished(undefined, 90_000);
    expect(job).toMatchObject({ status: 'completed', bookings_synced: 137, partial: false });
    const { body } = await user.call<{ jobs: unknown[] }>('GET', '/user/sync/history');
    expect(body.jobs).toHaveLength(1);
    expect((await portal.counters(username)).pagesMax).toBe(1);
  });
});

describe('first syncs of many who join at once', () => {
  it('all complete, each at its first run, with more dancers than browsers', { timeout: 240_000 }, async () => {
    await portal.setDelays({ signInMs: 60, batchMs: 50 });
    const names = Array.from({ length: 15 }, (_, index) => `joins-${index}@example.com`);
    for (const username of names) await portal.addUser({ username, password: 'entrechat', rentals: 40 });
    const users = await Promise.all(names.map(() => registerUser(stack.url)));
    await Promise.all(users.map((user, index) => user.connect(names[index]!, 'entrechat')));
    for (const user of users) {
      const { job } = await user.finished(undefined, 200_000);
      expect(job).toMatchObject({ status: 'completed', bookings_synced: 40, partial: false });
      const { body } = await user.call<{ jobs: { status: string }[] }>('GET', '/user/sync/history');
      expect(body.jobs.map(({ status }) => status)).toEqual(['completed']);
    }
    for (const username of names) expect((await portal.counters(username)).pagesMax).toBe(1);
  });
});

describe('secrets', () => {
  it('are in no history, no log and no table in the clear', { timeout: 120_000 }, async () => {
    const username = 'secretive-dancer@example.com';
    const password = 'pas-de-chat-4711';
    await portal.addUser({ username, password, rentals: 60 });
    const user = await registerUser(stack.url);
    await user.connect(username, 'wrong-grand-jete-0815');
    await user.finished();
    await user.connect(username, password);
    const { job } = await user.statusWhen(({ job: last }) => last?.status === 'completed');
    await user.finished(await user.sync());
    expect(job?.bookings_synced).toBe(60);

    const rental = (await portal.rentals(username))[0]!;
    const planted = [password, 'wrong-grand-jete-0815', user.password, user.token];
    const temporal = await historiesAsText();
    for (const secret of [...planted, username, rental.name, rental.recordId]) expect(temporal).not.toContain(secret);
    const database = await databaseAsText();
    expect(database).toContain(rental.recordId);
    for (const secret of planted) expect(database).not.toContain(secret);
    const logs = logsAsText();
    expect(logs.length).toBeGreaterThan(0);
    for (const secret of [...planted, username]) expect(logs).not.toContain(secret);
  });
});

/** Every event of every run, its payloads decoded. */
async function historiesAsText(): Promise<string> {
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
  expect(texts.length).toBeGreaterThan(0);
  return texts.join('\n');
}

async function databaseAsText(): Promise<string> {
  const client = new pg.Client({ connectionString: stack.databaseUrl });
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
function logsAsText(): string {
  const folder = path.join(stack.dataDir, 'logs');
  return readdirSync(folder)
    .filter((name) => !name.startsWith('stand-in'))
    .map((name) => readFileSync(path.join(folder, name), 'utf8'))
    .join('\n');
}

/** Of these there is nothing before something is amiss, or nothing has ever been waited for. */
const seldom = ['gibney_reconciled', 'gibney_deliveries_refused', 'temporal_workflow_task_execution_failed'];

describe('what operators are told', () => {
  it('has every metric that the alerts and the dashboard ask for', async () => {
    const ports = JSON.parse(readFileSync(path.join(stack.dataDir, 'ports.json'), 'utf8')) as Record<string, number>;
    const scrape = async (url: string) => (await fetch(url)).text();
    const figures = await Promise.all([
      scrape(`${stack.url}/metrics`),
      scrape(`http://127.0.0.1:${ports.workerMetrics}/metrics`),
    ]);
    const known = new Set(figures.join('\n').match(/(?<=^(# TYPE )?)[a-z][\w:]*/gm));
    const asked = readExpressions().flatMap(({ expression }) => metricsIn(expression));
    for (const name of [...seldom, 'up']) known.add(name);
    expect(asked.filter((name) => !known.has(name))).toEqual([]);
    expect(figures[1]).toMatch(/^gibney_syncs_finished\{[^}]*status="completed"[^}]*\} \d/m);
    expect(figures[0]).toMatch(/^gibney_last_sync_age_seconds\{quantile="1"\} \d/m);
    expect(figures[0]).toMatch(/^gibney_accounts\{state="syncing",reason=""\} [1-9]/m);
  });
});
