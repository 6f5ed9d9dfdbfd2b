/**
 * Brings one connected calendar in line with the bookings, turn by turn, and ends. Started after a sync that changed
 * something, by the person, and by the reconciler. What is to be written is in PostgreSQL alone.
 */
import {
  ActivityCancellationType,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  proxyActivities,
  setHandler,
} from '@temporalio/workflow';
import type { CalendarActivities, PushedSlice } from '#domain/activities.ts';
import { pushNow, type PushCalendarInput } from './messages.ts';
import { calendarsQueue } from './names.ts';

/** Turns in one run, so that the history of a long first fill stays small. */
const turnsInRun = 50;

/** Calendars that have had their turn let the others go first. */
const priorities = { first: 2, later: 4 } as const;

function turnOf(connectionId: string, turns: number): Promise<PushedSlice> {
  const { pushCalendar: push } = proxyActivities<CalendarActivities>({
    taskQueue: calendarsQueue,
    // A turn ends itself after 20 s and the request that is under way then.
    startToCloseTimeout: '2m',
    heartbeatTimeout: '15s',
    // A server that is away for an hour is asked some ten times; one that says how long to wait is asked then.
    retry: { initialInterval: '2s', backoffCoefficient: 2, maximumInterval: '15m' },
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    priority: { priorityKey: turns === 0 ? priorities.first : priorities.later, fairnessKey: connectionId },
    summary: 'Write what changed into the calendar',
  });
  return push({ connectionId });
}

export async function pushCalendar({ connectionId, turns = 0 }: PushCalendarInput): Promise<void> {
  let asked: boolean;
  let turn = new CancellationScope();
  setHandler(
    pushNow,
    ({ again = false } = {}) => {
      asked = true;
      if (again) turn.cancel();
    },
    { description: 'Something changed that is to be written; with `again`: also while it waits to try again' },
  );
  for (let all = turns; ;) {
    asked = false;
    turn = new CancellationScope();
    const next = await turn
      .run(() => turnOf(connectionId, all))
      .then(
        (slice) => slice.next,
        (error: unknown) => {
          // The workflow itself was not cancelled: somebody asked for another try.
          if (isCancellation(error) && !CancellationScope.current().consideredCancelled) return 'more' as const;
          throw error;
        },
      );
    if (next === 'nothing' && !asked) return;
    all = next === 'more' ? all + 1 : 0;
    if (all < turns + turnsInRun) continue;
    await condition(allHandlersFinished);
    await continueAsNew<typeof pushCalendar>({ connectionId, turns: all });
  }
}
