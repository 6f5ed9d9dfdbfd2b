/** Making an account and signing in to it, whoever asks: a form, tRPC or REST. */
import { hash } from '@node-rs/argon2';
import { APIError } from 'better-auth/api';
import type { z } from 'zod';
import { User } from '#db/entities/user.ts';
import { askToConfirm } from '../account/confirm-address.ts';
import { createFeed, feedUrl } from '../calendar/feeds.ts';
import { ApiError } from '../errors.ts';
import type { login, registration } from '../schemas/inputs.ts';
import type { Services } from '../services.ts';
import { sessionSeconds } from './auth.ts';
import { authHeaders, cookiesOf } from './session.ts';
import type { Caller, SessionCookie } from './session.ts';

export interface Registered {
  id: string;
  email: string;
  calendarUrl: string;
}

/**
 * A new account with its default calendar feed, all or nothing. With real mail its address is to be confirmed. Throws `email_taken`, `rate_limited`.
 */
export async function registerUser(
  services: Services,
  input: z.output<typeof registration>,
  clientAddress: string,
): Promise<Registered> {
  await services.limits.take('register', clientAddress);
  const registered = await createUser(services, input);
  askToConfirm(services, registered);
  return registered;
}

/** The same without a limit, for the service's own use. */
export async function createUser(services: Services, input: z.output<typeof registration>): Promise<Registered> {
  const passwordHash = await hash(input.password);
  return services.orm.em.fork().transactional(async (em) => {
    const [row] = await em
      .getConnection()
      .execute<{ id: string }[]>(
        'insert into users (email) values (?) on conflict (email) do nothing returning id',
        [input.email],
        'all',
        em.getTransactionContext(),
      );
    if (!row) throw new ApiError('email_taken', 'This e-mail has an account already. Sign in instead.');
    await em
      .getConnection()
      .execute(
        `insert into auth.account ("accountId", "providerId", "userId", password) values (?, 'credential', ?, ?)`,
        [row.id, row.id, passwordHash],
        'run',
        em.getTransactionContext(),
      );
    const token = await createFeed(services, em, row.id, 'My rentals');
    return { id: row.id, email: input.email, calendarUrl: feedUrl(services, token) };
  });
}

export interface SignedIn {
  userId: string;
  /** For `Authorization: Bearer`. */
  token: string;
  expiresInSeconds: number;
  /** The same session for a browser. */
  cookies: SessionCookie[];
}

/** A new session. Throws `invalid_login`, the same for a wrong password and an unknown account, and `rate_limited`. */
export async function signIn(services: Services, input: z.output<typeof login>, caller: Caller): Promise<SignedIn> {
  const attempt = await services.limits.takeSignIn(input.email, caller.clientAddress);
  try {
    const { response, headers } = await services.auth.api.signInEmail({
      body: { email: input.email, password: input.password },
      headers: authHeaders(caller, 'none'),
      returnHeaders: true,
    });
    await attempt.succeeded();
    return {
      userId: response.user.id,
      token: headers.get('set-auth-token') ?? '',
      expiresInSeconds: sessionSeconds,
      cookies: cookiesOf(headers),
    };
  } catch (error) {
    if (error instanceof APIError && error.statusCode < 500)
      throw new ApiError('invalid_login', 'E-mail or password is wrong.', { cause: error });
    throw error;
  }
}

/** The id of the account with this e-mail, or null. */
export async function userIdOf(services: Services, email: string): Promise<string | null> {
  const user = await services.orm.em.fork().findOne(User, { email }, { fields: ['id'] });
  return user?.id ?? null;
}
