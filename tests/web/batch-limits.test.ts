/** What a caller has used of the limits, and what is left. */
import { expect, it } from 'vitest';
import { startApp, useApp } from './support/app.ts';

// 300 calls a minute, 9 requests for a sync.
const app = await useApp({ env: { RATE_LIMIT_SCALE: '0.05' } });
const batchOf = (calls: number, comma = ',') =>
  `/api/trpc/${Array(calls).fill('changes.unseen').join(comma)}?batch=1&input=%7B%7D`;

/** Of one limit: how many there are, in how many seconds, and how many are left. */
function leftOf(headers: Headers, name: string) {
  const [, points, seconds] =
    new RegExp(`"${name}";q=(\\d+);w=(\\d+)`).exec(headers.get('ratelimit-policy') ?? '') ?? [];
  const [, left, reset] = new RegExp(`"${name}";r=(\\d+);t=(\\d+)`).exec(headers.get('ratelimit') ?? '') ?? [];
  if (reset) expect(Number(reset)).toBeGreaterThan(0);
  return [points, seconds, left].map(Number);
}

it('a batch of tRPC counts as many calls as it holds, however its commas are written', async () => {
  const { token } = await app.newUser();
  const statuses = [];
  for (let sent = 0; sent < 16; sent++)
    statuses.push((await app.call('GET', batchOf(20, sent % 2 ? '%2C' : ','), { token })).status);
  expect(statuses).toEqual([...Array<number>(15).fill(200), 429]);
});

it('a batch of 100 counts 100, although it is refused', async () => {
  const { token } = await app.newUser();
  const { status, headers } = await app.call('GET', batchOf(100), { token });
  expect([status, leftOf(headers, 'calls')]).toEqual([400, [300, 60, 200]]);
});

it('answers of REST and tRPC say what is left, refusals too', async () => {
  const { token } = await app.newUser();
  const rest = await app.call('GET', '/api/v1/user/profile', { token });
  expect(leftOf(rest.headers, 'calls')).toEqual([300, 60, 299]);
  expect(leftOf(rest.headers, 'address').slice(0, 2)).toEqual([600, 60]);
  expect(leftOf((await app.call('GET', batchOf(3), { token })).headers, 'calls')).toEqual([300, 60, 296]);
  const syncs = [];
  for (let count = 0; count < 10; count++) syncs.push(await app.call('POST', '/api/v1/user/sync', { token }));
  expect(syncs.slice(-2).map(({ status, headers }) => [status, leftOf(headers, 'syncs')])).toEqual([
    [202, [9, 60, 0]],
    [429, [9, 60, 0]],
  ]);
  expect(syncs.at(-1)!.headers.get('retry-after')).toMatch(/^\d+$/);
});

it('nothing is said where limits are off, nor of those against guessing', async () => {
  const wrong = { email: 'nobody@example.com', password: 'not this one' };
  const guess = await app.call('POST', '/api/v1/auth/token', { body: wrong });
  expect(guess.headers.get('ratelimit-policy')).toBe('"address";q=600;w=60');
  const free = await startApp();
  const { headers } = await free.call('GET', '/api/v1/user/profile');
  expect([headers.get('ratelimit'), headers.get('ratelimit-policy')]).toEqual([null, null]);
  await free.close();
});
