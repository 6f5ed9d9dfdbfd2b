import { defineEntity, p } from '@mikro-orm/core';
import type { OwnScope } from '#domain/shapes/account.ts';
import { owner, time, timeOfCreation } from './columns.ts';

/** A program that asks to be signed in, until its user has answered in a browser. */
export const DeviceLogin = defineEntity({
  name: 'DeviceLogin',
  tableName: 'auth.device_logins',
  properties: {
    /** Of the code that the program has: an HMAC, hex. */
    deviceHash: p.text().primary(),
    /** Of the code that the person types: an HMAC, since it is short. */
    userHash: p.text().unique(),
    /** What the program calls itself. */
    clientName: p.text(),
    scopes: p.array().$type<OwnScope[]>().columnType('text[]'),
    ipAddress: p.text().nullable(),
    /** Whose answer it was; null until there is one. */
    userId: owner().nullable(),
    state: p
      .text()
      .$type<'pending' | 'approved' | 'denied'>()
      .default('pending')
      .check(`state in ('pending', 'approved', 'denied')`),
    createdAt: timeOfCreation(),
    polledAt: time().nullable(),
    expiresAt: time(),
  },
  indexes: [
    { name: 'device_logins_user_id_index', properties: ['userId'] },
    { name: 'device_logins_expires_at_index', properties: ['expiresAt'] },
  ],
});
