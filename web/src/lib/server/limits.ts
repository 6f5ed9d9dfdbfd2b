/** Limits against abuse, counted in PostgreSQL, so that they hold across processes and restarts. */
import { createHash } from 'node:crypto';
import type pg from 'pg';
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import { ApiError } from './errors.ts';

interface Limit {
  points: number;
  seconds: number;
  /** Counted by each process for itself, where a statement for each use would cost more than the use. */
  inMemory?: boolean;
}

/** Generous for people, tight for machines that guess. Points of sign-ins come back with the right password. */
const limits = {
  register: { points: 120, seconds: 600 },
  signInByAddress: { points: 100, seconds: 600 },
  signInByAccount: { points: 50, seconds: 900 },
  signInByBoth: { points: 10, seconds: 600 },
  sync: { points: 180, seconds: 60 },
  changes: { points: 600, seconds: 60 },
  /** A password that a signed-in user gives once more. */
  password: { points: 20, seconds: 600 },
  resetByAddress: { points: 30, seconds: 3600 },
  resetByAccount: { points: 5, seconds: 3600 },
  confirmByAccount: { points: 5, seconds: 3600 },
  linkByAddress: { points: 60, seconds: 600 },
  export: { points: 30, seconds: 600 },
  callsByUser: { points: 6_000, seconds: 60, inMemory: true },
  callsByAddress: { points: 12_000, seconds: 60, inMemory: true },
  feed: { points: 120, seconds: 60, inMemory: true },
  unknownFeed: { points: 120, seconds: 600 },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof limits;

export interface RateLimits {
  /** Counts one use. Throws `rate_limited` where there were too many. */
  take(limit: LimitName, key: string): Promise<void>;
  /** Counts a sign-in by address, by account and by both. */
  takeSignIn(email: string, address: string): Promise<{ succeeded(): Promise<void> }>;
}

/** `scale` multiplies every limit; 0 turns them off. */
export function createRateLimits(pool: pg.Pool, scale: number): RateLimits {
  if (scale === 0) return { take: async () => {}, takeSignIn: async () => ({ succeeded: async () => {} }) };
  const limiters = new Map(
    Object.entries<Limit>(limits).map(([name, limit]) => [name, limiter(pool, name, limit, scale)]),
  );
  const take = async (name: LimitName, key: string) => {
    await consume(limiters.get(name)!, keyFor(key));
  };
  return {
    take,
    async takeSignIn(email, address) {
      const uses = [
        ['signInByBoth', `${email} ${address}`],
        ['signInByAccount', email],
        ['signInByAddress', address],
      ] as const;
      for (const [name, key] of uses) await take(name, key);
      const giveBack = async () => {
        await Promise.all(uses.map(([name, key]) => limiters.get(name)!.reward(keyFor(key), 1)));
      };
      return { succeeded: giveBack };
    },
  };
}

function limiter(
  pool: pg.Pool,
  name: string,
  { points, seconds, inMemory }: Limit,
  scale: number,
): RateLimiterAbstract {
  const options = { keyPrefix: name, points: Math.max(1, Math.round(points * scale)), duration: seconds };
  if (inMemory) return new RateLimiterMemory(options);
  return new RateLimiterPostgres({
    ...options,
    storeClient: pool,
    storeType: 'pool',
    schemaName: 'auth',
    tableName: 'rate_limits',
    tableCreated: true,
    clearExpiredByTimeout: true,
    // While PostgreSQL does not answer, each process counts for itself.
    insuranceLimiter: new RateLimiterMemory(options),
  });
}

async function consume(limiter: RateLimiterAbstract, key: string): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error;
    const retryAfterSeconds = Math.max(1, Math.ceil(error.msBeforeNext / 1000));
    throw new ApiError('rate_limited', `Too many requests. Try again in ${spoken(retryAfterSeconds)}.`, {
      retryAfterSeconds,
    });
  }
}

/** Keys are as long as the table allows, and hold no e-mail address. */
function keyFor(key: string): string {
  return createHash('sha256').update(key).digest('base64url');
}

function spoken(seconds: number): string {
  if (seconds < 90) return `${seconds} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}
