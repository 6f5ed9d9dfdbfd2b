/** The second factor: codes of an authenticator app, and recovery codes for who has lost it. Each counts once. */
import { randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import { readTwoFactor, takeRecoveryCode, takeStep } from '#db/queries/two-factor.ts';
import type { TwoFactorRow } from '#db/queries/two-factor.ts';
import { secretContext } from '#db/secrets.ts';
import { ApiError } from '../errors.ts';
import type { Services } from '../services.ts';
import { hashOfToken } from './tokens.ts';

const periodMs = 30_000;

/** What an app and we share: SHA-1, six digits, half a minute, as every app understands it. */
export function totpOf(secret: string, email: string): TOTP {
  return new TOTP({ issuer: 'gibney-sync', label: email, secret: Secret.fromBase32(secret) });
}

/** Throws `invalid_code`, `rate_limited`. */
export async function assertSecondFactor(
  services: Pick<Services, 'orm' | 'limits' | 'secrets'>,
  userId: string,
  code: string,
  clientAddress: string,
): Promise<void> {
  await services.limits.take('codeByBoth', `${clientAddress} ${userId}`);
  await services.limits.take('codeByAccount', userId);
  const row = await readTwoFactor(services.orm.em.fork(), userId);
  if (!row?.enabledAt || !(await takeCode(services, row, code))) throw wrongCode();
}

/** Takes a code of the app, or a recovery code; false where it is neither, or was taken before. */
export async function takeCode(
  { orm, secrets }: Pick<Services, 'orm' | 'secrets'>,
  { id, secretSealed }: TwoFactorRow,
  typed: string,
): Promise<boolean> {
  const code = typed.replace(/[\s-]/g, '').toLowerCase();
  if (!/^\d{6}$/.test(code)) return takeRecoveryCode(orm.em.fork(), id, hashOfToken(code));
  const timestamp = Date.now();
  const totp = totpOf(secrets.open(secretSealed, secretContext.twoFactor(id)), '');
  // The clock of a phone may be half a minute off.
  const delta = totp.validate({ token: code, window: 1, timestamp });
  return delta !== null && takeStep(orm.em.fork(), id, Math.floor(timestamp / periodMs) + delta);
}

export function wrongCode(): ApiError {
  const message = 'This code is wrong or was used already. Wait for the next one.';
  return new ApiError('invalid_code', message, { fields: { code: [message] } });
}

/** As people see them, and what is stored of them. 80 bits each. */
export function newRecoveryCodes(): { codes: string[]; hashes: string[] } {
  const plain = Array.from({ length: 10 }, () => new Secret({ buffer: new Uint8Array(randomBytes(10)).buffer }));
  const texts = plain.map((secret) => secret.base32.toLowerCase());
  return { codes: texts.map((text) => text.match(/.{4}/g)!.join('-')), hashes: texts.map(hashOfToken) };
}
