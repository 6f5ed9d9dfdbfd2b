/**
 * A browser remembers whose account was signed in to on it last, by a cookie that we signed. Wrong passwords from elsewhere
 * then never lock the owner out.
 */
import { newToken, sign, unsign } from './tokens.ts';

export const deviceCookie = 'gibney-sync.device';

/** The value of the cookie for one who just signed in. */
export function newDevice(secret: string, userId: string): string {
  return `${userId}~${sign(secretFor(secret, userId), newToken().token)}`;
}

/** What this device is known by to the account; null where it is not. */
export function knownDeviceOf(secret: string, userId: string, cookie: string | null): string | null {
  const [owner, signed = '', ...more] = (cookie ?? '').split('~');
  return owner === userId && more.length === 0 ? unsign(secretFor(secret, userId), signed) : null;
}

/** A session's token is none of a device, nor is that of another account. */
function secretFor(secret: string, userId: string): string {
  return `${secret} device of ${userId}`;
}
