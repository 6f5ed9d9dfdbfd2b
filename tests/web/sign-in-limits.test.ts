/** Guessing a password is stopped, and never at the cost of who knows it. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { deviceCookie, newDevice } from '#lib/server/auth/known-devices.ts';
import { startApp } from './support/app.ts';
import type { App, TestUser } from './support/app.ts';

let app: App;
let user: TestUser;

beforeAll(async () => {
  app = await startApp({ env: { RATE_LIMIT_SCALE: '1', TRUST_PROXY: '1' } });
});
afterAll(() => app.close());

async function signIn(from: string, password: string, headers: Record<string, string> = {}): Promise<number> {
  const body = { email: user.email, password };
  const { status } = await app.call('POST', '/api/v1/auth/token', {
    body,
    headers: { 'x-forwarded-for': from, ...headers },
  });
  return status;
}

/** The statuses of this many wrong passwords, each from another address. */
async function guess(times: number, addressOf: (time: number) => string): Promise<number[]> {
  const answers = [];
  for (let time = 0; time < times; time++) answers.push(await signIn(addressOf(time), `guess number ${time}`));
  return answers;
}

const tooMany = (statuses: number[]) => statuses.filter((status) => status === 429).length;

it('one /64 is one client, and does not lock the owner out', async () => {
  user = await app.newUser();
  const answers = await guess(60, (time) => `[2001:db8:1:2::${time.toString(16)}]:${1000 + time}`);
  expect(tooMany(answers)).toBe(50);
  expect(await signIn('2001:db8:1:2::abcd', user.password)).toBe(429);
  expect(await signIn('2001:db8:1:3::1', user.password)).toBe(200);
});

it('one address with many ports is one client', async () => {
  user = await app.newUser();
  expect(tooMany(await guess(15, (time) => `203.0.113.9:${1000 + time}`))).toBe(5);
});

it('what is no address is one client', async () => {
  user = await app.newUser();
  expect(tooMany(await guess(15, (time) => `nonsense-${time}`))).toBe(5);
});

it('many networks together lock strangers out, but neither a known address nor a known device', async () => {
  user = await app.newUser();
  expect(await signIn('198.51.100.1', user.password)).toBe(200);
  expect(tooMany(await guess(60, (time) => `203.0.113.${time}`))).toBe(10);
  expect(await signIn('192.0.2.1', user.password)).toBe(429);
  expect(await signIn('198.51.100.1', user.password)).toBe(200);
  const { AUTH_SECRET } = app.services.config;
  const cookieFor = (userId: string) => ({
    cookie: `${deviceCookie}=${encodeURIComponent(newDevice(AUTH_SECRET, userId))}`,
  });
  expect(await signIn('192.0.2.1', user.password, cookieFor(user.id))).toBe(200);
  const other = await app.newUser();
  expect(await signIn('192.0.2.2', user.password, cookieFor(other.id))).toBe(429);
  const [theirs, mine] = [newDevice(AUTH_SECRET, other.id), newDevice(AUTH_SECRET, user.id)];
  const mixed = { cookie: `${deviceCookie}=${mine.split('~')[0]}~${encodeURIComponent(theirs.split('~')[1]!)}` };
  expect(await signIn('192.0.2.2', user.password, mixed)).toBe(429);
});

it('a known device guesses no more often than others', async () => {
  user = await app.newUser();
  const cookie = `${deviceCookie}=${encodeURIComponent(newDevice(app.services.config.AUTH_SECRET, user.id))}`;
  const answers = [];
  for (let time = 0; time < 12; time++) answers.push(await signIn(`203.0.113.${time}`, `guess ${time}`, { cookie }));
  expect(tooMany(answers)).toBe(2);
});
