import { describe, expect, it } from 'vitest';
import { affected, rows, sql } from '../support/sql.ts';
import { readTarget } from '#db/queries/delivery-rounds.ts';
import { keysOf } from '#notifications/webhooks/channel.ts';
import { rental, syncList } from '../db/fixtures.ts';
import { useApp } from './support/app.ts';
import type { TestUser } from './support/app.ts';

const app = await useApp({ env: { OUTBOUND_ALLOW: '127.0.0.9' } });
const em = () => app.services.orm.em.fork();

const call = (user: TestUser, method: string, path = '', body?: unknown) =>
  app.call(method, `/api/v1/user/webhooks${path}`, { token: user.token, ...(body !== undefined && { body }) });

async function webhookOf(user: TestUser, body: object = {}) {
  return (await call(user, 'POST', '', { url: 'https://203-0-113-1.example/hook', ...body })).json;
}

describe('a webhook', () => {
  it('shows its secret once, and again only a new one', async () => {
    const user = await app.newUser();
    const made = await webhookOf(user, { description: 'mine', events: ['booking.added', 'booking.added'] });
    expect(made).toMatchObject({ enabled: true, events: ['booking.added'], description: 'mine' });
    expect(made.secret).toMatch(/^whsec_.{44}$/);
    expect(made.public_key).toMatch(/^whpk_.{44}$/);
    const { secret, ...rest } = made;
    expect((await call(user, 'GET', `/${made.id}`)).json).toEqual(rest);
    expect((await call(user, 'GET')).json).toEqual({ webhooks: [rest] });
    const rotated = (await call(user, 'POST', `/${made.id}/rotate`)).json;
    expect(rotated.secret).not.toBe(secret);
    expect(rotated.public_key).not.toBe(made.public_key);
    expect(Date.parse(rotated.previous_secret_until)).toBeGreaterThan(Date.now());
    const stored = JSON.stringify(await rows(em(), sql`select * from delivery_targets where id = ${made.id}`));
    for (const text of [secret, rotated.secret] as string[]) expect(stored).not.toContain(text.slice(6, 30));
  });

  it('signs after two changes of its secret in a row with all that a receiver may still have', async () => {
    const user = await app.newUser();
    const { id, secret } = await webhookOf(user);
    const rotate = async (body?: object) => call(user, 'POST', `/${id}/rotate`, body);
    const [second, third] = [(await rotate()).json, (await rotate()).json];
    const signing = async () => {
      const target = (await readTarget(em(), id))!;
      return keysOf(target, app.services.secrets).map((keys) => keys.secret);
    };
    expect((await signing()).sort()).toEqual([secret, second.secret, third.secret].sort());
    await affected(em(), sql`update delivery_targets set previous_until = now() - interval '1 s' where id = ${id}`);
    const fourth = (await rotate()).json;
    expect((await signing()).sort()).toEqual([secret, third.secret, fourth.secret].sort());
  });

  it('keeps its secret where a change is asked for twice', async () => {
    const user = await app.newUser();
    const { id, public_key } = await webhookOf(user);
    const rotated = (await call(user, 'POST', `/${id}/rotate`, { public_key })).json;
    const again = await call(user, 'POST', `/${id}/rotate`, { public_key });
    expect([again.status, again.json.detail]).toEqual([422, expect.stringContaining('a new one already')]);
    expect((await call(user, 'GET', `/${id}`)).json.public_key).toBe(rotated.public_key);
  });

  it('is changed in part, turned off and on, and deleted', async () => {
    const user = await app.newUser();
    const { id } = await webhookOf(user, { events: ['booking.added'] });
    expect((await call(user, 'PATCH', `/${id}`, { enabled: false })).json).toMatchObject({
      enabled: false,
      disabled_reason: 'user',
      events: ['booking.added'],
    });
    await affected(em(), sql`update delivery_targets set disabled_reason = 'failing', failures = 10 where id = ${id}`);
    expect((await call(user, 'PATCH', `/${id}`, { enabled: true, events: [] })).json).toMatchObject({
      enabled: true,
      failures: 0,
      events: [],
    });
    expect((await call(user, 'DELETE', `/${id}`)).status).toBe(204);
    expect((await call(user, 'GET', `/${id}`)).status).toBe(404);
  });

  it('is nobody else’s', async () => {
    const [user, stranger] = [await app.newUser(), await app.newUser()];
    const { id } = await webhookOf(user);
    for (const [method, path, body] of [
      ['GET', '', undefined],
      ['PATCH', '', {}],
      ['DELETE', '', undefined],
      ['POST', '/rotate', undefined],
      ['POST', '/test', undefined],
      ['GET', '/deliveries', undefined],
      ['POST', '/recover', { since: '2026-01-01' }],
    ] as const)
      expect((await call(stranger, method, `/${id}${path}`, body)).status, `${method} ${path}`).toBe(404);
    expect((await call(user, 'GET', `/${id}`)).status).toBe(200);
  });

  it('logs what it is sent, sends one again, and everything since a time', async () => {
    const user = await app.newUser();
    await app.call('PUT', '/api/v1/user/credentials', { token: user.token, body: { username: 'd', password: 'p' } });
    await syncList(em(), user.id, [rental('a')]);
    const { id } = await webhookOf(user);
    const log = async () => (await call(user, 'GET', `/${id}/deliveries`)).json.deliveries;
    expect((await call(user, 'POST', `/${id}/test`)).status).toBe(202);
    const [test] = await log();
    expect(test).toMatchObject({ event: 'test', status: 'pending', attempts: [] });
    expect((await call(user, 'POST', `/${id}/deliveries/${test.id}/replay`)).status).toBe(202);
    const other = await webhookOf(user);
    expect((await call(user, 'POST', `/${other.id}/deliveries/${test.id}/replay`)).status).toBe(404);
    expect((await call(user, 'POST', `/${id}/recover`, { since: '2026-01-01T00:00:00Z' })).json).toEqual({ count: 2 });
    expect((await call(user, 'POST', `/${id}/recover`, { since: '2026-01-01T00:00:00Z' })).json).toEqual({ count: 0 });
    expect(((await log()) as { event: string }[]).map(({ event }) => event).sort()).toEqual([
      'booking.added',
      'sync.completed',
      'test',
    ]);
    const { events } = (await app.call('GET', '/api/v1/user/events', { token: user.token })).json as {
      events: { id: string; type: string; at: string; data: object }[];
    };
    expect(events).toHaveLength(2);
    for (const { id: eventId, type, at, data } of events)
      expect(await log()).toContainEqual(
        expect.objectContaining({ event_id: eventId, request: { type, timestamp: at, data } }),
      );
    await affected(em(), sql`update deliveries set status = 'delivered', done_at = now() where target_id = ${id}`);
    const since = '2026-01-01T00:00:00Z';
    expect((await call(user, 'POST', `/${id}/recover`, { since })).json).toEqual({ count: 0 });
    expect((await call(user, 'POST', `/${id}/recover`, { since, include_delivered: true })).json).toEqual({ count: 2 });
  });

  it('that is off is sent nothing again but a test', async () => {
    const user = await app.newUser();
    await app.call('PUT', '/api/v1/user/credentials', { token: user.token, body: { username: 'd', password: 'p' } });
    const { id } = await webhookOf(user);
    await syncList(em(), user.id, [rental('a')]);
    const newest = async () => (await call(user, 'GET', `/${id}/deliveries`)).json.deliveries[0].id as string;
    const event = await newest();
    await call(user, 'PATCH', `/${id}`, { enabled: false });
    const off = { status: 422, code: 'validation_failed', detail: expect.stringContaining('Turn it on first') };
    expect((await call(user, 'POST', `/${id}/deliveries/${event}/replay`)).json).toMatchObject(off);
    expect((await call(user, 'POST', `/${id}/recover`, { since: '2026-01-01T00:00:00Z' })).json).toMatchObject(off);
    expect(
      (await app.call('POST', `/api/v1/user/deliveries/${event}/retry`, { token: user.token })).json,
    ).toMatchObject(off);
    await call(user, 'POST', `/${id}/test`);
    expect((await call(user, 'POST', `/${id}/deliveries/${await newest()}/replay`)).status).toBe(202);
  });

  it('is one of twenty at most', async () => {
    const user = await app.newUser();
    for (let count = 0; count < 20; count++) expect((await webhookOf(user)).id).toBeDefined();
    expect((await webhookOf(user)).code).toBe('validation_failed');
  });
});

const forbidden = [
  'http://example.com/hook',
  'ftp://example.com/hook',
  'file:///etc/passwd',
  'https://user:secret@example.com/',
  'https://localhost/',
  'https://LOCALHOST./',
  'https://127.0.0.1/',
  'https://127.1/',
  'https://2130706433/',
  'https://0x7f000001/',
  'https://0177.0.0.1/',
  'https://0.0.0.0/',
  'https://10.0.0.1/',
  'https://172.16.0.1/',
  'https://192.168.1.1/',
  'https://100.64.0.1/',
  'https://169.254.169.254/latest/meta-data/',
  'https://[::1]/',
  'https://[::]/',
  'https://[::ffff:127.0.0.1]/',
  'https://[::127.0.0.1]/',
  'https://[64:ff9b::7f00:1]/',
  'https://[2002:7f00:1::]/',
  'https://[fe80::1]/',
  'https://[fd00::1]/',
  'https://224.0.0.1/',
  'not an address',
];

describe('an address', () => {
  it.each(forbidden)('%s is refused', async (url) => {
    const user = await app.newUser();
    const refused = await call(user, 'POST', '', { url });
    expect(refused.json).toMatchObject({
      status: 422,
      code: 'validation_failed',
      errors: { url: [expect.any(String)] },
    });
    const { id } = await webhookOf(user);
    expect((await call(user, 'PATCH', `/${id}`, { url })).status).toBe(422);
  });

  it('that the operator allows is taken', async () => {
    const { json } = await call(await app.newUser(), 'POST', '', { url: 'http://127.0.0.9:8080/hook' });
    expect(json.url).toBe('http://127.0.0.9:8080/hook');
  });
});
