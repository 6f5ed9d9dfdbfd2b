/** Changing a password that is known, and replacing one that is not. */
import { hash, verify } from '@node-rs/argon2';
import type { z } from 'zod';
import { passwordChangedMessage, passwordResetMessage } from '#notifications/email-messages.ts';
import type { EmailMessage } from '#notifications/email-messages.ts';
import * as queries from '#db/queries/passwords.ts';
import { deleteSessions } from '#db/queries/sessions.ts';
import { readUser } from '#db/queries/users.ts';
import { userIdOf } from '../auth/accounts.ts';
import type { Session } from '../auth/session.ts';
import { ApiError } from '../errors.ts';
import type { passwordChange, passwordReset, passwordResetRequest } from '../schemas/account-inputs.ts';
import type { Services } from '../services.ts';
import { hashOfToken, linkSeconds, newToken } from './mailed-links.ts';

/** Throws `wrong_password`, `rate_limited`. */
export async function assertPassword({ orm, limits }: Services, userId: string, password: string): Promise<void> {
  await limits.take('password', userId);
  const stored = await queries.readPasswordHash(orm.em.fork(), userId);
  if (!stored || !(await verify(stored, password)))
    throw new ApiError('wrong_password', 'This is not your password.', {
      fields: { password: ['This is not your password.'] },
    });
}

/** Ends all other sessions, and links that were mailed before. Throws `wrong_password`, `rate_limited`. */
export async function changePassword(
  services: Services,
  { id, user }: Session,
  { currentPassword, newPassword }: z.output<typeof passwordChange>,
): Promise<void> {
  await assertPassword(services, user.id, currentPassword).catch((error: unknown) => {
    if (!(error instanceof ApiError) || error.reason !== 'wrong_password') throw error;
    throw new ApiError('wrong_password', error.message, { fields: { currentPassword: [error.message] } });
  });
  await writePassword(services, user.id, await hash(newPassword), id);
  mail(services, passwordChangedMessage({ to: user.email, publicUrl: services.config.PUBLIC_URL }));
}

/**
 * Mails a link to the account of this address, if there is one. Looking and mailing come after the answer, so neither
 * what it says nor how long it takes tells. Throws `rate_limited`, and `unavailable` where no mail can be sent at all.
 */
export async function requestPasswordReset(
  services: Services,
  { email }: z.output<typeof passwordResetRequest>,
  clientAddress: string,
): Promise<void> {
  assertMail(services);
  await services.limits.take('resetByAddress', clientAddress);
  await services.limits.take('resetByAccount', email);
  services.background.run('mail a link for a new password', async () => {
    const userId = await userIdOf(services, email);
    if (!userId) return;
    const { token, tokenHash } = newToken();
    const link = { tokenHash, userId, purpose: 'reset_password', newEmail: null, seconds: linkSeconds } as const;
    await queries.storeLink(services.orm.em.fork(), link);
    await services.mailer.send(passwordResetMessage({ to: email, publicUrl: services.config.PUBLIC_URL, token }));
  });
}

/** Ends all sessions. The link has proved whose address it is. Throws `invalid_link`, `rate_limited`. */
export async function resetPassword(
  services: Services,
  { token, newPassword }: z.output<typeof passwordReset>,
  clientAddress: string,
): Promise<void> {
  await services.limits.take('linkByAddress', clientAddress);
  const passwordHash = await hash(newPassword);
  const email = await services.orm.em.fork().transactional(async (em) => {
    const link = await queries.takeLink(em, hashOfToken(token), 'reset_password');
    const user = link && (await readUser(em, link.userId));
    if (!user) throw new ApiError('invalid_link', 'This link was used already or is too old. Ask for a new one.');
    await queries.writeEmail(em, user.id, user.email, true);
    await replacePassword(em, user.id, passwordHash, null);
    return user.email;
  });
  mail(services, passwordChangedMessage({ to: email, publicUrl: services.config.PUBLIC_URL }));
}

/** Throws `unavailable`. */
function assertMail({ mailer }: Services): void {
  if (mailer.way === 'none')
    throw new ApiError('unavailable', 'This service cannot send mail. Ask whoever runs it for a new password.');
}

/** Sends what should be known, after the answer; nothing where no mail can be sent. */
export function mail({ mailer, background }: Pick<Services, 'mailer' | 'background'>, message: EmailMessage): void {
  if (mailer.way !== 'none') background.run('mail a notice', () => mailer.send(message));
}

function writePassword({ orm }: Services, userId: string, passwordHash: string, keep: string): Promise<void> {
  return orm.em.fork().transactional((em) => replacePassword(em, userId, passwordHash, keep));
}

type EntityManager = Parameters<typeof queries.writePasswordHash>[0];

/** Whoever came in with the old password is out, and so is every link that was mailed. */
async function replacePassword(em: EntityManager, userId: string, hashed: string, keep: string | null): Promise<void> {
  await queries.writePasswordHash(em, userId, hashed);
  await queries.deleteLinks(em, userId, 'reset_password');
  await queries.deleteLinks(em, userId, 'change_email');
  await deleteSessions(em, userId, keep);
}
