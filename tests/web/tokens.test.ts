/** Tokens and cookies that we signed count as they were given out, to the character. */
import { expect, it } from 'vitest';
import { knownDeviceOf, newDevice } from '#lib/server/auth/known-devices.ts';
import { sign, unsign } from '#lib/server/auth/tokens.ts';
import { useApp } from './support/app.ts';

const app = await useApp();

/** Other spellings that a lenient reader takes for the same. */
const spellings = (signed: string) => [
  `${signed}.`,
  `${signed}.more`,
  `${signed}==`,
  `${signed}!`,
  signed.replace(/=+$/, ''),
  signed.replace('.', '. '),
  signed.replace('.', '..'),
  `${signed.slice(0, -3)}-${signed.slice(-3)}`,
];

it('are refused with anything appended, put between or left out', () => {
  const signed = sign('secret', 'token');
  expect(unsign('secret', signed)).toBe('token');
  for (const other of spellings(signed)) expect(unsign('secret', other), other).toBeNull();
  expect(unsign('another', signed)).toBeNull();
  const device = newDevice('secret', 'user');
  expect(knownDeviceOf('secret', 'user', device)).not.toBeNull();
  for (const other of [...spellings(device), `${device}~more`])
    expect(knownDeviceOf('secret', 'user', other), other).toBeNull();
});

it('open nothing in another spelling, as a bearer token or as a cookie', async () => {
  const user = await app.newUser();
  const read = (headers: Record<string, string>) => app.call('GET', '/api/v1/user/profile', { headers });
  const cookie = (token: string) => ({ cookie: `gibney-sync.session_token=${encodeURIComponent(token)}` });
  const bearer = (token: string) => ({ authorization: `Bearer ${encodeURIComponent(token)}` });
  for (const headersOf of [cookie, bearer]) {
    expect((await read(headersOf(user.token))).status).toBe(200);
    for (const other of spellings(user.token)) expect((await read(headersOf(other))).status, other).toBe(401);
  }
});
