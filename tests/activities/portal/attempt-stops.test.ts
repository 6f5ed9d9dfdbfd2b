import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAttemptStops, type AttemptStops } from '#activities/portal/attempt-stops.ts';
import { stopAttempts } from '#db/queries/sync-jobs.ts';
import { createLog } from '#platform/log.ts';
import { startPortal, type Portal } from '#tests/portal/server.ts';
import { useScrape, type Attempt, type Dancer } from './harness.ts';

const [username, password] = ['dancer@example.test', 'Plié 42'];

let stops: AttemptStops;
const scrape = useScrape(() => ({ stops }));
let portal: Portal;
let dancer: Dancer;

beforeAll(async () => {
  portal = await startPortal({ users: [{ username, password, rentals: 60 }] });
  dancer = await scrape.connect(username, password);
  stops = createAttemptStops(scrape.database.url(), createLog('test', 'silent'));
  await stops.listening();
});
afterAll(async () => {
  await stops.close();
  await portal.close();
});

/** One that waits for a batch of rows which never comes. */
async function hangingAttempt(): Promise<Attempt> {
  const { listLoads: before } = portal.control.counters();
  portal.control.misbehave({ kind: 'batchNeverArrives' });
  const patient = { documentMs: 60_000, contentMs: 60_000, linkMs: 60_000, clickResponseMs: 60_000 };
  const timeouts = { ...patient, signInMs: 60_000, verdictMs: 60_000, quietMs: 60_000, settleMs: 300 };
  const attempt = await scrape.start(portal.url, dancer, {}, timeouts);
  await portal.control.waitFor(({ listLoads }) => listLoads > before);
  portal.control.behave();
  return attempt;
}

it('an attempt that is told to stop ends at once, without a heartbeat', async () => {
  const running = await hangingAttempt();
  await stopAttempts(scrape.database.em(), { jobId: running.jobId, attempt: 1 });
  expect(await running.outcome).toMatchObject({ type: 'cancelled', nonRetryable: true });
  expect(running.heartbeats).toEqual([]);
  expect(scrape.browsers().stats().contexts).toBe(0);
});

it('an attempt that was taken for lost ends as the next one begins, which goes on', async () => {
  const lost = await hangingAttempt();
  const next = await scrape.read(portal.url, dancer, { jobId: lost.jobId, attempt: 2 });
  expect(await lost.outcome).toMatchObject({ type: 'cancelled' });
  expect(next.result).toMatchObject({ attempt: 2, count: 60, complete: true });
});
