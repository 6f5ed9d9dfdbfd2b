import { defineEntity, p } from '@mikro-orm/core';
import type { ApiKeyScope } from '#domain/shapes/account.ts';
import { id, owner, time, timeOfCreation } from './columns.ts';

/** A key for other tools, with what it may do. */
export const ApiKey = defineEntity({
  name: 'ApiKey',
  tableName: 'auth.api_keys',
  properties: {
    id: id(),
    userId: owner(),
    name: p.text(),
    /** How the key begins, to know it again. */
    start: p.text(),
    /** SHA-256 of the key, hex. */
    keyHash: p.text().unique(),
    scopes: p.array().$type<ApiKeyScope[]>().columnType('text[]'),
    createdAt: timeOfCreation(),
    lastUsedAt: time().nullable(),
    expiresAt: time().nullable(),
  },
  indexes: [{ name: 'api_keys_user_id_index', properties: ['userId', 'createdAt'] }],
});
