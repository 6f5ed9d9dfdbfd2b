/**
 * Tokens: 256 random bits, stored by their hash only. A session's token counts only with our signature, so that what is
 * made up is refused without asking the database.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

export interface NewToken {
  token: string;
  tokenHash: string;
}

export function newToken(prefix = ''): NewToken {
  const token = prefix + randomBytes(32).toString('base64url');
  return { token, tokenHash: hashOfToken(token) };
}

/** Whether it could be one of ours without a prefix: 32 bytes in base64url. */
export function isToken(text: string): boolean {
  return /^[\w-]{43}$/.test(text);
}

export function hashOfToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** Tells sessions apart, for a page to say whose it is. Neither secret nor of use for anything else. */
export function markOf(sessionId: string): string {
  return hashOfToken(sessionId).slice(0, 16);
}

export function sign(secret: string, token: string): string {
  return `${token}.${signatureOf(secret, token)}`;
}

/** The token in a signed one; null where the signature is not ours, to the character. */
export function unsign(secret: string, signed: string): string | null {
  const [token = '', signature = '', ...more] = signed.split('.');
  const given = Buffer.from(signature);
  const right = Buffer.from(signatureOf(secret, token));
  return more.length === 0 && given.length === right.length && timingSafeEqual(given, right) ? token : null;
}

function signatureOf(secret: string, token: string): string {
  return createHmac('sha256', secret).update(token).digest('base64');
}
