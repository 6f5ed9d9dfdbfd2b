/** Whether an address belongs to who registered it: asked by mail, and only where real mail is sent. */
import { emailVerificationMessage } from '#notifications/email-messages.ts';
import { storeLink } from '#db/queries/mailed-links.ts';
import { readUser } from '#db/queries/users.ts';
import type { SessionUser } from '../auth/session.ts';
import { newToken } from '../auth/tokens.ts';
import { ApiError } from '../errors.ts';
import type { Services } from '../services.ts';
import { linkSeconds } from './passwords.ts';

type Owner = Pick<SessionUser, 'id' | 'email'>;

/** The mail goes out after the answer. No effect without real mail. */
export function askToConfirm(services: Services, owner: Owner): void {
  if (services.mailer.way === 'smtp')
    services.background.run('mail a link to confirm an address', () => mailLink(services, owner));
}

/** True while the address is not confirmed, and could be. */
export async function awaitsConfirmation({ orm, mailer }: Services, userId: string): Promise<boolean> {
  if (mailer.way !== 'smtp') return false;
  return (await readUser(orm.em.fork(), userId))?.emailVerified === false;
}

/** The same mail once more; none where the address is confirmed already. Throws `rate_limited`, `unavailable`. */
export async function askToConfirmAgain(services: Services, owner: Owner): Promise<void> {
  if (!(await awaitsConfirmation(services, owner.id))) return;
  await services.limits.take('confirmByAccount', owner.id);
  await mailLink(services, owner).catch((error: unknown) => {
    throw new ApiError('unavailable', 'We could not send the mail. Try again later.', { cause: error });
  });
}

/** The link is the one of a change of address, to the address that the account has. */
async function mailLink({ orm, mailer, config }: Services, { id, email }: Owner): Promise<void> {
  const { token, tokenHash } = newToken();
  const link = { tokenHash, userId: id, purpose: 'change_email', newEmail: email, seconds: linkSeconds } as const;
  await storeLink(orm.em.fork(), link);
  await mailer.send(emailVerificationMessage({ to: email, publicUrl: config.PUBLIC_URL, token }));
}
