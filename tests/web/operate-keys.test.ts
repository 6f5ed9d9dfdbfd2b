/** Keys that operate: who makes them, where they open nothing, when they stop, and what is written down of them. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addOperator, removeOperator } from '#db/queries/operators.ts';
import { useApp } from './support/app.ts';
import type { TestUser } from './support/app.ts';
import { quietTemporal } from './support/temporal-double.ts';
import { trpcClient } from './support/trpc.ts';
import { until } from '../support/until.ts';

const temporal = quietTemporal();
const app = await useApp({ temporal });
const em = () => app.services.orm.em.fork();
let operator: TestUser;
let dancer: TestUser;
let key: string;
let keyId: string;

const create = (token: string, scopes: string[]) =>
  app.call('POST', '/api/v1/user/api-keys', { token, body: { name: scopes.join(' '), scopes } });

beforeAll(async () => {
  dancer = await app.newUser();
});

beforeEach(async () => {
  operator = await app.newUser();
  await addOperator(em(), operator.email);
  ({ key, id: keyId } = (await create(operator.token, ['operate'])).json);
});

describe('a key that operates', () => {
  it('is made by a signed-in operator alone', async () => {
    expect((await create(operator.token, ['read', 'operate'])).json.scopes).toEqual(['read', 'operate']);
    expect((await create(dancer.token, ['operate'])).json.code).toBe('operators_only');
    expect((await create(dancer.token, ['manage', 'operate'])).json.code).toBe('operators_only');
    const byTrpc = trpcClient(app.url, dancer.token).apiKeys.create.mutate({ name: 'mine', scopes: ['operate'] });
    await expect(byTrpc).rejects.toThrow('Only operators may do this.');
    const manage = (await create(operator.token, ['manage'])).json.key;
    for (const token of [manage, key]) expect((await create(token, ['operate'])).json.code).toBe('insufficient_scope');
    const { json } = await app.call('GET', '/api/v1/user/api-keys', { token: dancer.token });
    expect(json.api_keys).toEqual([]);
  });

  it('is never given to a program that signs in by a code', async () => {
    const body = { client_name: 'gibney-sync on barre', scope: 'operate' };
    const answer = await app.call('POST', '/api/v1/auth/device/code', { body });
    expect(answer).toMatchObject({ status: 422, json: { errors: { scope: ['A scope is read, sync or manage.'] } } });
  });

  it('opens nothing to assistants, also where it could do other things as well', async () => {
    const both = (await create(operator.token, ['manage', 'operate'])).json.key;
    const message = { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} };
    const headers = { accept: 'application/json, text/event-stream' };
    for (const token of [key, both])
      expect((await app.call('POST', '/mcp', { token, headers, body: message })).json).toMatchObject({
        status: 403,
        code: 'insufficient_scope',
      });
  });

  it('is in the audit log when it is made and when it is revoked, and no other key is', async () => {
    await create(operator.token, ['manage']);
    await app.call('DELETE', `/api/v1/user/api-keys/${keyId}`, { token: operator.token });
    const { json } = await app.call('GET', `/api/v1/operate/audit?actor_id=${operator.id}`, { token: operator.token });
    const named = `operate (${key.slice(0, 10)}…)`;
    expect(json.entries).toMatchObject([
      { actor: 'operator', action: 'api_key.revoke', outcome: 'ok', reason: named, key_id: null },
      { actor: 'operator', action: 'api_key.create', outcome: 'ok', reason: named, key_id: null },
    ]);
  });

  it('stops with the role, also where it was used a moment ago', async () => {
    const overview = () => app.call('GET', '/api/v1/operate/overview', { token: key });
    expect((await overview()).status).toBe(200);
    await removeOperator(em(), operator.email);
    await until('it opens nothing', async () => (await overview()).json.code === 'operators_only');
    expect((await app.call('GET', '/api/v1/user/profile', { token: key })).json.code).toBe('insufficient_scope');
  });
});

describe('what it does', () => {
  type Entry = Record<'action' | 'actor' | 'outcome' | 'subject_id' | 'request_id' | 'reason', string | null>;
  const ofKey = async () =>
    (await app.call('GET', `/api/v1/operate/audit?key_id=${keyId}`, { token: operator.token })).json.entries as Entry[];
  const shown = async () => (await ofKey()).map(({ actor, action, outcome }) => `${actor} ${action} ${outcome}`).sort();

  it('is written down once, as the operator’s deed with this key', async () => {
    const path = `/api/v1/operate/users/${dancer.id}`;
    const reason = 'asked by mail';
    const paused = await app.call('POST', `${path}/pause`, { token: key, body: { reason } });
    expect(paused.status).toBe(204);
    await trpcClient(app.url, key).operate.resume.mutate({ id: dancer.id });
    // These two have no deed.
    await app.call('GET', '/api/v1/operate/overview', { token: key });
    await app.call('POST', `${path}/pause`, { token: key, body: { reason: '' } });
    const wanted = [
      'key GET /operate/overview ok',
      'key POST /operate/users/{id}/pause validation_failed',
      'operator user.pause null',
      'operator user.resume null',
    ];
    await until('all is there', async () => (await ofKey()).length >= wanted.length);
    await app.services.background.idle();
    expect(await shown()).toEqual(wanted);
    expect((await ofKey()).find(({ action }) => action === 'user.pause')).toMatchObject({
      ...{ reason, subject_id: dancer.id, request_id: paused.headers.get('x-request-id') },
    });
    const own = await app.call('GET', '/api/v1/user/api-key-calls', { token: operator.token });
    expect((own.json.entries as Entry[]).map(({ action }) => action).sort()).toEqual(
      (await ofKey()).map(({ action }) => action).sort(),
    );
  });

  it('is also written down where it then fails, with how', async () => {
    temporal.away = true;
    const answer = await app.call('POST', '/api/v1/operate/bulk', { token: key, body: { action: 'sync' } });
    temporal.away = false;
    expect(answer.json.code).toBe('temporal_unavailable');
    await app.services.background.idle();
    expect(await shown()).toEqual(['key POST /operate/bulk temporal_unavailable', 'operator bulk.start.sync null']);
  });

  it('is told apart from the other calls of a batch', async () => {
    const input = encodeURIComponent(JSON.stringify({ 0: { id: dancer.id } }));
    await app.call('GET', `/api/trpc/operate.user,operate.overview?batch=1&input=${input}`, { token: key });
    await app.services.background.idle();
    expect(await shown()).toEqual(['key operate.overview ok', 'operator user.view null']);
  });

  it('names no key where a session did it', async () => {
    await app.call('POST', `/api/v1/operate/users/${dancer.id}/pause`, { token: operator.token, body: {} });
    const { json } = await app.call('GET', `/api/v1/operate/audit?actor_id=${operator.id}`, { token: operator.token });
    expect(json.entries[0]).toMatchObject({ actor: 'operator', action: 'user.pause', key_id: null });
  });
});
