/** A browser that gave the right password and owes the code: a signed cookie says so for ten minutes, while that is the password. */
import type { Proven } from '#db/queries/credentials.ts';
import { hashOfToken, sign, unsign } from './tokens.ts';

export const pendingCookie = 'gibney-sync.pending';
export const pendingSeconds = 10 * 60;

export interface Pending {
  userId: string;
  /** Of the hash of the password, which salt makes another for each password that is set. */
  digest: string;
}

export function newPending(secret: string, { userId, passwordHash }: Proven): string {
  const until = Date.now() + pendingSeconds * 1000;
  return sign(secretFor(secret), `${userId}~${until}~${hashOfToken(passwordHash)}`);
}

/** Who it is; null where nobody is, or the time is over. */
export function pendingOf(secret: string, cookie: string | null): Pending | null {
  const [userId, until, digest] = (unsign(secretFor(secret), cookie ?? '') ?? '').split('~');
  return userId && digest && Number(until) > Date.now() ? { userId, digest } : null;
}

/** Null where the password is another one by now. */
export function provenBy({ userId, digest }: Pending, passwordHash: string | null): Proven | null {
  return passwordHash !== null && hashOfToken(passwordHash) === digest ? { userId, passwordHash } : null;
}

function secretFor(secret: string): string {
  return `${secret} pending`;
}
