/** A workflow task that was handed to a worker which dies with it, or ends just then. */
import { afterAll, expect, it } from 'vitest';
import { createSyncClient, type TemporalSyncClient } from '#temporal/client.ts';
import { startHarness } from '../workflows/harness.ts';

let harness = await startHarness();
afterAll(() => harness.close());

/** Takes a task as a worker does that dies with it. */
async function takeTask({ client }: TemporalSyncClient): Promise<string> {
  const poll = { namespace: client.options.namespace, taskQueue: { name: 'sync' }, identity: 'a worker that dies' };
  const { workflowExecution } = await client.withDeadline(Date.now() + 20_000, () =>
    client.workflowService.pollWorkflowTaskQueue(poll),
  );
  return workflowExecution!.workflowId!;
}

it('a request for a sync is answered by the next worker where the first one died with it', async () => {
  const user = harness.newUser();
  const left = await harness.leave();
  const temporal = createSyncClient(left.config);
  // Begun now, for it takes seconds to be ready, and the one that dies is.
  const next = startHarness({ after: left });
  const asked = temporal.requestSync(user.userId);
  expect(await takeTask(temporal)).toBe(`sync:${user.userId}`);
  harness = await next;
  const { jobId } = await asked;
  const attempt = await user.attempt(1);
  expect(attempt.input.jobId).toBe(jobId);
  attempt.succeed();
  await user.closedJobs(1);
  await temporal.close();
});
