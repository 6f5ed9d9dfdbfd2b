import { ApplicationFailure, Context } from '@temporalio/activity';
import { noteTold } from '#db/queries/delivery-rounds.ts';
import type { SyncActivities } from '#domain/activities.ts';
import type { SyncDeps } from './deps.ts';

/** The workflow goes on asking: a mail server may be away for longer than a database. */
export function createTellOwner({ tellOwner, orm }: SyncDeps): SyncActivities['tellOwner'] {
  return async ({ targetId, warning }) => {
    try {
      await tellOwner?.(targetId, warning);
    } catch (error) {
      const { name, code } = error as NodeJS.ErrnoException;
      // What a mail server says may hold the address.
      Context.current().log.warn('The owner of a target was not told yet', { targetId, warning, error: name, code });
      throw ApplicationFailure.create({ type: 'not_told', message: `the message was not taken: ${name}` });
    }
    await noteTold(orm.em.fork(), targetId, warning);
  };
}
