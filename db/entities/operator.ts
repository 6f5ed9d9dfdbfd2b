import { defineEntity, p } from '@mikro-orm/core';
import { timeOfCreation } from './columns.ts';
import { User } from './user.ts';

/** Users who look after the service. */
export const Operator = defineEntity({
  name: 'Operator',
  tableName: 'auth.operators',
  properties: {
    userId: p.manyToOne(User).mapToPk().primary().joinColumn('user_id').deleteRule('cascade').index(false),
    createdAt: timeOfCreation(),
  },
});
