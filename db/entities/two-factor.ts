import { defineEntity, p } from '@mikro-orm/core';
import { User } from './user.ts';
import { id, time, timeOfCreation } from './columns.ts';

/** An authenticator app that a user signs in with, beside the password. */
export const TwoFactor = defineEntity({
  name: 'TwoFactor',
  tableName: 'auth.two_factor',
  properties: {
    id: id(),
    userId: p.manyToOne(User).mapToPk().joinColumn('user_id').deleteRule('cascade').unique(),
    /** The secret that the app shares, sealed. */
    secretSealed: p.text().hidden(),
    createdAt: timeOfCreation(),
    /** Since when it is asked for; null until the first code from it has come. */
    enabledAt: time().nullable(),
    /** The half minute of the last code that was taken. No code counts twice. */
    lastStep: p.integer().nullable(),
    /** SHA-256 of each recovery code that was not used yet, hex. */
    recoveryHashes: p.array().columnType('text[]').defaultRaw(`'{}'`),
  },
});
