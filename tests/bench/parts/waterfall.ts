/** What happens between the click and the first request to the portal, told by the workflow's own history. */
import type { WorkflowHandle } from '@temporalio/client';
import { createClient } from '#temporal/connection.ts';
import { userSyncId } from '#workflows/names.ts';
import { realisticDelays } from '../../portal/defaults.ts';
import { expectRows, newDancer, portalPassword, say } from '../bench.ts';
import type { Bench } from '../bench.ts';
import { median } from '../figures.ts';
import type { PartResult, Span } from '../figures.ts';
import { untilAtRest } from '../measure/processor.ts';
import type { Dancer, FinishedSync } from '../service.ts';

const part = 'waterfall';

interface Click {
  firstRequestMs: number;
  spans: Span[];
}

export async function untilTheFirstRequest(bench: Bench): Promise<PartResult> {
  say('from the click to the first request to the portal');
  const { stack, portal, rounds } = bench;
  const dancer = await newDancer(bench, 'waterfall@example.com', 5);
  await portal.setDelays(realisticDelays, dancer.username);
  const client = createClient({
    TEMPORAL_ADDRESS: stack.temporalAddress,
    TEMPORAL_NAMESPACE: 'default',
    TEMPORAL_API_KEY: undefined,
    TEMPORAL_TLS: false,
  });
  const clicks: Click[] = [];
  try {
    await expectRows(dancer.connect(portalPassword), 5);
    const { id } = await dancer.call<{ id: string }>('GET', '/user/profile');
    for (let round = 0; round <= rounds; round += 1) {
      // Only then the sleeping run is the one that the click wakes.
      await untilAtRest(stack);
      const sleeping = client.workflow.getHandle(userSyncId(id));
      const { runId } = await sleeping.describe();
      const requested = firstRequest(bench, dancer);
      const finished = await expectRows(dancer.sync(), 5);
      const firstRequestAt = await requested;
      const handle = client.workflow.getHandle(userSyncId(id), runId);
      const click = { firstRequestMs: firstRequestAt - finished.clickedAt, spans: await spansOf(handle, finished) };
      click.spans.push({
        label: 'first request at the portal',
        kind: 'portal',
        from: click.firstRequestMs,
        to: click.firstRequestMs,
      });
      if (round > 0) clicks.push(click);
    }
  } finally {
    dancer.close();
    await client.connection.close();
  }
  const ours = clicks.map(({ firstRequestMs }) => firstRequestMs);
  const typical = clicks.find(({ firstRequestMs }) => firstRequestMs === median(ours))!;
  const title = 'Click to the first request to the portal, saved portal session';
  const spans = typical.spans.filter(({ from }) => from <= typical.firstRequestMs).sort((a, b) => a.from - b.from);
  return {
    figures: [{ id: 'waterfall.first-request', part, title, unit: 'ms', better: 'lower', ours }],
    waterfalls: [{ part, title: `${title} (the median of ${ours.length})`, spans }],
  };
}

/** When the portal next hears from this user, in milliseconds since 1970. */
async function firstRequest({ portal }: Bench, { username }: Dancer): Promise<number> {
  const before = (await portal.counters(username)).lastRequestAt;
  for (;;) {
    const { lastRequestAt } = await portal.counters(username);
    if (lastRequestAt !== null && lastRequestAt !== before) return lastRequestAt;
  }
}

interface Began {
  label: string;
  scheduled: number;
  started?: number;
}

/** Each task waits in its queue first and then works; the server's clock is ours. */
async function spansOf(
  handle: WorkflowHandle,
  { clickedAt, acceptedMs, firstProgressMs }: FinishedSync,
): Promise<Span[]> {
  const { events } = await handle.fetchHistory();
  const spans: Span[] = [
    { label: 'POST /user/sync until its answer', kind: 'web', from: 0, to: acceptedMs },
    { label: 'first progress at the subscriber', kind: 'web', from: firstProgressMs, to: firstProgressMs },
  ];
  const began = new Map<number, Began>();
  for (const event of events ?? []) {
    const at = Number(event.eventTime!.seconds) * 1_000 + event.eventTime!.nanos! / 1e6 - clickedAt;
    const id = Number(event.eventId);
    const task = event.activityTaskScheduledEventAttributes;
    if (task) began.set(id, { label: task.activityType!.name!, scheduled: at });
    if (event.workflowTaskScheduledEventAttributes) began.set(id, { label: 'workflow task', scheduled: at });
    const taken = event.activityTaskStartedEventAttributes ?? event.workflowTaskStartedEventAttributes;
    if (taken) Object.assign(began.get(Number(taken.scheduledEventId))!, { started: at });
    if (event.workflowExecutionUpdateAcceptedEventAttributes)
      spans.push({ label: 'update accepted', kind: 'workflow', from: at, to: at });
    const done = event.activityTaskCompletedEventAttributes ?? event.workflowTaskCompletedEventAttributes;
    if (done && at >= 0) spans.push(...spansOfTask(began.get(Number(done.scheduledEventId))!, at));
  }
  return spans;
}

function spansOfTask({ label, scheduled, started = scheduled }: Began, done: number): Span[] {
  const kind = label === 'workflow task' ? 'workflow' : 'activity';
  return [
    { label: `${label}: waits`, kind: 'queue', from: scheduled, to: started },
    { label, kind, from: started, to: done },
  ];
}
