import { defineEntity, p } from '@mikro-orm/core';
import { bulkOutcomes, type BulkOutcome } from '#domain/bulk.ts';
import { BulkOperation } from './bulk-operation.ts';
import { time } from './columns.ts';
import { User } from './user.ts';

/** Whom a bulk operation is about, and what came of it. */
export const BulkOperationUser = defineEntity({
  name: 'BulkOperationUser',
  tableName: 'bulk_operation_users',
  primaryKeys: ['bulkId', 'userId'],
  properties: {
    bulkId: p.manyToOne(BulkOperation).primary().mapToPk().joinColumn('bulk_id').deleteRule('cascade').index(false),
    userId: p.manyToOne(User).primary().mapToPk().joinColumn('user_id').deleteRule('cascade').index(false),
    /** Null until it is the user's turn. */
    outcome: p
      .text()
      .$type<BulkOutcome>()
      .nullable()
      .check(`outcome in (${bulkOutcomes.map((outcome) => `'${outcome}'`).join(', ')})`),
    at: time().nullable(),
  },
  indexes: [
    { name: 'bulk_operation_users_user_id_index', properties: ['userId'] },
    {
      name: 'bulk_operation_users_left_index',
      expression: `create index "bulk_operation_users_left_index" on "bulk_operation_users" ("bulk_id", "at" nulls first, "user_id") where outcome is null or outcome = 'started'`,
    },
  ],
});
