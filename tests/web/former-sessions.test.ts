/** Accounts of version 0.1.0, whose sessions and passwords the sign-in library of that time wrote, go on. */
import { createHash, createHmac, randomUUID } from 'node:crypto';
import { hash } from '@node-rs/argon2';
import { MikroORM } from '@mikro-orm/postgresql';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { migrate } from '#db/migrate.ts';
import { migrationOptions } from '#db/migrations.ts';
import { createEmptyDatabase } from '../support/index.ts';
import type { TestDatabase } from '../support/index.ts';
import { startApp } from './support/app.ts';
import type { App } from './support/app.ts';

const userId = randomUUID();
const email = 'dancer@example.com';
const password = 'correct horse battery';
const key = `gsk_${'k'.repeat(43)}`;
let database: TestDatabase;
let client: pg.Client;
let app: App;

/** As 0.1.0 made it: 32 letters, with its signature in base64. */
function signed(token: string): string {
  const secret = app.services.config.AUTH_SECRET;
  return `${token}.${createHmac('sha256', secret).update(token).digest('base64')}`;
}

const storeSession = (token: string, createdDaysAgo = 0) =>
  client.query(
    `insert into auth.session (token, "userId", "expiresAt", "createdAt", "updatedAt", "ipAddress", "userAgent")
     values ($1, $2, now() + interval '20 days', now() - make_interval(days => $3), now(), '127.0.0.1', 'curl/8')`,
    [token, userId, createdDaysAgo],
  );
const profile = (token: string) => app.call('GET', '/api/v1/user/profile', { token });
const signIn = (given: string) => app.call('POST', '/api/v1/auth/token', { body: { email, password: given } });

beforeAll(async () => {
  database = await createEmptyDatabase();
  const orm = await MikroORM.init({ ...migrationOptions, clientUrl: database.url });
  await orm.migrator.up({ to: 'Migration20261123120000_trial_credentials' });
  await orm.close();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query('insert into users (id, email) values ($1, $2)', [userId, email]);
  await client.query(
    `insert into auth.account ("accountId", "providerId", "userId", password) values ($1::uuid::text, 'credential', $1, $2)`,
    [userId, await hash(password)],
  );
  await storeSession('a'.repeat(32));
  await storeSession('b'.repeat(32), 91);
  await client.query(
    `insert into auth.api_keys (user_id, name, start, key_hash, scopes) values ($1, 'Home', 'gsk_kkkkkk', $2, '{read}')`,
    [userId, createHash('sha256').update(key).digest('hex')],
  );
  await migrate(database.url);
  app = await startApp({ env: { DATABASE_URL: database.url } });
});
afterAll(async () => {
  await app.close();
  await client.end();
  await database.drop();
});

it('a session goes on, as a token and as a cookie, and is listed', async () => {
  const token = signed('a'.repeat(32));
  expect((await profile(token)).json.id).toBe(userId);
  const cookie = `theme=dark; gibney-sync.session_token=${encodeURIComponent(token)}`;
  expect((await app.call('GET', '/whoami', { headers: { cookie } })).text).toBe(email);
  const { json } = await app.call('GET', '/api/v1/user/sessions', { token });
  expect(json.sessions).toMatchObject([{ ip_address: '127.0.0.1', user_agent: 'curl/8', current: true }]);
});

it('a session that began more than 90 days ago is over', async () => {
  expect((await profile(signed('b'.repeat(32)))).status).toBe(401);
});

it('a token as the former table holds it opens nothing', async () => {
  expect((await profile('a'.repeat(32))).status).toBe(401);
});

it('an API key goes on', async () => {
  expect((await profile(key)).json.id).toBe(userId);
});

it('the password is the same', async () => {
  expect((await signIn('another one entirely')).status).toBe(401);
  expect((await signIn(password)).status).toBe(200);
});

it('what the former version writes while it still serves counts, and what ends here ends there', async () => {
  await storeSession('c'.repeat(32));
  const token = signed('c'.repeat(32));
  expect((await profile(token)).status).toBe(200);
  await client.query(`update auth.account set password = $2 where "userId" = $1`, [
    userId,
    await hash('changed there'),
  ]);
  expect((await signIn('changed there')).status).toBe(200);
  const body = { current_password: 'changed there', new_password: 'changed here' };
  expect((await app.call('PUT', '/api/v1/user/password', { token, body })).status).toBe(204);
  const left = await client.query('select token from auth.session');
  expect(left.rows).toEqual([{ token: 'c'.repeat(32) }]);
  const { rows } = await client.query<{ password: string }>('select password from auth.account');
  const { rows: users } = await client.query<{ password: string }>('select password_hash as password from users');
  expect(rows).toEqual(users);
});
