/** A browser that gave the right password and owes the code: a signed cookie for ten minutes says so. */
import { sign, unsign } from './tokens.ts';

export const pendingCookie = 'gibney-sync.pending';
export const pendingSeconds = 10 * 60;

export function newPending(secret: string, userId: string): string {
  return sign(secretFor(secret), `${userId}~${Date.now() + pendingSeconds * 1000}`);
}

/** Who it is; null where nobody is, or the time is over. */
export function pendingUserOf(secret: string, cookie: string | null): string | null {
  const [userId, until] = (unsign(secretFor(secret), cookie ?? '') ?? '').split('~');
  return userId && Number(until) > Date.now() ? userId : null;
}

function secretFor(secret: string): string {
  return `${secret} pending`;
}
