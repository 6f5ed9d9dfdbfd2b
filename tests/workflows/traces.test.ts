/** Traces of workflows on a real Temporal server: what belongs to which click, and workers that trace beside such that do not. */
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createTracing } from '#platform/open-telemetry.ts';
import { closeTracing, inSpan, setTracing } from '#platform/tracing.ts';
import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver.ts';
import { startHarness, type Harness, type World } from './harness.ts';
import { firstSync } from './steps.ts';

let receiver: OtlpReceiver;
let harness: Harness;

beforeAll(async () => {
  receiver = await startOtlpReceiver();
  const { endpoint } = receiver;
  const log = pino({ enabled: false });
  setTracing(createTracing({ endpoint, headers: {}, service: 'test', sampler: 'always_on', ratio: 1, log }));
});
afterEach(() => harness.close());
afterAll(async () => {
  await closeTracing();
  await receiver.close();
});

const click = (world: World, name: string, options?: object) =>
  inSpan({ name, parent: null }, () => world.temporal.requestSync(world.userId, options ? { options } : {}));

const named = (name: string) => (span: ReceivedSpan) => span.name === name;
const childOf = (parent: ReceivedSpan, name: string) =>
  receiver.span(({ parentId, name: own }) => parentId === parent.spanId && own === name);

/** From the click to the sync that answers it. */
async function syncOf(clickName: string): Promise<ReceivedSpan> {
  const root = await receiver.span(named(clickName));
  const update = await childOf(root, 'update requestSync');
  return childOf(await childOf(update, 'handle requestSync'), 'sync');
}

describe('a traced workflow', () => {
  it('makes one trace of a click, with all that follows from it', { timeout: 60_000 }, async () => {
    harness = await startHarness({ traced: 'alone' });
    const world = harness.newUser();
    await firstSync(world);
    const { jobId } = await click(world, 'click one');
    const attempt = await world.attempt(2);
    // Joins the sync that runs: asked for and answered in its own trace, and nothing more.
    await click(world, 'click two');
    attempt.fail('interrupted');
    // Comes after it, in the next run of the workflow.
    const third = await click(world, 'click three', { dryRun: true });
    expect(third).toMatchObject({ joined: false });
    (await world.attempt(3)).succeed();
    (await world.attempt(4)).succeed();
    await world.closedJobs(3);

    const sync = await syncOf('click one');
    expect(sync.attributes).toMatchObject({
      'gibney.job.id': jobId,
      'gibney.user.id': world.userId,
      'gibney.trigger': 'request',
      'temporal.workflow.type': 'userSync',
    });
    await childOf(sync, 'activity closeSyncJob');
    const children = receiver.spans.filter(({ parentId }) => parentId === sync.spanId);
    const activities = children.map(({ name, status }) => [name, status.message ?? 'ok']);
    expect(activities).toEqual([
      ['activity openSyncJob', 'ok'],
      ['activity scrapeRentals', 'interrupted'],
      ['activity scrapeRentals', 'ok'],
      ['activity reconcileBookings', 'ok'],
      ['activity closeSyncJob', 'ok'],
    ]);
    expect((await syncOf('click three')).attributes['gibney.job.id']).toBe(third.jobId);
    const joined = receiver.spans.filter(({ traceId }) => traceId === receiver.spans.find(named('click two'))!.traceId);
    expect(joined.map(({ name }) => name).sort()).toEqual(['click two', 'handle requestSync', 'update requestSync']);

    const first = await receiver.span(
      ({ name, attributes }) => name === 'sync' && attributes['gibney.trigger'] === 'schedule',
    );
    expect(first.parentId).toBe('');
    const roots = receiver.spans.filter(({ parentId }) => parentId === '').map(({ name }) => name);
    expect(roots.toSorted()).toEqual(['activity readSyncState', 'click one', 'click three', 'click two', 'sync']);
  });

  it('tells the kind of what failed', { timeout: 60_000 }, async () => {
    harness = await startHarness({ traced: 'alone' });
    const world = harness.newUser();
    await firstSync(world);
    await click(world, 'click that fails');
    (await world.attempt(2)).fail('portal_changed');
    await world.closedJobs(2);
    expect(await syncOf('click that fails')).toMatchObject({ status: { code: 2, message: 'portal_changed' } });
  });
});

describe('workers of which one traces', () => {
  it('share their workflows, and each goes on where the other was', { timeout: 120_000 }, async () => {
    harness = await startHarness({ traced: 'with others' });
    const worlds = Array.from({ length: 6 }, () => harness.newUser());
    await Promise.all(
      worlds.map(async (world, index) => {
        await firstSync(world);
        for (let sync = 0; sync < 2; sync += 1) {
          const next = world.attempts.length + 1;
          await click(world, `mixed ${index} ${sync}`);
          (await world.attempt(next)).fail('interrupted');
          (await world.attempt(next + 1)).succeed();
          await world.closedJobs(2 + sync);
        }
      }),
    );
    const failed = [];
    const workers = new Set<unknown>();
    for (const world of worlds) {
      expect(world.closed.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed']);
      const query = `WorkflowId = 'sync:${world.userId}'`;
      for await (const { runId } of world.temporal.client.workflow.list({ query })) {
        const { events } = await world.history(runId);
        failed.push(...events!.filter((event) => event.workflowTaskFailedEventAttributes));
        for (const { workflowTaskCompletedEventAttributes: task } of events!) if (task) workers.add(task.identity);
      }
    }
    expect(failed).toEqual([]);
    expect(workers).toEqual(new Set(['with traces', 'without traces']));
    await receiver.span(named('sync'));
  });
});
