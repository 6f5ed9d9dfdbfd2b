/**
 * Passwords as argon2id. A hash holds a core for some 60 ms, so hashes wait for one another: many people who sign in at
 * once wait a little, and no other request does.
 */
import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import pLimit from 'p-limit';
import { ApiError } from '../errors.ts';

const queue = pLimit(Math.max(1, Math.floor(availableParallelism() / 2)));
const mostWaiting = 200;

/** Of no password. Verified where there is no account, so that the time does not tell. */
const nobodysHash = '$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

/** Throws `unavailable` where too many wait. */
export function hashPassword(password: string): Promise<string> {
  return inTurn(() => hash(password.normalize('NFC')));
}

/**
 * Keyboards and systems compose accented letters or leave them apart, and mean the same password. Hashes made before that
 * was known are of the password as it was typed then. Throws `unavailable` where too many wait.
 */
export async function verifyPassword(stored: string | null, typed: string): Promise<boolean> {
  for (const password of new Set([typed.normalize('NFC'), typed, typed.normalize('NFD')]))
    if (await inTurn(() => verify(stored ?? nobodysHash, password))) return stored !== null;
  return false;
}

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (queue.pendingCount < mostWaiting) return queue(work);
  throw new ApiError('unavailable', 'Too many people are signing in right now. Try again in a few seconds.', {
    retryAfterSeconds: 5,
  });
}
