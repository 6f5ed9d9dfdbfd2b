/** Another e-mail address for an account. */
import type { z } from 'zod';
import { emailChangedMessage, emailConfirmationMessage } from '#notifications/email-messages.ts';
import { userIdOf, writeEmail } from '#db/queries/credentials.ts';
import type { Proven } from '#db/queries/credentials.ts';
import { deleteLinks, storeLink, takeLink } from '#db/queries/mailed-links.ts';
import type { EntityManager } from '#db/orm.ts';
import { readUser } from '#db/queries/users.ts';
import type { EmailChangedView } from '#domain/shapes/account.ts';
import type { SessionUser } from '../auth/session.ts';
import { hashOfToken, newToken } from '../auth/tokens.ts';
import { ApiError } from '../errors.ts';
import type { emailChange, emailConfirmation } from '../schemas/account-inputs.ts';
import type { Services } from '../services.ts';
import { assertPassword, linkSeconds, mail, whileProven } from './passwords.ts';

/**
 * With real mail the new address must be confirmed; without it the address changes at once. Throws `wrong_password`,
 * `email_taken`, `rate_limited`.
 */
export async function changeEmail(
  services: Services,
  user: SessionUser,
  { newEmail, password }: z.output<typeof emailChange>,
): Promise<EmailChangedView> {
  const proven = await assertPassword(services, user.id, password);
  if (newEmail === user.email) return { status: 'changed', email: newEmail };
  if (await userIdOf(services.orm.em.fork(), newEmail)) throw taken();
  if (services.mailer.way !== 'smtp') {
    await whileProven(services, proven, (em) => moveTo(em, user.id, newEmail, false));
    services.sessionCache.forget(user.id);
    return { status: 'changed', email: newEmail };
  }
  await sendConfirmation(services, proven, newEmail);
  return { status: 'confirmation_sent', email: newEmail };
}

async function sendConfirmation(services: Services, proven: Proven, newEmail: string): Promise<void> {
  const { mailer, config } = services;
  const { token, tokenHash } = newToken();
  const link = { tokenHash, userId: proven.userId, purpose: 'change_email', newEmail, seconds: linkSeconds } as const;
  await whileProven(services, proven, (em) => storeLink(em, link));
  try {
    await mailer.send(emailConfirmationMessage({ to: newEmail, publicUrl: config.PUBLIC_URL, token }));
  } catch (error) {
    throw new ApiError('unavailable', 'We could not send the mail. Look at the address, and try again later.', {
      cause: error,
    });
  }
}

/** Tells the old address where it is another one. Throws `invalid_link`, `email_taken`, `rate_limited`. */
export async function confirmEmail(
  services: Services,
  { token }: z.output<typeof emailConfirmation>,
  clientAddress: string,
): Promise<{ email: string }> {
  await services.limits.take('linkByAddress', clientAddress);
  const { user, email } = await services.orm.em.fork().transactional(async (em) => {
    const link = await takeLink(em, hashOfToken(token), 'change_email');
    const user = link && (await readUser(em, link.userId));
    if (!link?.newEmail || !user)
      throw new ApiError(
        'invalid_link',
        'This link was used already or is too old. Ask for a new one in the settings.',
      );
    await moveTo(em, user.id, link.newEmail, true);
    return { user, email: link.newEmail };
  });
  services.sessionCache.forget(user.id);
  if (user.email !== email)
    mail(services, emailChangedMessage({ to: user.email, publicUrl: services.config.PUBLIC_URL }));
  return { email };
}

/** Links for a new password that went to the old address open nothing any more. */
async function moveTo(em: EntityManager, userId: string, email: string, verified: boolean): Promise<void> {
  if (!(await writeEmail(em, userId, email, verified))) throw taken();
  await deleteLinks(em, userId);
}

function taken(): ApiError {
  return new ApiError('email_taken', 'Another account has this e-mail address.', {
    fields: { newEmail: ['Another account has this e-mail address.'] },
  });
}
