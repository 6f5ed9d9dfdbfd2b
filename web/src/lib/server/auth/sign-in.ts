/** Signing in, whoever asks: a form, tRPC or REST. */
import type { z } from 'zod';
import { readCredentials } from '#db/queries/credentials.ts';
import type { Credentials, Proven } from '#db/queries/credentials.ts';
import { clientNetwork, unknownAddress } from '../../../../edge/client-address.ts';
import { ApiError } from '../errors.ts';
import type { SignInAttempt } from '../limits.ts';
import type { login, loginWithCode } from '../schemas/inputs.ts';
import type { Services } from '../services.ts';
import { cookieIn } from './cookies.ts';
import { deviceCookie, knownDeviceOf } from './known-devices.ts';
import { verifyPassword } from './password-hashes.ts';
import { createSession, wrongLogin } from './sessions.ts';
import type { SignedIn } from './sessions.ts';
import type { Caller } from './session.ts';
import { assertSecondFactor } from './two-factor.ts';

/** A new session. Throws what the two below throw, and `second_factor_required` where a code is missing. */
export async function signIn(
  services: Services,
  { code, ...input }: z.output<typeof loginWithCode>,
  caller: Caller,
): Promise<SignedIn> {
  const { twoFactor, ...proven } = await checkPassword(services, input, caller);
  if (twoFactor) {
    if (!code) throw new ApiError('second_factor_required', 'Send the code of your authenticator app too, as `code`.');
    await assertSecondFactor(services, proven.userId, code, caller.clientAddress);
  }
  return createSession(services, proven, caller);
}

/** Whose password it is. Throws `invalid_login`, the same for a wrong one and an unknown account, and `rate_limited`. */
export async function checkPassword(
  services: Services,
  { email, password }: z.output<typeof login>,
  caller: Caller,
): Promise<Proven & Pick<Credentials, 'twoFactor'>> {
  const account = await readCredentials(services.orm.em.fork(), email);
  const attempt = await services.limits.takeSignIn({ email, ...knownBefore(services, account, caller) });
  const isRight = await verifyPassword(account?.passwordHash ?? null, password);
  if (!account?.passwordHash || !isRight) throw wrongLogin();
  await attempt.succeeded();
  const { userId, passwordHash, twoFactor } = account;
  return { userId, passwordHash, twoFactor };
}

/** Whether this account was signed in to from here before. */
function knownBefore(
  { config }: Pick<Services, 'config'>,
  account: Credentials | null,
  { headers, clientAddress }: Caller,
): Omit<SignInAttempt, 'email'> {
  const address = clientAddress;
  if (!account) return { address, knownDevice: null, fromKnownAddress: false };
  const knownDevice = knownDeviceOf(config.AUTH_SECRET, account.userId, cookieIn(headers, deviceCookie));
  const network = clientNetwork(address);
  const fromKnownAddress =
    network !== unknownAddress && account.addresses.some((known) => clientNetwork(known) === network);
  return { address, knownDevice, fromKnownAddress };
}
