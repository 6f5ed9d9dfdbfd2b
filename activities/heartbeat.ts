import { Context } from '@temporalio/activity';

/** A third of what the workflow takes for a dead worker, and less. */
const pulseMs = 3_000;

/**
 * Lets an activity that waits for the database heartbeat meanwhile: the workflow then misses a worker that was killed
 * within seconds, instead of waiting for the time that the statement may take.
 */
export function withHeartbeat<Input, Output>(activity: (input: Input) => Promise<Output>) {
  return async (input: Input): Promise<Output> => {
    const context = Context.current();
    const pulse = setInterval(() => context.heartbeat(), pulseMs);
    try {
      return await activity(input);
    } finally {
      clearInterval(pulse);
    }
  };
}
