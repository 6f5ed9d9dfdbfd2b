/** What operators do to many users at once. */
import { z } from 'zod';
import { bulkActions, bulkStates } from '../bulk.ts';
import { failureKindNames } from '../failure-kinds.ts';
import { syncStates } from '../sync-states.ts';
import { count, flag, id, time } from './common.ts';

export const bulkQuery = z.strictObject({
  state: z.enum(syncStates, `A state is one of ${syncStates.join(', ')}.`).optional(),
  errorCode: z.enum(failureKindNames).optional(),
});

export const bulkOperation = z
  .object({
    id: id.nullable().meta({ description: 'Null of a dry run.' }),
    action: z.enum(bulkActions),
    query: bulkQuery,
    rate: count.meta({ description: 'Users a minute, at most.' }),
    reason: z.string().nullable(),
    state: z.enum(['dry_run', ...bulkStates]),
    total: count,
    done: count,
    leftOut: count.optional().meta({
      description:
        'Of a dry run: users who have to do something at Gibney first, and whose failure the query does not name.',
    }),
    skipped: count.meta({ description: 'Users to whom it no longer applied when their turn came.' }),
    undoOf: id.nullable().meta({ description: 'The operation that this one takes back.' }),
    canUndo: flag,
    createdAt: time.nullable(),
    finishedAt: time.nullable(),
    users: z
      .array(z.object({ id, email: z.string() }))
      .nullable()
      .meta({ description: 'Of a dry run: the first hundred of those whom it would be about.' }),
    workflowUrl: z.url().nullable(),
  })
  .meta({ id: 'BulkOperation' });

/** What an entry of the audit log says about the operation that it belongs to. */
export const bulkTrace = z.object({
  id: id.nullable().meta({ description: 'Null of a dry run.' }),
  query: bulkQuery.optional(),
  rate: count.optional(),
});

export const bulkOperations = z.object({ operations: z.array(bulkOperation) }).meta({ id: 'BulkOperations' });

export type BulkQuery = z.output<typeof bulkQuery>;
export type BulkTrace = z.output<typeof bulkTrace>;
export type BulkOperationView = z.output<typeof bulkOperation>;
