/** What a worker says from its start: what is rare is there as 0, so that Prometheus sees the first one. */
import { Runtime } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { counters } from '#activities/counters.ts';
import { createLog } from '#platform/log.ts';
import { findFreePort } from '#platform/ports.ts';
import { installRuntime } from '#temporal/runtime.ts';
import { createWorkerFigures } from '#temporal/worker-figures.ts';
import { fits, readExpression, readExpressions, readSeries } from '../observability/files.ts';

let port: number;
let figures: ReturnType<typeof createWorkerFigures>;

beforeAll(async () => {
  port = await findFreePort();
  await installRuntime({ HOST: '127.0.0.1', METRICS_PORT: port }, createLog('test', 'error'));
  figures = createWorkerFigures();
});
afterAll(() => Runtime.instance().shutdown());

const scrape = async () => readSeries(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text(), 'gibney-worker');

it('has a series for each rare thing that an alert or a plot asks for', async () => {
  figures.beginAtZero('default', Object.values(counters));
  const series = await scrape();
  const names: string[] = Object.values(counters).map(({ name }) => name);
  const asked = readExpressions().flatMap(({ expression }) => readExpression(expression).selectors);
  const ofCounters = asked.filter(({ name }) => names.includes(name));
  expect(ofCounters.length).toBeGreaterThan(8);
  const missing = ofCounters.filter((one) => !series.some((known) => fits(known, one))).map(({ text }) => text);
  expect([...new Set(missing)]).toEqual(['gibney_deliveries_refused{status!="none"}']);
});

it('says how the connections of its pool are used', async () => {
  const end = figures.watchPool('orm', () => ({ used: 9, idle: 1, waiting: 3 }));
  end();
  const connections = (await scrape()).filter(({ __name__ }) => __name__ === 'gibney_database_connections');
  expect(connections.map(({ pool, state }) => [pool, state]).sort()).toEqual([
    ['orm', 'idle'],
    ['orm', 'used'],
    ['orm', 'waiting'],
  ]);
});

it('counts on in the same series: the SDK tags them so', async () => {
  const { name, unit, help, taskQueue, activityType } = counters.reconcilerRuns;
  const before = (await scrape()).filter(({ __name__ }) => __name__ === name);
  const meter = Runtime.instance().metricMeter.withTags({ namespace: 'default', taskQueue }).withTags({ activityType });
  meter.createCounter(name, unit, help).add(1);
  const after = (await scrape()).filter(({ __name__ }) => __name__ === name);
  expect([before.length, after.length]).toEqual([1, 1]);
});
