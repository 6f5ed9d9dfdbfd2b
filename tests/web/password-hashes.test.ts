import { hash } from '@node-rs/argon2';
import { expect, it } from 'vitest';
import { hashPassword, verifyPassword } from '#lib/server/auth/password-hashes.ts';

const composed = 'pässwörd Å'.normalize('NFC');
const apart = composed.normalize('NFD');

it('a password is the same, composed or not, for hashes of today and of before', async () => {
  expect(composed).not.toBe(apart);
  const stored = [await hashPassword(composed), await hashPassword(apart), await hash(composed), await hash(apart)];
  for (const each of stored)
    for (const typed of [composed, apart]) expect(await verifyPassword(each, typed)).toBe(true);
});

it('another password is another, also where it only looks alike', async () => {
  const stored = await hashPassword('file 1');
  for (const typed of ['ﬁle 1', 'File 1', 'file 1 ', 'file １', ''])
    expect(await verifyPassword(stored, typed)).toBe(false);
});

it('where there is no account every password is wrong', async () => {
  for (const typed of ['', 'x', composed]) expect(await verifyPassword(null, typed)).toBe(false);
});

it('too many at once are told to come back, and the others get their answer', async () => {
  const answers = await Promise.allSettled(Array.from({ length: 260 }, () => verifyPassword(null, 'x')));
  const refused = answers.filter((answer) => answer.status === 'rejected');
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length).toBeLessThan(60);
  expect(refused[0]!.reason).toMatchObject({ reason: 'unavailable', retryAfterSeconds: 5 });
});
