import type { StepKind } from '#domain/sync-timeline.ts';

/** The steps of a sync in the words of the page. */
export const stepNames: Record<StepKind, string> = {
  queue: 'Waiting to begin',
  attempt: 'Attempt that failed',
  backoff: 'Waiting to try again',
  signing_in: 'Signing in',
  reading: 'Reading the list',
  processing: 'Storing',
  closing: 'Finishing',
};
