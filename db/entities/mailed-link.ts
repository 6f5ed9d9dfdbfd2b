import { defineEntity, p } from '@mikro-orm/core';
import { owner, time } from './columns.ts';

/** The token of a link that was sent by mail, good for one use. */
export const MailedLink = defineEntity({
  name: 'MailedLink',
  tableName: 'auth.mailed_links',
  properties: {
    /** SHA-256 of the token, hex. */
    tokenHash: p.text().primary(),
    userId: owner(),
    purpose: p.text().$type<'reset_password' | 'change_email'>().check(`purpose in ('reset_password', 'change_email')`),
    newEmail: p.text().nullable(),
    expiresAt: time(),
  },
  indexes: [
    { name: 'mailed_links_user_id_index', properties: ['userId', 'purpose'] },
    { name: 'mailed_links_expires_at_index', properties: ['expiresAt'] },
  ],
});
