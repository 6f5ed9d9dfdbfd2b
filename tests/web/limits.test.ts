import { afterAll, beforeAll, expect, it } from 'vitest';
import { startApp } from './support/app.ts';
import type { App } from './support/app.ts';

let app: App;

beforeAll(async () => {
  app = await startApp({ env: { RATE_LIMIT_SCALE: '1' } });
});
afterAll(() => app.close());

const signIn = (email: string, password: string) =>
  app.call('POST', '/api/v1/auth/token', { body: { email, password } });

it('a machine that guesses a password is stopped, and told when to try again', async () => {
  const user = await app.newUser();
  const answers = [];
  for (let guess = 0; guess < 11; guess++) answers.push(await signIn(user.email, `guess number ${guess}`));
  expect(answers.map(({ status }) => status)).toEqual([...Array(10).fill(401), 429]);
  const last = answers.at(-1)!;
  expect(last.json).toMatchObject({ code: 'rate_limited', status: 429 });
  expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await signIn(user.email, user.password)).status).toBe(429);
  const other = await app.newUser();
  expect((await signIn(other.email, other.password)).status).toBe(200);
});

it('the right password costs nothing, however often', async () => {
  const user = await app.newUser();
  const answers = [];
  for (let time = 0; time < 12; time++) answers.push(await signIn(user.email, user.password));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
});

it('fifty requests for a sync at once pass', async () => {
  const { token } = await app.newUser();
  const answers = await Promise.all(Array.from({ length: 50 }, () => app.call('POST', '/api/v1/user/sync', { token })));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
});

it('a flood of requests for a sync is stopped for that user alone', async () => {
  const [{ token }, other] = [await app.newUser(), await app.newUser()];
  const answers = await Promise.all(
    Array.from({ length: 190 }, () => app.call('POST', '/api/v1/user/sync', { token })),
  );
  expect(answers.filter(({ status }) => status === 202)).toHaveLength(180);
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused).toHaveLength(10);
  expect(refused[0]!.json.code).toBe('rate_limited');
  expect((await app.call('POST', '/api/v1/user/sync', { token: other.token })).status).toBe(202);
});

it('counts are kept in PostgreSQL, without anybody’s e-mail address', async () => {
  const { rows } = await app.services.auth.options.database.query<{ key: string }>('select key from auth.rate_limits');
  expect(rows.length).toBeGreaterThan(3);
  expect(rows.some(({ key }) => key.includes('@') || key.includes('127.0.0.1'))).toBe(false);
});
