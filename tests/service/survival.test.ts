/** The whole service, with parts that are killed in the middle of a sync. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectControl } from '../portal/control-client.ts';
import type { RemoteControl } from '../portal/control-client.ts';
import { stackProcesses, startStack } from '../support/stack.ts';
import type { Stack } from '../support/stack.ts';
import { fits, readExpression, readExpressions, readSeries } from '../observability/files.ts';
import { registerUser } from './client.ts';
import { databaseAsText, historiesAsText, logsAsText } from './searched.ts';

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
    const temporal = await historiesAsText(stack);
    for (const secret of [...planted, username, rental.name, rental.recordId]) expect(temporal).not.toContain(secret);
    const database = await databaseAsText(stack);
    expect(database).toContain(rental.recordId);
    for (const secret of planted) expect(database).not.toContain(secret);
    const logs = logsAsText(stack);
    expect(logs.length).toBeGreaterThan(0);
    for (const secret of [...planted, username]) expect(logs).not.toContain(secret);
  });
});

/** Of these there is nothing before something is amiss; the metrics themselves are named all the same where they are ours. */
const seldom = [
  'temporal_workflow_task_execution_failed',
  'gibney_deliveries_refused{status!="none"}',
  'gibney_api_responses_total{status="5xx"}',
];

describe('what operators are told', () => {
  it('has every metric, label and value that the alerts and the dashboard ask for', async () => {
    const ports = JSON.parse(readFileSync(path.join(stack.dataDir, 'ports.json'), 'utf8')) as Record<string, number>;
    const scrape = async (url: string) => (await fetch(url)).text();
    const figures = await Promise.all([
      scrape(`${stack.url}/metrics`),
      scrape(`http://127.0.0.1:${ports.workerMetrics}/metrics`),
    ]);
    const jobs = ['gibney-web', 'gibney-worker'];
    const series = [
      ...jobs.map((job) => ({ __name__: 'up', job, instance: job })), // Prometheus' own
      ...figures.flatMap((scraped, index) => readSeries(scraped, jobs[index]!)),
    ];
    for (const { place, expression } of readExpressions()) {
      const { selectors, groupedBy } = readExpression(expression);
      const there = selectors.map((selector) => series.filter((one) => fits(one, selector)));
      const missing = selectors.filter(({ text }, index) => !seldom.includes(text) && there[index]!.length === 0);
      expect
        .soft(
          missing.map(({ text }) => text),
          place,
        )
        .toEqual([]);
      const known = new Set(there.flat().flatMap((one) => Object.keys(one)));
      if (known.size > 0)
        expect
          .soft(
            groupedBy.filter((label) => !known.has(label)),
            place,
          )
          .toEqual([]);
    }
    expect(figures[1]).toMatch(/^gibney_syncs_finished\{[^}]*status="completed"[^}]*\} \d/m);
    expect(figures[0]).toMatch(/^gibney_last_sync_age_seconds\{quantile="1"\} \d/m);
    expect(figures[0]).toMatch(/^gibney_sync_overdue_seconds\{quantile="0.9"\} 0$/m);
    expect(figures[0]).toMatch(/^gibney_accounts\{state="syncing",reason=""\} [1-9]/m);
  });
});
