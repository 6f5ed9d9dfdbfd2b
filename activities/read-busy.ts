import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { Context } from '@temporalio/activity';
import { notePushFailure, readPushTarget } from '#db/queries/calendar-connections.ts';
import type { CalendarActivities } from '#domain/activities.ts';
import { CalendarError } from '#notifications/calendars/errors.ts';
import { readClashes } from '#notifications/calendars/read-clashes.ts';
import type { CalendarDeps } from './deps.ts';
import { startDeliveries } from './start-deliveries.ts';

export function createReadBusy(deps: CalendarDeps): CalendarActivities['readBusy'] {
  return async ({ connectionId }) => {
    const { cancellationSignal, log } = Context.current();
    const target = await readPushTarget(deps.orm.em.fork(), connectionId);
    if (!target || target.removingAt || target.state === 'needs_you' || target.busyCalendars.length === 0) return;
    try {
      await readClashes(deps, target, cancellationSignal);
    } catch (error) {
      if (cancellationSignal.aborted) return;
      if (!(error instanceof CalendarError)) throw error;
      const { code: type, message } = error;
      log.warn('A calendar was not read', { connectionId, error: message });
      // The next push would find the same.
      if (type === 'credentials_refused')
        startDeliveries(deps, (await notePushFailure(deps.orm.em.fork(), target, type))?.targets ?? []);
      if (type !== 'server_unavailable') return;
      throw ApplicationFailure.create({ type, message, category: ApplicationFailureCategory.BENIGN });
    }
  };
}
