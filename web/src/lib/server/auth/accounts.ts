/** Making an account, whoever asks: a form, tRPC or REST. */
import type { z } from 'zod';
import { insertUser } from '#db/queries/credentials.ts';
import type { Registered } from '#domain/shapes/account.ts';
import { askToConfirm } from '../account/confirm-address.ts';
import { createFeed, feedUrl } from '../calendar/feeds.ts';
import { ApiError } from '../errors.ts';
import type { registration } from '../schemas/inputs.ts';
import type { Services } from '../services.ts';
import { hashPassword } from './password-hashes.ts';

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
export async function createUser(
  services: Services,
  { email, password }: z.output<typeof registration>,
): Promise<Registered> {
  const passwordHash = await hashPassword(password);
  return services.orm.em.fork().transactional(async (em) => {
    const id = await insertUser(em, { email, passwordHash });
    if (!id) throw new ApiError('email_taken', 'This e-mail has an account already. Sign in instead.');
    const token = await createFeed(services, em, id, 'My rentals');
    return { id, email, calendarUrl: feedUrl(services, token) };
  });
}
