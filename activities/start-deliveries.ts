import { Context } from '@temporalio/activity';
import { readDeliveryTurns } from '#db/queries/delivery-turns.ts';
import type { CalendarDeps } from './deps.ts';

/**
 * Starts what an outbox holds for these targets. Nobody waits for it, and its failure fails nothing: the reconciler starts
 * what was not started here.
 */
export function startDeliveries({ orm, temporal }: Pick<CalendarDeps, 'orm' | 'temporal'>, targetIds: string[]): void {
  const { log } = Context.current();
  const start = async (): Promise<void> => {
    const turns = await readDeliveryTurns(orm.em.fork(), targetIds);
    for (const targetId of targetIds) temporal.deliver(targetId, turns.get(targetId)).catch(warn(targetId));
  };
  const warn = (targetId?: string) => (error: unknown) => {
    const name = error instanceof Error ? error.name : typeof error;
    log.warn('A delivery was not started yet', { targetId, error: name });
  };
  if (targetIds.length > 0) void start().catch(warn());
}
