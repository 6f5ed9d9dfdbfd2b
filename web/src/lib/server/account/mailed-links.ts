/** Tokens of links that are sent by mail: random, stored by their hash, good for one use within an hour. */
import { createHash, randomBytes } from 'node:crypto';

export const linkSeconds = 60 * 60;

export function newToken(): { token: string; tokenHash: string } {
  const token = randomBytes(32).toString('base64url');
  return { token, tokenHash: hashOfToken(token) };
}

export function hashOfToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
