/** Limits against abuse, counted in PostgreSQL, so that they hold across processes and restarts. */
import { createHash } from 'node:crypto';
import type pg from 'pg';
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { RateLimiterAbstract } from 'rate-limiter-flexible';
import { clientNetwork } from '../../../edge/client-address.ts';
import { ApiError } from './errors.ts';

interface Limit {
  points: number;
  seconds: number;
  /** Its key is an address, and all of a client's addresses count together. */
  byAddress?: boolean;
  /** The same, with what is asked for after the address and a space. */
  byClientAndThing?: boolean;
  /** Counted by each process for itself, where a statement for each use would cost more than the use. */
  inMemory?: boolean;
  /** By this name answers say what is left of it. Limits against guessing are not told. */
  shown?: string;
}

/** What is left of a limit. */
export interface Quota {
  name: string;
  points: number;
  seconds: number;
  left: number;
  /** After this time all of it is there again. */
  resetSeconds: number;
}

/** `rate_limited`, with the limit that was reached where answers may say so. */
export class LimitReachedError extends ApiError {
  readonly quota: Quota | null;

  constructor(retryAfterSeconds: number, quota: Quota | null) {
    super('rate_limited', `Too many requests. Try again in ${spoken(retryAfterSeconds)}.`, { retryAfterSeconds });
    this.quota = quota;
  }
}

/** Generous for people, tight for machines that guess. Points of sign-ins come back with the right password. */
const limits = {
  register: { points: 120, seconds: 600, byAddress: true },
  signInByAddress: { points: 100, seconds: 600, byAddress: true },
  signInByAccount: { points: 50, seconds: 900 },
  signInByBoth: { points: 10, seconds: 600, byClientAndThing: true },
  signInByDevice: { points: 10, seconds: 600 },
  sync: { points: 180, seconds: 60, shown: 'syncs' },
  changes: { points: 600, seconds: 60, shown: 'changes' },
  /** Codes beside the password. Only who has the password gets here. */
  codeByBoth: { points: 10, seconds: 600, byClientAndThing: true },
  codeByAccount: { points: 100, seconds: 86_400 },
  /** A password that a signed-in user gives once more. */
  password: { points: 20, seconds: 600 },
  resetByAddress: { points: 30, seconds: 3600, byAddress: true },
  resetByAccount: { points: 5, seconds: 3600 },
  confirmByAccount: { points: 5, seconds: 3600 },
  /** Mails to people who may not know the sender. */
  inviteByUser: { points: 60, seconds: 3600 },
  inviteToAddress: { points: 10, seconds: 86_400 },
  linkByAddress: { points: 60, seconds: 600, byAddress: true },
  deviceByAddress: { points: 60, seconds: 600, byAddress: true },
  /** Codes that a signed-in user types. */
  deviceCodeByUser: { points: 30, seconds: 600 },
  export: { points: 30, seconds: 600, shown: 'exports' },
  /** Of rentals, which scripts fetch again and again. */
  rentalFile: { points: 300, seconds: 600, shown: 'files' },
  callsByUser: { points: 6_000, seconds: 60, inMemory: true, shown: 'calls' },
  callsByAddress: { points: 12_000, seconds: 60, byAddress: true, inMemory: true, shown: 'address' },
  /** Each asks a server elsewhere, with a password. */
  calendarLogin: { points: 30, seconds: 600 },
  feed: { points: 120, seconds: 60, byClientAndThing: true, inMemory: true },
  unknownFeed: { points: 120, seconds: 600, byAddress: true },
  /** A whole studio may be behind one address. */
  callSheet: { points: 300, seconds: 60, byClientAndThing: true, inMemory: true },
  unknownCallSheet: { points: 120, seconds: 600, byAddress: true },
  callSheetAnswers: { points: 120, seconds: 600, byClientAndThing: true },
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof limits;

export interface RateLimits {
  /** Counts one use, or so many. Null where answers say nothing of it. Throws `LimitReachedError`. */
  take(limit: LimitName, key: string, uses?: number): Promise<Quota | null>;
  /** Counts an attempt to sign in. Throws like `take`. */
  takeSignIn(attempt: SignInAttempt): Promise<{ succeeded(): Promise<void> }>;
}

export interface SignInAttempt {
  email: string;
  address: string;
  /** A device on which this account was signed in to before. It counts for itself, so that nobody else uses it up. */
  knownDevice: string | null;
  /** From an address of such a device, so that wrong passwords from elsewhere do not count. */
  fromKnownAddress: boolean;
}

/** What an attempt counts towards. */
function usesOf({ email, address, knownDevice, fromKnownAddress }: SignInAttempt): [LimitName, string][] {
  if (knownDevice) return [['signInByDevice', `${email} ${knownDevice}`]];
  return [
    ['signInByBoth', `${address} ${email}`],
    ...(fromKnownAddress ? [] : [['signInByAccount', email] satisfies [LimitName, string]]),
    ['signInByAddress', address],
  ];
}

/** `scale` multiplies every limit; 0 turns them off. */
export function createRateLimits(pool: pg.Pool, scale: number): RateLimits {
  if (scale === 0) return { take: async () => null, takeSignIn: async () => ({ succeeded: async () => {} }) };
  const limiters = new Map(
    Object.entries<Limit>(limits).map(([name, limit]) => [name, limiter(pool, name, limit, scale)]),
  );
  const take = (name: LimitName, key: string, uses = 1) => consume(name, limiters.get(name)!, keyFor(name, key), uses);
  return {
    take,
    async takeSignIn(attempt) {
      const uses = usesOf(attempt);
      for (const [name, key] of uses) await take(name, key);
      const giveBack = async () => {
        await Promise.all(uses.map(([name, key]) => limiters.get(name)!.reward(keyFor(name, key), 1)));
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

async function consume(
  name: LimitName,
  limiter: RateLimiterAbstract,
  key: string,
  uses: number,
): Promise<Quota | null> {
  try {
    return quotaOf(name, limiter, await limiter.consume(key, uses));
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error;
    throw new LimitReachedError(secondsUntil(error), quotaOf(name, limiter, error));
  }
}

function quotaOf(name: LimitName, { points, duration }: RateLimiterAbstract, state: RateLimiterRes): Quota | null {
  const { shown } = limits[name] as Limit;
  if (!shown) return null;
  const left = Math.max(0, state.remainingPoints);
  return { name: shown, points, seconds: duration, left, resetSeconds: secondsUntil(state) };
}

const secondsUntil = ({ msBeforeNext }: RateLimiterRes) => Math.max(1, Math.ceil(msBeforeNext / 1000));

function countedKey({ byAddress, byClientAndThing }: Limit, key: string): string {
  if (byAddress) return clientNetwork(key);
  if (!byClientAndThing) return key;
  const [address = '', ...thing] = key.split(' ');
  return [clientNetwork(address), ...thing].join(' ');
}

/** Keys are as long as the table allows, and hold no e-mail address. */
function keyFor(name: LimitName, key: string): string {
  return createHash('sha256').update(countedKey(limits[name], key)).digest('base64url');
}

function spoken(seconds: number): string {
  if (seconds < 90) return `${seconds} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}
