import { ApplicationFailure, Context } from '@temporalio/activity';
import type { SyncActivities } from '#domain/activities.ts';
import type { SyncDeps } from './deps.ts';

/** The workflow goes on asking: a mail server may be away for longer than a database. */
export function createTellUser({ tellUser }: SyncDeps): SyncActivities['tellUser'] {
  return async ({ userId, notice }) => {
    try {
      await tellUser?.(userId, notice);
    } catch (error) {
      const { name, code } = error as NodeJS.ErrnoException;
      // What a mail server says may hold the address.
      Context.current().log.warn('The user was not told yet', { userId, notice, error: name, code });
      throw ApplicationFailure.create({ type: 'not_told', message: `the message was not taken: ${name}` });
    }
  };
}
