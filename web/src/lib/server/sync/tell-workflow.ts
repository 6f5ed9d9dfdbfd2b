import { TemporalUnavailableError } from '#platform/errors.ts';
import type { Services } from '../services.ts';
import { notifyWatchers } from './commands.ts';

/**
 * Tells the user's workflow that what it works by has changed. What is saved is saved: where Temporal does not answer,
 * the reconciler follows.
 */
export async function tellWorkflow(services: Services, userId: string): Promise<void> {
  try {
    await services.syncClient.settingsChanged(userId);
  } catch (error) {
    if (!(error instanceof TemporalUnavailableError)) throw error;
    services.log.warn({ userId }, 'settings changed while Temporal was away; the reconciler will follow');
  }
  await notifyWatchers(services, userId);
}
