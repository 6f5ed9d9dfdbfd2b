/** What all light activities have in common: they heartbeat, and fail in one of two ways. */
import { Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory, CancelledFailure } from '@temporalio/common';
import { DatabaseAwayError, isDatabaseAway } from '#db/database-away.ts';
import type { DatabaseWatch } from '#db/database-watch.ts';
import { untilAborted } from '#platform/until-aborted.ts';
import { safeErrorText } from './failures.ts';

/** A third, or less, of the time after which the workflow takes a worker for dead. */
const pulseMs = 3_000;

/** With the waits below, half a minute for what passes by itself, such as a deadlock. */
const mostFailures = 5;

/** A mistake of our own waits for the next release; the tries meanwhile are there for operators to see. */
const slowly = '10m';

export type DatabaseStanding = Pick<DatabaseWatch, 'isThere' | 'away'>;

interface LightOptions {
  needed?: boolean;
  database?: DatabaseStanding | undefined;
  /** It writes elsewhere, too: it may finish what it has begun, since nothing fences a second one there. */
  outside?: boolean;
}

/**
 * - While it waits for the database it heartbeats: the workflow then notices within seconds that a worker was killed,
 *   instead of waiting for the time that the statement may take.
 * - A database that is away is tried again by the workflow's policy, without end. Where only this worker cannot reach it
 *   (`database`), it does not keep the task until its connections notice: another worker gets it.
 * - Any other error is tried again a few times and told to operators. Then it fails for good; where the workflow cannot
 *   go on without it (`needed`) it is tried again every ten minutes.
 */
export function light<Input, Output>(
  activity: (input: Input) => Promise<Output>,
  { needed = false, database, outside = false }: LightOptions = {},
) {
  return async (input: Input): Promise<Output> => {
    const context = Context.current();
    // The number of attempts would count those in which the database was away.
    const failures = Number(context.info.heartbeatDetails ?? 0);
    const pulse = setInterval(() => context.heartbeat(failures), pulseMs);
    try {
      if (database?.isThere === false) throw new DatabaseAwayError();
      return await (database && !outside ? untilAborted(database.away, activity(input)) : activity(input));
    } catch (error) {
      throw failureOf(error, context, failures + 1, needed);
    } finally {
      clearInterval(pulse);
    }
  };
}

/** Messages of the database may hold values, so only the worker's log has them. */
function failureOf(error: unknown, { info, log, heartbeat }: Context, failures: number, needed: boolean): unknown {
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  if (isDatabaseAway(error)) {
    const message = 'the database did not answer';
    return ApplicationFailure.create({ type: 'database_away', message, category: ApplicationFailureCategory.BENIGN });
  }
  heartbeat(failures);
  const isLast = failures >= mostFailures;
  const { name, stack } = error instanceof Error ? error : { name: typeof error, stack: undefined };
  const at = stack?.split('\n').filter((line) => /^\s+at /.test(line));
  log.error('A light activity failed', { activity: info.activityType, failures, error: safeErrorText(error), at });
  return ApplicationFailure.create({
    type: 'internal',
    message: `unexpected ${name}`,
    nonRetryable: isLast && !needed,
    nextRetryDelay: isLast ? slowly : `${2 ** failures}s`,
  });
}
