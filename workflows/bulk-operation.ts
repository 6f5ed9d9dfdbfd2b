/**
 * `bulkOperation`: one for each thing that an operator does to many users. PostgreSQL holds which users and what came of it;
 * this holds the pace. A worker that dies is followed by another one, which goes on with those who are left.
 */
import {
  ActivityCancellationType,
  CancellationScope,
  continueAsNew,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import type { SyncActivities } from '#domain/activities.ts';
import { paceOf } from '#domain/bulk.ts';
import { bulkProgress, type BulkOperationInput, type BulkProgress } from './messages.ts';
import { maintenance } from './maintenance-options.ts';
import { bulkPriority } from './names.ts';

/** Batches in one run, so that the history of 10,000 users stays small. */
const batchesInRun = 20;

const { runBulkBatch, finishBulk } = proxyActivities<SyncActivities>({
  ...maintenance,
  // A user takes a signal; fifty of them a second or two.
  startToCloseTimeout: '5m',
  heartbeatTimeout: '15s',
  // Without end: whoever gave the order sees that it stands still, and may cancel it.
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '30s' },
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  priority: { priorityKey: bulkPriority },
});

export async function bulkOperation(input: BulkOperationInput): Promise<void> {
  const { bulkId, total } = input;
  const progress: BulkProgress = input.progress ?? { state: 'running', total, done: 0, skipped: 0 };
  setHandler(bulkProgress, () => progress, { description: 'How many users it has been done to' });
  try {
    if (await workThrough(input, progress)) await finish(bulkId, progress, 'completed');
    else await continueAsNew<typeof bulkOperation>({ ...input, progress });
  } catch (error) {
    if (isCancellation(error)) await CancellationScope.nonCancellable(() => finish(bulkId, progress, 'canceled'));
    throw error;
  }
}

/** False where there are more users than fit into one run. */
async function workThrough({ bulkId, ratePerMinute }: BulkOperationInput, progress: BulkProgress): Promise<boolean> {
  const { batchSize, pauseMs } = paceOf(ratePerMinute);
  for (let batch = 0; batch < batchesInRun; batch += 1) {
    const { done, skipped, left } = await runBulkBatch({ bulkId, limit: batchSize });
    progress.done += done;
    progress.skipped += skipped;
    tell(progress);
    if (left === 0) return true;
    await sleep(pauseMs, { summary: `At most ${ratePerMinute} users a minute` });
  }
  return false;
}

async function finish(bulkId: string, progress: BulkProgress, state: 'completed' | 'canceled'): Promise<void> {
  progress.state = state;
  tell(progress);
  await finishBulk({ bulkId, state });
}

function tell({ state, total, done, skipped }: BulkProgress): void {
  setCurrentDetails(`**${state}**\n- Done: ${done} of ${total}\n- Skipped, since it no longer applied: ${skipped}`);
}
