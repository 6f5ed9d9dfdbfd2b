import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { Context } from '@temporalio/activity';
import {
  deleteConnection,
  endRemoval,
  notePushFailure,
  readPushTarget,
  type PushTarget,
} from '#db/queries/calendar-connections.ts';
import type { CalendarActivities, PushedSlice } from '#domain/activities.ts';
import { calendarFailures, failingCalendarGivenUpMs, type CalendarFailureCode } from '#domain/calendar-failures.ts';
import { CalendarError } from '#notifications/calendars/errors.ts';
import { pushSlice } from '#notifications/calendars/push-slice.ts';
import type { CalendarDeps } from './deps.ts';
import { startDeliveries } from './start-deliveries.ts';

const nothing: PushedSlice = { done: 0, next: 'nothing' };
const lookAgain: PushedSlice = { done: 0, next: 'more' };

export function createPushCalendar(deps: CalendarDeps): CalendarActivities['pushCalendar'] {
  return async ({ connectionId }) => {
    const { cancellationSignal } = Context.current();
    const target = await readPushTarget(deps.orm.em.fork(), connectionId);
    if (!target || (target.state === 'needs_you' && !target.isDue)) return nothing;
    try {
      return await pushSlice(deps, target, cancellationSignal);
    } catch (error) {
      // The next turn takes up what was cut off in the middle.
      if (cancellationSignal.aborted) return lookAgain;
      if (error instanceof CalendarError) return failed(deps, target, error);
      await notePushFailure(deps.orm.em.fork(), target, 'internal');
      throw error;
    }
  };
}

/** Says it at once where the person sees it. Throws where it is to be tried again. */
async function failed(deps: CalendarDeps, target: PushTarget, error: CalendarError): Promise<PushedSlice> {
  const em = deps.orm.em.fork();
  const { log } = Context.current();
  const { code, message, retryAfterMs: nextRetryDelay } = error;
  const { needsYou } = calendarFailures[code];
  const isNothingLeft = target.removingAt !== null && (target.keepsEvents || code === 'calendar_gone');
  const noted = await notePushFailure(em, target, code);
  if (!noted) return lookAgain;
  startDeliveries(deps, noted.targets);
  // Our events cannot be taken out: the person sees the calendar again, with the reason, and decides.
  const showAgain = async (why: CalendarFailureCode) => {
    await endRemoval(em, target);
    startDeliveries(deps, (await notePushFailure(em, target, why))?.targets ?? []);
  };
  const isLong = Date.now() - noted.failingSince.getTime() > failingCalendarGivenUpMs;
  log.warn('A calendar did not take the rentals', { connectionId: target.id, error: message });
  if (isNothingLeft && (needsYou || isLong)) await deleteConnection(em, target.id);
  else if (isLong && !needsYou) await showAgain('given_up');
  else if (needsYou && target.removingAt && !noted.isTriedAgain) await showAgain(code);
  if (needsYou || isLong) return nothing;
  throw ApplicationFailure.create({
    type: code,
    message,
    category: ApplicationFailureCategory.BENIGN,
    ...(nextRetryDelay !== undefined && { nextRetryDelay }),
  });
}
