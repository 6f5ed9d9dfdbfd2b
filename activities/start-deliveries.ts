import { Context } from '@temporalio/activity';
import type { SyncDeps } from './deps.ts';

/**
 * Starts what an outbox holds for these targets. It is not waited for, and its failure is nobody's: the reconciler starts
 * what was not started here.
 */
export function startDeliveries({ temporal }: Pick<SyncDeps, 'temporal'>, targetIds: string[]): void {
  const { log } = Context.current();
  for (const targetId of targetIds)
    temporal.deliver(targetId).catch((error: unknown) => {
      const name = error instanceof Error ? error.name : typeof error;
      log.warn('A delivery was not started yet', { targetId, error: name });
    });
}
