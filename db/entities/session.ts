import { defineEntity, p } from '@mikro-orm/core';
import { id, owner, time, timeOfCreation } from './columns.ts';

/** Where a user is signed in: a browser, or a program with a token. */
export const Session = defineEntity({
  name: 'Session',
  tableName: 'auth.sessions',
  properties: {
    id: id(),
    userId: owner(),
    /** SHA-256 of the token, hex. */
    tokenHash: p.text().unique(),
    ipAddress: p.text().nullable(),
    userAgent: p.text().nullable(),
    createdAt: timeOfCreation(),
    lastUsedAt: timeOfCreation(),
    expiresAt: time(),
  },
  indexes: [
    { name: 'sessions_user_id_index', properties: ['userId'] },
    { name: 'sessions_expires_at_index', properties: ['expiresAt'] },
  ],
});
