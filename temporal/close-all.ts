/** The end of a worker. */
import type { Log } from '#platform/log.ts';

const closeLimitMs = 5_000;

/**
 * Closes one after the other. What does not close, such as a connection whose statement waits for a lock, must not keep a worker
 * from ending when told to; and one that fails must not leave the browsers or connections after it open.
 */
export async function closeAll(closers: readonly (() => unknown)[], log: Log): Promise<void> {
  const force = setTimeout(() => {
    log.warn('not everything closed in time; ended by force, and what was under way is repeated elsewhere');
    process.exit(1);
  }, closeLimitMs);
  for (const close of closers) {
    try {
      await close();
    } catch (error) {
      log.warn({ err: error }, 'a part of the worker did not close in good order');
    }
  }
  clearTimeout(force);
}
