import { TemporalUnavailableError } from '#platform/errors.ts';
import type { z } from 'zod';
import { deleteUser } from '#db/queries/users.ts';
import type { accountDeletion } from '../schemas/account-inputs.ts';
import type { Services } from '../services.ts';
import { accessToGiveBack } from '../calendar/google.ts';
import { assertPassword, whileProven } from './passwords.ts';

/** The password shows that nobody else sits at the screen or has found a token. Throws `wrong_password`, `rate_limited`. */
export async function deleteOwnAccount(
  services: Services,
  userId: string,
  { password }: z.output<typeof accountDeletion>,
): Promise<void> {
  const proven = await assertPassword(services, userId, password);
  await stopWorkflow(services, userId);
  const giveBack = await accessToGiveBack(services, userId);
  // Rows by cascade, sessions and feeds with them.
  await whileProven(services, proven, (em) => deleteUser(em, userId));
  services.background.run('give access at Google back', giveBack);
  services.sessionCache.forget(userId);
  services.feeds.forgetVersions();
  services.hub.forget(userId);
}

/** An account can be deleted while Temporal is away: the reconciler stops what is orphaned. */
async function stopWorkflow({ syncClient, log }: Services, userId: string): Promise<void> {
  try {
    await syncClient.stop(userId);
  } catch (error) {
    if (!(error instanceof TemporalUnavailableError)) throw error;
    log.warn({ userId }, 'an account was deleted while Temporal was away; the reconciler will stop its workflow');
  }
}
