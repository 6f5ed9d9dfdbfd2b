import { deleteUser } from '../../../../../db/queries/users.ts';
import { TemporalUnavailableError } from '../../../../../temporal/client.ts';
import type { Services } from '../services.ts';

/** Stops the workflow, then deletes the account and all its data: rows by cascade, sessions and feeds with them. */
export async function deleteAccount(services: Services, userId: string): Promise<void> {
  await stopWorkflow(services, userId);
  await deleteUser(services.orm.em.fork(), userId);
  services.hub.forget(userId);
}

/** An account can be deleted while Temporal is away: the reconciler stops what is orphaned. */
async function stopWorkflow({ verbs, log }: Services, userId: string): Promise<void> {
  try {
    await verbs.stop(userId);
  } catch (error) {
    if (!(error instanceof TemporalUnavailableError)) throw error;
    log.warn({ userId }, 'an account was deleted while Temporal was away; the reconciler will stop its workflow');
  }
}
