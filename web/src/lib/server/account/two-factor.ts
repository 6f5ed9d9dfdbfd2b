/** Turning the second factor on and off. */
import { randomUUID } from 'node:crypto';
import { Secret } from 'otpauth';
import type { z } from 'zod';
import * as queries from '#db/queries/two-factor.ts';
import type { RecoveryCodesView, TwoFactorSetupView } from '#domain/shapes/account.ts';
import { secretContext } from '#db/secrets.ts';
import { twoFactorChangedMessage } from '#notifications/email-messages.ts';
import type { SessionUser } from '../auth/session.ts';
import { newRecoveryCodes, takeCode, totpOf, wrongCode } from '../auth/two-factor.ts';
import { qrCode } from '../calendar/subscribe-links.ts';
import { ApiError } from '../errors.ts';
import type { passwordOnly, twoFactorCode } from '../schemas/account-inputs.ts';
import type { Services } from '../services.ts';
import { assertPassword, mail, whileProven } from './passwords.ts';

export async function readTwoFactor({ orm }: Services, userId: string) {
  const row = await queries.readTwoFactor(orm.em.fork(), userId);
  if (!row?.enabledAt) return { enabledAt: null, recoveryCodesLeft: 0 };
  return { enabledAt: row.enabledAt, recoveryCodesLeft: row.recoveryHashes.length };
}

/** A secret for the app. It counts once a code from it has come. Throws `wrong_password`, `validation_failed`. */
export async function beginTwoFactor(
  services: Services,
  { id: userId, email }: SessionUser,
  { password }: z.output<typeof passwordOnly>,
): Promise<TwoFactorSetupView> {
  const proven = await assertPassword(services, userId, password);
  const id = randomUUID();
  const secret = new Secret({ size: 20 }).base32;
  const secretSealed = services.secrets.seal(secret, secretContext.twoFactor(id));
  if (!(await whileProven(services, proven, (em) => queries.storeTwoFactor(em, { id, userId, secretSealed }))))
    throw new ApiError('validation_failed', 'Two-factor sign-in is on already. Turn it off first to change the app.');
  const uri = totpOf(secret, email).toString();
  return { secret, uri, qr: qrCode(uri) };
}

/** With the first code of the app. Throws `invalid_code`, `rate_limited`. */
export async function enableTwoFactor(
  services: Services,
  user: SessionUser,
  { code }: z.output<typeof twoFactorCode>,
): Promise<RecoveryCodesView> {
  await services.limits.take('password', user.id);
  const row = await queries.readTwoFactor(services.orm.em.fork(), user.id);
  if (!row || row.enabledAt || !(await takeCode(services, row, code))) throw wrongCode();
  const { codes, hashes } = newRecoveryCodes();
  if (!(await queries.enableTwoFactor(services.orm.em.fork(), row.id, hashes))) throw wrongCode();
  tell(services, user, 'on');
  return { recoveryCodes: codes };
}

/** The ones before open nothing any more. Throws `wrong_password`, `validation_failed`. */
export async function renewRecoveryCodes(
  services: Services,
  user: SessionUser,
  { password }: z.output<typeof passwordOnly>,
): Promise<RecoveryCodesView> {
  const proven = await assertPassword(services, user.id, password);
  const row = await queries.readTwoFactor(services.orm.em.fork(), user.id);
  const { codes, hashes } = newRecoveryCodes();
  if (!row || !(await whileProven(services, proven, (em) => queries.replaceRecoveryCodes(em, row.id, hashes))))
    throw new ApiError('validation_failed', 'Two-factor sign-in is off.');
  tell(services, user, 'new_codes');
  return { recoveryCodes: codes };
}

/** Throws `wrong_password`. */
export async function disableTwoFactor(
  services: Services,
  user: SessionUser,
  { password }: z.output<typeof passwordOnly>,
): Promise<void> {
  const proven = await assertPassword(services, user.id, password);
  await whileProven(services, proven, (em) => queries.deleteTwoFactor(em, user.id));
  tell(services, user, 'off');
}

function tell(services: Services, { email }: SessionUser, change: 'on' | 'off' | 'new_codes'): void {
  mail(services, twoFactorChangedMessage({ to: email, publicUrl: services.config.PUBLIC_URL, change }));
}
