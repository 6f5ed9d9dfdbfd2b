/** Each user's calls take turns, so that one who makes many at once waits alone. */
import { ApiError } from './errors.ts';

/** As many as a page of ours asks for at once, and fewer than the database has connections. */
const atOnce = 4;
const mostWaiting = 500;

export interface CallQueue {
  /** Runs it when it is this user's turn. Throws `rate_limited` where too many wait already. */
  run<Result>(userId: string, call: () => Promise<Result>): Promise<Result>;
}

interface Turns {
  running: number;
  waiting: (() => void)[];
}

export function createCallQueue(): CallQueue {
  const users = new Map<string, Turns>();

  async function enter(userId: string): Promise<Turns> {
    const turns = users.get(userId) ?? { running: 0, waiting: [] };
    users.set(userId, turns);
    if (turns.running < atOnce) turns.running += 1;
    else if (turns.waiting.length >= mostWaiting)
      throw new ApiError('rate_limited', 'Too many calls at once. Wait for their answers.', { retryAfterSeconds: 1 });
    // Whoever leaves hands over the turn.
    else await new Promise<void>((resolve) => turns.waiting.push(resolve));
    return turns;
  }

  function leave(userId: string, turns: Turns): void {
    const next = turns.waiting.shift();
    if (next) return next();
    turns.running -= 1;
    if (turns.running === 0) users.delete(userId);
  }

  return {
    async run(userId, call) {
      const turns = await enter(userId);
      try {
        return await call();
      } finally {
        leave(userId, turns);
      }
    },
  };
}
