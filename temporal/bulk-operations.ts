/** The workflows that do what operators order for many users, as the web reaches them. */
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import type { BulkOperations } from '#domain/sync-client.ts';
import { bulkProgress, type BulkOperationInput } from '#workflows/messages.ts';
import { bulkOperationId, bulkOperationType, bulkPriority, syncQueue } from '#workflows/names.ts';
import { unavailable, type UntilDeadline } from './deadline.ts';

const queryDeadlineMs = 2_000;

export function createBulkOperations(client: Client, untilAnswered: UntilDeadline): BulkOperations {
  const handle = (bulkId: string) => client.workflow.getHandle(bulkOperationId(bulkId));
  return {
    async startBulk({ action, ...input }) {
      await untilAnswered(() =>
        client.workflow.start(bulkOperationType, {
          workflowId: bulkOperationId(input.bulkId),
          taskQueue: syncQueue,
          workflowIdConflictPolicy: 'USE_EXISTING',
          args: [input] as [BulkOperationInput],
          priority: { priorityKey: bulkPriority },
          staticSummary: `${action} of ${input.total} users, at most ${input.ratePerMinute} a minute`,
          staticDetails: 'Ordered by an operator. Cancel it to stop; who is done stays done. See docs/operations.md.',
        }),
      );
    },
    async cancelBulk(bulkId) {
      try {
        await untilAnswered(() => handle(bulkId).cancel());
        return true;
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      }
    },
    async readBulk(bulkId) {
      try {
        return await client.withDeadline(Date.now() + queryDeadlineMs, () => handle(bulkId).query(bulkProgress));
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return null;
        throw unavailable(error);
      }
    },
  };
}
