import { noteScope } from '#platform/scope.ts';
import { authenticate } from '../auth/authenticate.ts';
import type { Session } from '../auth/session.ts';
import type { Services } from '../services.ts';
import type { RequestHeaders } from './exchange.ts';

/** Who calls the API, within the limits of the address and of the user. Throws `rate_limited`. */
export async function admit(
  services: Services,
  headers: RequestHeaders,
  clientAddress: string,
  calls = 1,
): Promise<Session | null> {
  await services.limits.take('callsByAddress', clientAddress, calls);
  const session = await authenticate(services, headers);
  if (session) noteScope({ userId: session.user.id });
  if (session) await services.limits.take('callsByUser', session.user.id, calls);
  return session;
}
