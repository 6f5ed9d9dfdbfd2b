/** Devices that are told by push: by REST, as a browser's page and its service worker do it. */
import { createECDH, randomBytes, randomUUID } from 'node:crypto';
import { expect, it, vi } from 'vitest';
import { noticeKinds } from '#domain/notifications.ts';
import { newVapidKeys } from '#platform/vapid.ts';
import { writePausedEvent } from '#db/queries/events.ts';
import { affected, rows, sql } from '../support/sql.ts';
import { useApp, type TestUser } from './support/app.ts';
import { quietTemporal } from './support/temporal-double.ts';

const [VAPID_PUBLIC_KEY, VAPID_PRIVATE_KEY] = newVapidKeys().split(' ') as [string, string];
const VAPID_SUBJECT = 'mailto:push@rentals.example.org';
const temporal = quietTemporal();
const app = await useApp({ temporal, env: { VAPID_PUBLIC_KEY, VAPID_PRIVATE_KEY, VAPID_SUBJECT } });
const em = () => app.services.orm.em.fork();

const path = '/api/v1/user/push-subscriptions';
const agent =
  'Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Mobile Safari/537.36';

function subscription() {
  const ecdh = createECDH('prime256v1');
  ecdh.generateKeys();
  const keys = { p256dh: ecdh.getPublicKey('base64url'), auth: randomBytes(16).toString('base64url') };
  return { endpoint: `https://8.8.8.8/push/${randomUUID()}`, keys };
}

const add = ({ token }: TestUser, body: object) =>
  app.call('POST', path, { token, body, headers: { 'user-agent': agent } });
const list = async ({ token }: TestUser) => (await app.call('GET', path, { token })).json.subscriptions;
const choices = async ({ token }: TestUser) =>
  (await app.call('GET', '/api/v1/user/notifications', { token })).json.push;
const choose = ({ token }: TestUser, body: object) => app.call('PUT', '/api/v1/user/notifications', { token, body });

it('a device is turned on for all kinds, by a key of ours, and its own keys are sealed', async () => {
  const user = await app.newUser();
  const given = subscription();
  const { status, json } = await add(user, given);
  expect(status).toBe(201);
  expect(json).toMatchObject({ name: 'Chrome on Android', state: 'on', current: true, last_delivered_at: null });
  expect([...(json.kinds as string[])].sort()).toEqual([...noticeKinds].sort());
  const { json: all } = await app.call('GET', path, { token: user.token });
  expect(all).toEqual({ public_key: VAPID_PUBLIC_KEY, subscriptions: [json] });
  const stored = JSON.stringify(await rows(em(), sql`select * from delivery_targets where id = ${json.id}`));
  for (const key of Object.values(given.keys)) expect(stored).not.toContain(key);
  const exported = await app.call('GET', '/api/v1/user/export', { token: user.token });
  expect(exported.text).toContain(json.id);
  expect(exported.text).not.toContain(given.endpoint);
});

it('the same endpoint again renews the device, and what was chosen for it stays', async () => {
  const user = await app.newUser();
  const given = subscription();
  const { json: first } = await add(user, { ...given, kinds: ['booking.canceled'], name: 'My phone' });
  await affected(
    em(),
    sql`update delivery_targets set disabled_reason = 'gone', secret_sealed = null where id = ${first.id}`,
  );
  expect(await list(user)).toMatchObject([{ state: 'gone' }]);
  expect((await add(user, given)).json).toMatchObject({ id: first.id, state: 'on', kinds: ['booking.canceled'] });
  const next = subscription();
  expect((await add(user, { ...next, replaces: given.endpoint })).json.id).toBe(first.id);
  expect(await list(user)).toHaveLength(1);
});

it('a device that was removed is not turned on by its own renewal', async () => {
  const user = await app.newUser();
  const given = subscription();
  const { json } = await add(user, given);
  expect((await app.call('DELETE', `${path}/${json.id}`, { token: user.token })).status).toBe(204);
  expect((await add(user, { ...subscription(), replaces: given.endpoint })).status).toBe(404);
  expect(await list(user)).toEqual([]);
});

it('a browser that another user signs in with goes to that one; whoever only knows its endpoint gets nothing', async () => {
  const [before, after, thief] = [await app.newUser(), await app.newUser(), await app.newUser()];
  const given = subscription();
  await add(before, given);
  const stolen = { ...given, keys: subscription().keys };
  expect((await add(thief, stolen)).json).toMatchObject({ status: 422 });
  expect(await list(before)).toHaveLength(1);
  expect((await add(after, given)).status).toBe(201);
  expect(await list(before)).toEqual([]);
  expect(await list(after)).toHaveLength(1);
});

it('two devices of one name are two', async () => {
  const user = await app.newUser();
  await add(user, subscription());
  await add(user, subscription());
  expect(await list(user)).toHaveLength(2);
});

it('signing out ends it, and so does signing out everywhere else', async () => {
  const user = await app.newUser();
  await add(user, subscription());
  const second = (
    await app.call('POST', '/api/v1/auth/token', { body: { email: user.email, password: user.password } })
  ).json;
  const other = { ...user, token: second.access_token as string };
  await add(other, subscription());
  expect(await list(other)).toMatchObject([{ current: false }, { current: true }]);
  await app.call('DELETE', '/api/v1/auth/token', { token: user.token });
  expect(await list(other)).toMatchObject([{ current: true }]);
  await affected(em(), sql`update delivery_targets set session_id = null where user_id = ${user.id}`);
  await add(other, subscription());
  await app.call('DELETE', '/api/v1/user/sessions', { token: other.token });
  expect(await list(other)).toMatchObject([{ current: true }]);
});

it.each([
  ['http', { endpoint: 'http://8.8.8.8/push/1' }],
  ['an address inside', { endpoint: 'https://10.0.0.7/push/1' }],
  ['a metadata address', { endpoint: 'https://169.254.169.254/push/1' }],
  ['no address', { endpoint: 'push' }],
  ['a key that is none', { keys: { p256dh: 'A'.repeat(87), auth: subscription().keys.auth } }],
  ['a key too short', { keys: { ...subscription().keys, auth: 'AAAA' } }],
  ['a kind that is none', { kinds: ['sync.completed'] }],
])('%s is refused', async (_, wrong) => {
  const user = await app.newUser();
  expect((await add(user, { ...subscription(), ...wrong })).json).toMatchObject({ status: 422 });
  expect(await list(user)).toEqual([]);
});

it('kinds are chosen for all devices; none at all turns them off, and a device takes those of the one before it', async () => {
  const user = await app.newUser();
  expect((await choose(user, { push: { kinds: ['booking.added'] } })).json).toMatchObject({
    detail: 'Turn on notifications on a device first.',
  });
  await add(user, subscription());
  await choose(user, { push: { kinds: ['booking.canceled'] } });
  await add(user, subscription());
  for (const wrong of [9, 1_441, 30.5, '3h', '30'])
    expect((await choose(user, { push: { remind_before: wrong } })).status).toBe(422);
  await choose(user, { push: { remind_before: 45 } });
  expect((await choose(user, {})).json.push.remind_before).toBe(45);
  await choose(user, { push: { remind_before: 'evening' } });
  expect(await choices(user)).toEqual({
    ...{ available: true, devices: 2, kinds: ['booking.canceled'], remind_before: 'evening' },
  });
  await choose(user, { push: { kinds: [] } });
  expect(await list(user)).toMatchObject([{ state: 'off', kinds: [] }, { state: 'off' }]);
  expect(await writePausedEvent(em(), user.id, { pausedReason: 'invalid_credentials' })).toHaveLength(1);
});

it('a test goes to one device, by the way of all deliveries, and not to one that is gone', async () => {
  const user = await app.newUser();
  const { json } = await add(user, subscription());
  const test = () => app.call('POST', `${path}/${json.id}/test`, { token: user.token });
  expect((await test()).status).toBe(202);
  await app.services.background.idle();
  await vi.waitFor(() => expect(temporal.calls).toContain(`deliver ${json.id}`));
  const log = await app.call('GET', '/api/v1/user/deliveries?channel=push', { token: user.token });
  expect(log.json.deliveries).toMatchObject([{ event: 'test', address: 'Chrome on Android', channel: 'push' }]);
  await affected(
    em(),
    sql`update delivery_targets set disabled_reason = 'gone', secret_sealed = null where id = ${json.id}`,
  );
  expect((await test()).status).toBe(422);
  const stranger = await app.newUser();
  expect((await app.call('POST', `${path}/${json.id}/test`, { token: stranger.token })).status).toBe(404);
});

it('a browser takes itself off by its endpoint, and nobody else', async () => {
  const [user, stranger] = [await app.newUser(), await app.newUser()];
  const { endpoint, keys } = subscription();
  await add(user, { endpoint, keys });
  const off = ({ token }: TestUser) => app.call('DELETE', path, { token, body: { endpoint } });
  expect((await off(stranger)).status).toBe(404);
  expect((await off(user)).status).toBe(204);
  expect(await list(user)).toEqual([]);
});
