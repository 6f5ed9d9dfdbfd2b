import { defineEntity, p } from '@mikro-orm/core';
import { bulkActions, bulkStates, type BulkAction, type BulkState } from '#domain/bulk.ts';
import type { BulkQuery } from '#domain/shapes/bulk.ts';
import { id, time, timeOfCreation } from './columns.ts';

const oneOf = (column: string, values: readonly string[]) =>
  `${column} in (${values.map((value) => `'${value}'`).join(', ')})`;

/** What an operator does to many users, one after the other. */
export const BulkOperation = defineEntity({
  name: 'BulkOperation',
  tableName: 'bulk_operations',
  properties: {
    id: id(),
    action: p.text().$type<BulkAction>().check(oneOf('action', bulkActions)),
    query: p.json<BulkQuery>(),
    ratePerMinute: p.integer(),
    reason: p.text().nullable(),
    /** The operator. No reference, as in the audit log. */
    requestedBy: p.uuid(),
    /** The operation that this one takes back. */
    undoOf: p.uuid().nullable(),
    state: p.text().$type<BulkState>().default('running').check(oneOf('state', bulkStates)),
    total: p.integer(),
    createdAt: timeOfCreation(),
    finishedAt: time().nullable(),
  },
  indexes: [{ name: 'bulk_operations_created_at_index', properties: ['createdAt'] }],
});
