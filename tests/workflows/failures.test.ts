import { ActivityFailure, ApplicationFailure, TimeoutFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import type { FailureKind } from '#domain/failure-kinds.ts';
import { kindOf } from '#workflows/sync-failures.ts';

/** As the server hands it to the workflow. */
const failed = (cause: Error, retryState: ActivityFailure['retryState'] = 'NON_RETRYABLE_FAILURE') =>
  new ActivityFailure('Activity task failed', 'scrapeRentals', '1', retryState, 'portal 1@host', cause);

const timedOut = (type: TimeoutFailure['timeoutType']) => failed(new TimeoutFailure('timed out', undefined, type));

const kinds = (error: Error, lastFailure: FailureKind | null = null) => kindOf(error, { lastFailure });

describe('what an activity failed as', () => {
  it('is what it says itself, where that is a kind', () => {
    expect(kinds(failed(ApplicationFailure.create({ type: 'portal_changed' })))).toBe('portal_changed');
    expect(kinds(failed(ApplicationFailure.create({ type: 'WorkerShutdown' })))).toBe('interrupted');
    expect(kinds(failed(ApplicationFailure.create({ type: 'TypeError' })))).toBe('internal');
  });

  it('is a lack of capacity where no worker took the first attempt, and the failure before where none took a retry', () => {
    expect(kinds(timedOut('SCHEDULE_TO_START'))).toBe('no_capacity');
    expect(kinds(timedOut('SCHEDULE_TO_START'), 'portal_unavailable')).toBe('portal_unavailable');
  });

  it('is the limit of the sync where that left no time, also for another try', () => {
    expect(kinds(timedOut('START_TO_CLOSE'))).toBe('timed_out');
    expect(kinds(timedOut('SCHEDULE_TO_CLOSE'))).toBe('timed_out');
    expect(kinds(failed(ApplicationFailure.create({ type: 'database_away' }), 'TIMEOUT'))).toBe('timed_out');
    expect(kinds(timedOut('HEARTBEAT'))).toBe('interrupted');
  });

  it('is no failure of an activity where our own code fails, which fails the task', () => {
    expect(() => kinds(new TypeError('x is undefined'))).toThrow(TypeError);
  });
});
