import { Context } from '@temporalio/activity';
import type { CalendarDeps } from './deps.ts';

/**
 * Starts what an outbox holds for these targets. Nobody waits for it, and its failure fails nothing: the reconciler starts
 * what was not started here.
 */
export function startDeliveries({ temporal }: Pick<CalendarDeps, 'temporal'>, targetIds: string[]): void {
  const { log } = Context.current();
  for (const targetId of targetIds)
    temporal.deliver(targetId).catch((error: unknown) => {
      const name = error instanceof Error ? error.name : typeof error;
      log.warn('A delivery was not started yet', { targetId, error: name });
    });
}
