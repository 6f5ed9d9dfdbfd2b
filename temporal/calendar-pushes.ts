/** The workflows that keep connected calendars up to date, as the web, the syncs and the reconciler reach them. */
import type { Client } from '@temporalio/client';
import type { CalendarPushes } from '#domain/sync-client.ts';
import * as messages from '#workflows/messages.ts';
import type { PushCalendarInput } from '#workflows/messages.ts';
import { pushCalendarId, pushCalendarType, syncQueue } from '#workflows/names.ts';
import type { UntilDeadline } from './deadline.ts';

export function createCalendarPushes(client: Client, untilAnswered: UntilDeadline): CalendarPushes {
  const options = (connectionId: string) => ({
    workflowId: pushCalendarId(connectionId),
    taskQueue: syncQueue,
    workflowIdConflictPolicy: 'USE_EXISTING' as const,
    args: [{ connectionId }] as [PushCalendarInput],
    // Syncs go first: this is about what they have stored.
    priority: { priorityKey: 4 },
    staticSummary: `Calendar ${connectionId}`,
    staticDetails: 'Writes what changed into a connected calendar, and ends. See docs/calendar-push.md.',
  });
  return {
    async pushCalendar(connectionId, { again = false } = {}) {
      await untilAnswered(() =>
        client.workflow.signalWithStart(pushCalendarType, {
          ...options(connectionId),
          signal: messages.pushNow,
          signalArgs: [{ again }],
        }),
      );
    },
    async ensurePush(connectionId) {
      await untilAnswered(() => client.workflow.start(pushCalendarType, options(connectionId)));
    },
  };
}
