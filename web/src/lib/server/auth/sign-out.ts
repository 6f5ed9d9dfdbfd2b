import type { Services } from '../services.ts';
import { revokeApiKey } from './api-keys.ts';
import type { Session } from './session.ts';
import { endSession } from './sessions.ts';

/** Ends what the caller came with: its session, or its API key. */
export async function signOut(
  services: Pick<Services, 'orm' | 'sessionCache'>,
  { id, user, via }: Session,
): Promise<void> {
  if (via === 'api_key') await revokeApiKey(services, user.id, id);
  else await endSession(services, user.id, id);
}
