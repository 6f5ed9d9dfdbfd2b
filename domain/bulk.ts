/**
 * What operators do to many users at once, and how fast. `retry`: resume those whom a failure paused, and sync them; those who
 * have to do something at the portal first only where that failure is named.
 */
export const bulkActions = ['sync', 'pause', 'resume', 'retry'] as const;

export type BulkAction = (typeof bulkActions)[number];

export const bulkStates = ['running', 'completed', 'canceled'] as const;

export type BulkState = (typeof bulkStates)[number];

/** For one user: `started` until the request has reached the user's workflow. */
export const bulkOutcomes = ['started', 'done', 'skipped'] as const;

export type BulkOutcome = (typeof bulkOutcomes)[number];

/** The action that undoes it. */
export const undoOf = { sync: null, pause: 'resume', resume: 'pause', retry: null } as const satisfies Record<
  BulkAction,
  BulkAction | null
>;

export const fastestPerMinute = 600;

const aboutEveryMs = 2_000;

/** This many users at a time, and then a pause, so that the rate is never exceeded. */
export function paceOf(perMinute: number): { batchSize: number; pauseMs: number } {
  const batchSize = Math.max(1, Math.floor((perMinute * aboutEveryMs) / 60_000));
  return { batchSize, pauseMs: Math.ceil((batchSize * 60_000) / perMinute) };
}
