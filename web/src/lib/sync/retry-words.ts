/** Why a sync that runs reads once more, in words. */
import { failureKinds } from '#domain/failure-kinds.ts';
import type { JobRetryView } from '#domain/shapes/sync.ts';
import { clockTimeToTheSecond } from '#lib/time/new-york.ts';

/** `Gibney answered 503 (maintenance). Next try at 9:41:20 PM, 2 of 4.` */
export function retryWords(retry: JobRetryView, now: number): string {
  const { reason, attempt, of, nextTryAt } = retry;
  if (reason === 'confirming') return missingWords(retry.missing ?? 0);
  const which = of === null ? '' : `, ${attempt} of ${of}`;
  const then = isWaiting(retry, now) ? `Next try at ${clockTimeToTheSecond(nextTryAt!)}` : 'Trying again';
  return `${answerWords(retry)} ${then}${which}.`;
}

/** Nothing happens until then. */
export function isWaiting({ nextTryAt }: JobRetryView, now: number): boolean {
  return nextTryAt !== null && Date.parse(nextTryAt) > now;
}

function missingWords(missing: number): string {
  return `${missing === 1 ? 'One rental is' : `${missing} rentals are`} missing; reading again to be sure.`;
}

function answerWords({ reason, httpStatus }: JobRetryView): string {
  if (reason === 'confirming') return '';
  if (httpStatus === null || httpStatus === 429) return failureKinds[reason].message;
  return `Gibney answered ${httpStatus}${httpStatus === 503 ? ' (maintenance)' : ''}.`;
}
