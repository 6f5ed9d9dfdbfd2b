import { describe, expect, it } from 'vitest';
import { useApp } from './support/app.ts';

const app = await useApp({ env: { RATE_LIMIT_SCALE: '1' } });

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

it('a flood of registrations from one address is stopped', async () => {
  const answers = [];
  for (let count = 0; count < 121; count++)
    answers.push(await app.call('POST', '/api/v1/auth/register', { body: { email: 'x', password: 'x'.repeat(8) } }));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([422]));
  const stopped = await Promise.all(
    Array.from({ length: 121 }, () => app.services.limits.take('register', '9.9.9.9').then(() => null, String)),
  );
  expect(stopped.filter((refusal) => refusal !== null)).toHaveLength(1);
});

it('links for a new password are mailed to one account a few times an hour only', async () => {
  const { email } = await app.newUser();
  app.services.mailer = { way: 'smtp', send: async () => '', close: () => {} };
  const ask = () => app.call('POST', '/api/v1/auth/password-reset', { body: { email } });
  const answers = [];
  for (let count = 0; count < 6; count++) answers.push(await ask());
  expect(answers.map(({ status }) => status)).toEqual([...Array(5).fill(202), 429]);
  expect(Number(answers.at(-1)!.headers.get('retry-after'))).toBeGreaterThan(60);
});

it('the password that a signed-in user gives once more cannot be guessed', async () => {
  const user = await app.newUser();
  const guess = (password: string) =>
    app.call('POST', '/api/trpc/account.delete', { token: user.token, body: { password } });
  const answers = [];
  for (let count = 0; count < 21; count++) answers.push(await guess(`guess number ${count}`));
  expect(answers.map(({ status }) => status)).toEqual([...Array(20).fill(403), 429]);
  expect((await guess(user.password)).status).toBe(429);
});

it('every call counts: for the address, and for the user', async () => {
  const user = await app.newUser();
  const taken: string[] = [];
  const { limits } = app.services;
  app.services.limits = { ...limits, take: async (name, key) => (taken.push(`${name} ${key}`), null) };
  await app.call('GET', '/api/v1/user/profile', { token: user.token });
  await app.call('GET', '/api/trpc/account.profile', { token: user.token });
  app.services.limits = limits;
  const both = ['callsByAddress 127.0.0.1', `callsByUser ${user.id}`];
  expect(taken).toEqual([...both, ...both]);
});

it('a caller that goes beyond is answered 429 with the time to wait', async () => {
  const user = await app.newUser();
  for (let count = 0; count < 6_000; count++) await app.services.limits.take('callsByUser', user.id);
  const refused = await app.call('GET', '/api/v1/user/profile', { token: user.token });
  expect(refused.json).toMatchObject({ status: 429, code: 'rate_limited' });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
});

it('counts are kept in PostgreSQL, without anybody’s e-mail address', async () => {
  const { rows } = await app.database.query<{ key: string }>('select key from auth.rate_limits');
  expect(rows.length).toBeGreaterThan(3);
  expect(rows.some(({ key }) => key.includes('@') || key.includes('127.0.0.1'))).toBe(false);
});

describe('a batch of tRPC', () => {
  const batch = (calls: number, token: string) =>
    app.call('GET', `/api/trpc/${Array(calls).fill('changes.unseen').join(',')}?batch=1&input=%7B%7D`, { token });

  it('holds at most 20 calls', async () => {
    const { token } = await app.newUser();
    const good = await batch(20, token);
    expect([good.status, good.json.length]).toEqual([200, 20]);
    expect((await batch(21, token)).status).toBe(400);
  });
});

it('all addresses of a network count as one client, also for a calendar and a call sheet', async () => {
  for (const [limit, points] of [
    ['feed', 120],
    ['callSheet', 300],
    ['callSheetAnswers', 120],
  ] as const) {
    const take = (address: string, thing = 'one') => app.services.limits.take(limit, `${address} ${thing}`);
    for (let use = 0; use < points; use++) await take(`2001:db8:1:2::${use.toString(16)}`);
    await expect(take('2001:db8:1:2:ffff::1'), limit).rejects.toMatchObject({ reason: 'rate_limited' });
    await take('2001:db8:1:3::1');
    await take('2001:db8:1:2::1', 'another');
  }
});

it.each(['export', `as-of/export?at=${new Date(0).toISOString()}`])(
  'a flood of files of rentals by %s is stopped for that user alone',
  async (path) => {
    const [user, other] = [await app.newUser(), await app.newUser()];
    await app.services.limits.take('rentalFile', user.id, 299);
    const file = async ({ token }: { token: string }) =>
      (await app.call('GET', `/api/v1/user/bookings/${path}`, { token })).status;
    expect([await file(user), await file(user), await file(other)]).toEqual([200, 429, 200]);
  },
);
