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
  log,
  patched,
  proxyActivities,
  setHandler,
} from '@temporalio/workflow';
import type { CalendarActivities, PushedSlice } from '#domain/activities.ts';
import { pushNow, type PushCalendarInput } from './messages.ts';
import { calendarsQueue } from './names.ts';
import { patches } from './patches.ts';

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
    // A server that is away for an hour is asked some ten times; one that says how long to wait is asked after that time.
    retry: { initialInterval: '2s', backoffCoefficient: 2, maximumInterval: '15m' },
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    priority: { priorityKey: turns === 0 ? priorities.first : priorities.later, fairnessKey: connectionId },
    summary: 'Write what changed into the calendar',
  });
  return push({ connectionId });
}

/** A server that does not answer is asked again tomorrow, or after the next change: this is no more than a courtesy. */
const { readBusy } = proxyActivities<CalendarActivities>({
  taskQueue: calendarsQueue,
  startToCloseTimeout: '2m',
  heartbeatTimeout: '15s',
  retry: { initialInterval: '30s', maximumAttempts: 3 },
  cancellationType: ActivityCancellationType.TRY_CANCEL,
  priority: { priorityKey: 5 },
  summary: 'Read when the person has something else',
});

async function readAtLeisure(connectionId: string, reading: CancellationScope): Promise<void> {
  try {
    await reading.run(() => readBusy({ connectionId }));
  } catch (error) {
    if (isCancellation(error) && CancellationScope.current().consideredCancelled) throw error;
    if (!isCancellation(error)) log.warn('When the person is busy was not read', { connectionId });
  }
}

export async function pushCalendar({ connectionId, turns = 0 }: PushCalendarInput): Promise<void> {
  let asked: boolean;
  let turn = new CancellationScope();
  let reading = new CancellationScope();
  setHandler(
    pushNow,
    (input) => {
      asked = true;
      if (input?.again === true) turn.cancel();
      // Writing does not wait for reading.
      reading.cancel();
    },
    { description: 'Something changed that is to be written; with `again`: also while it waits to try again' },
  );
  for (let all = turns; ;) {
    asked = false;
    turn = new CancellationScope();
    const { next, reads, againInMs } = await turn
      .run(() => turnOf(connectionId, all))
      .catch((error: unknown): PushedSlice => {
        // The workflow itself was not cancelled: somebody asked for another try.
        if (isCancellation(error) && !CancellationScope.current().consideredCancelled) return { done: 0, next: 'more' };
        throw error;
      });
    if (next === 'nothing' && !asked && reads && patched(patches.readBusy)) {
      reading = new CancellationScope();
      await readAtLeisure(connectionId, reading);
    }
    if (next === 'nothing' && !asked) {
      if (againInMs === undefined || !patched(patches.waitForSome)) return;
      await condition(() => asked, againInMs);
    }
    all = next === 'more' ? all + 1 : 0;
    if (all < turns + turnsInRun) continue;
    await condition(allHandlersFinished);
    await continueAsNew<typeof pushCalendar>({ connectionId, turns: all });
  }
}
