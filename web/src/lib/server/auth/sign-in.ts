/** Signing in with e-mail and password, whoever asks: a form, tRPC or REST. */
import type { z } from 'zod';
import { readCredentials } from '#db/queries/credentials.ts';
import { ApiError } from '../errors.ts';
import type { login } from '../schemas/inputs.ts';
import type { Services } from '../services.ts';
import { verifyPassword } from './password-hashes.ts';
import { createSession } from './sessions.ts';
import type { SignedIn } from './sessions.ts';
import type { Caller } from './session.ts';

/** A new session. Throws `invalid_login`, the same for a wrong password and an unknown account, and `rate_limited`. */
export async function signIn(
  services: Services,
  { email, password }: z.output<typeof login>,
  caller: Caller,
): Promise<SignedIn> {
  const attempt = await services.limits.takeSignIn(email, caller.clientAddress);
  const account = await readCredentials(services.orm.em.fork(), email);
  const isRight = await verifyPassword(account?.passwordHash ?? null, password);
  if (!account || !isRight) throw new ApiError('invalid_login', 'E-mail or password is wrong.');
  await attempt.succeeded();
  return createSession(services, account.userId, caller);
}
