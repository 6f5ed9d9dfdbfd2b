/** Calls to Temporal end: each has a deadline, and what is worth repeating is repeated until then. */
import { WorkflowUpdateRPCTimeoutOrCancelledError, isGrpcServiceError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { TemporalUnavailableError } from '#platform/errors.ts';

/** While somebody waits for the answer. */
export const verbDeadlineMs = 3_000;

/**
 * For an answer that only a worker can give, where the server already holds the question. The one that was handed the task
 * may have died with it; after ten seconds (the server's workflow task timeout) another one gets it.
 */
export const workerDeadlineMs = 15_000;

/** For the reconciler: asking an overloaded server once more only keeps it busy. */
export const patientDeadlineMs = 15_000;

export type UntilDeadline = <Result>(call: () => Promise<Result>) => Promise<Result>;

/**
 * Repeats a call while Temporal is out of reach, until its deadline. The calls are idempotent: updates carry an id, and
 * a signal that arrives twice changes nothing more.
 */
export const untilDeadline =
  (client: Client, withinMs: number): UntilDeadline =>
  async (call) => {
    const deadline = Date.now() + withinMs;
    for (;;) {
      try {
        return await client.withDeadline(deadline, call);
      } catch (error) {
        if (!isTransient(error) || Date.now() >= deadline) throw unavailable(error);
        await pauseBetweenTries(deadline);
      }
    }
  };

/** A refused connection fails at once; a tenth of a second keeps the repeats from spinning. */
function pauseBetweenTries(deadline: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.min(100, Math.max(0, deadline - Date.now()))));
}

/**
 * gRPC codes that say nothing about the call itself: 1 cancelled, 2 unknown, 4 deadline exceeded, 8 resource exhausted,
 * 10 aborted, 13 internal (also a stream that was reset on the way), 14 unavailable.
 */
const transientCodes = new Set([1, 2, 4, 8, 10, 13, 14]);

/** No worker gets the workflow any further for now; the code alone (9, failed precondition) means much else too. */
const isStuckWorkflow = ({ code, details }: { code: number; details: string }) =>
  code === 9 && /workflow task in failed state/i.test(details);

function isTransient(error: unknown): boolean {
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return true;
  const service = isGrpcServiceError(error) ? error : (error as Error | undefined)?.cause;
  return isGrpcServiceError(service) && (transientCodes.has(service.code) || isStuckWorkflow(service));
}

/** What a transient error becomes once its time is up; every other error stays what it is. */
export function unavailable(error: unknown): unknown {
  return isTransient(error) ? new TemporalUnavailableError('Temporal did not answer in time', { cause: error }) : error;
}
