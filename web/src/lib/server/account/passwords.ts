/** Changing a password that is known, and replacing one that is not. */
import type { z } from 'zod';
import { passwordChangedMessage, passwordResetMessage } from '#notifications/email-messages.ts';
import type { EmailMessage } from '#notifications/email-messages.ts';
import {
  lockPasswordHolder,
  readPasswordHash,
  userIdOf,
  writeEmail,
  writePasswordHash,
} from '#db/queries/credentials.ts';
import type { Proven } from '#db/queries/credentials.ts';
import { deleteLinks, storeLink, takeLink } from '#db/queries/mailed-links.ts';
import { deleteSessions } from '#db/queries/sessions.ts';
import { readUser } from '#db/queries/users.ts';
import type { EntityManager } from '#db/orm.ts';
import { hashPassword, verifyPassword } from '../auth/password-hashes.ts';
import type { Session } from '../auth/session.ts';
import { hashOfToken, newToken } from '../auth/tokens.ts';
import { ApiError } from '../errors.ts';
import type { passwordChange, passwordReset, passwordResetRequest } from '../schemas/account-inputs.ts';
import type { Services } from '../services.ts';

/** How long a mailed link works. */
export const linkSeconds = 60 * 60;

/** Whose it is; what it allows is done by {@link whileProven}. Throws `wrong_password`, `rate_limited`. */
export async function assertPassword({ orm, limits }: Services, userId: string, password: string): Promise<Proven> {
  await limits.take('password', userId);
  const passwordHash = await readPasswordHash(orm.em.fork(), userId);
  if (!(await verifyPassword(passwordHash, password)) || passwordHash === null) throw wrongPassword();
  return { userId, passwordHash };
}

/**
 * What the password allows, in a transaction during which nobody changes it: to check it takes long, and who has set another one meanwhile
 * has shut out whoever knew the old one. Throws `wrong_password`.
 */
export function whileProven<T>({ orm }: Services, proven: Proven, work: (em: EntityManager) => Promise<T>): Promise<T> {
  return orm.em.fork().transactional(async (em) => {
    if (!(await lockPasswordHolder(em, proven))) throw wrongPassword();
    return work(em);
  });
}

function wrongPassword(field = 'password'): ApiError {
  const message = 'This is not your password.';
  return new ApiError('wrong_password', message, { fields: { [field]: [message] } });
}

/** Ends all other sessions, and links that were mailed before. Throws `wrong_password`, `rate_limited`. */
export async function changePassword(
  services: Services,
  { id, user }: Session,
  { currentPassword, newPassword }: z.output<typeof passwordChange>,
): Promise<void> {
  try {
    const proven = await assertPassword(services, user.id, currentPassword);
    const passwordHash = await hashPassword(newPassword);
    await whileProven(services, proven, (em) => replacePassword(em, user.id, passwordHash, id));
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== 'wrong_password') throw error;
    throw wrongPassword('currentPassword');
  }
  services.sessionCache.forget(user.id);
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
    const userId = await userIdOf(services.orm.em.fork(), email);
    if (!userId) return;
    const { token, tokenHash } = newToken();
    const link = { tokenHash, userId, purpose: 'reset_password', newEmail: null, seconds: linkSeconds } as const;
    await storeLink(services.orm.em.fork(), link);
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
  const passwordHash = await hashPassword(newPassword);
  const user = await services.orm.em.fork().transactional(async (em) => {
    const link = await takeLink(em, hashOfToken(token), 'reset_password');
    const user = link && (await readUser(em, link.userId));
    if (!user) throw new ApiError('invalid_link', 'This link was used already or is too old. Ask for a new one.');
    await writeEmail(em, user.id, user.email, true);
    await replacePassword(em, user.id, passwordHash, null);
    return user;
  });
  services.sessionCache.forget(user.id);
  mail(services, passwordChangedMessage({ to: user.email, publicUrl: services.config.PUBLIC_URL }));
}

/** Throws `unavailable`. */
function assertMail({ mailer }: Services): void {
  if (mailer.way === 'none')
    throw new ApiError('unavailable', 'This service cannot send mail. Ask whoever runs it for a new password.');
}

/** Sends what should be known, after the answer; nothing where no mail can be sent. */
export function mail({ mailer, background }: Pick<Services, 'mailer' | 'background'>, message: EmailMessage): void {
  if (mailer.way !== 'none') background.run('mail a notice', async () => void (await mailer.send(message)));
}

/** Whoever came in with the old password is out, and so is every link that was mailed. */
async function replacePassword(em: EntityManager, userId: string, hashed: string, keep: string | null): Promise<void> {
  await writePasswordHash(em, userId, hashed);
  await deleteLinks(em, userId);
  await deleteSessions(em, userId, keep);
}
