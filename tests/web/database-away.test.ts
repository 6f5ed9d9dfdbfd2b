/** PostgreSQL does not answer, or its connections break: clear answers, and all is well again by itself. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTestDatabase } from '../support/index.ts';
import { startRelay, type Relay } from '../support/relay.ts';
import type { TestDatabase } from '../support/index.ts';
import { startApp } from './support/app.ts';
import type { App, TestUser } from './support/app.ts';

let database: TestDatabase;
let relay: Relay;
let app: App;
let user: TestUser;

beforeAll(async () => {
  database = await createTestDatabase();
  relay = await startRelay(database.url);
  app = await startApp({ env: { DATABASE_URL: relay.url } });
  user = await app.newUser();
});
afterAll(async () => {
  relay.open();
  await app.close();
  await relay.close();
  await database.drop();
});

it.each([
  ['GET', '/api/v1/user/profile'],
  ['GET', '/api/v1/user/bookings'],
  ['GET', '/api/v1/user/sync/status'],
  ['POST', '/api/v1/user/sync'],
] as const)('%s %s is 503 with a time to try again, and works again by itself', async (method, path) => {
  relay.cut();
  const refused = await app.call(method, path, { token: user.token });
  expect(refused.json).toMatchObject({ status: 503, code: 'unavailable' });
  expect(refused.headers.get('retry-after')).toBe('5');
  relay.open();
  expect((await app.call(method, path, { token: user.token })).status).toBeLessThan(300);
});

it('nobody is told that a right password is wrong', async () => {
  relay.cut();
  const { email, password } = user;
  const refused = await app.call('POST', '/api/v1/auth/token', { body: { email, password } });
  expect(refused.json).toMatchObject({ status: 503, code: 'unavailable' });
  relay.open();
  expect((await app.call('POST', '/api/v1/auth/token', { body: { email, password } })).status).toBe(200);
});

it('who cannot be registered is told so, and nothing is left over', async () => {
  relay.cut();
  const body = { email: 'later@example.com', password: 'long enough' };
  expect((await app.call('POST', '/api/v1/auth/register', { body })).json.code).toBe('unavailable');
  relay.open();
  expect((await app.call('POST', '/api/v1/auth/register', { body })).status).toBe(201);
});

it('the process lives and says what is missing', async () => {
  relay.cut();
  expect((await app.call('GET', '/healthz')).status).toBe(200);
  const ready = await app.call('GET', '/readyz');
  expect(ready.status).toBe(503);
  expect(ready.json.parts).toEqual({ postgres: 'failed', temporal: 'ok' });
  relay.open();
});

it('that every connection is in use is not taken for a database that is away', async () => {
  const release = await new Promise<() => void>((resolve, reject) => {
    const freed = Promise.withResolvers<void>();
    let taken = 0;
    for (let index = 0; index < 5; index += 1)
      app.services.orm.em
        .fork()
        .transactional(async (em) => {
          await em.execute('select 1');
          if ((taken += 1) === 5) resolve(freed.resolve);
          await freed.promise;
        })
        .catch(reject);
  });
  const refused = await app.call('GET', '/api/v1/user/bookings', { token: user.token });
  expect(refused.json).toMatchObject({
    status: 503,
    code: 'unavailable',
    detail: expect.stringMatching('Too much is asked'),
  });
  expect(refused.json.detail).not.toMatch(/cannot reach/);
  expect(refused.headers.get('retry-after')).toBe('5');
  expect((await app.call('GET', '/readyz')).json.parts).toEqual({ postgres: 'ok', temporal: 'ok' });
  release();
  expect((await app.call('GET', '/api/v1/user/bookings', { token: user.token })).status).toBe(200);
});
