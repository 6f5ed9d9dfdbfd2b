/** The real client against a real Temporal server on which no worker runs, or which is not ours. */
import { expect, it } from 'vitest';
import { createSyncClient } from '#temporal/client.ts';
import { claimTemporal } from '../support/index.ts';
import { startApp, useApp } from './support/app.ts';

const { address, namespace } = claimTemporal();
const clientOf = (name: string) =>
  createSyncClient({
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: name,
    TEMPORAL_API_KEY: undefined,
    TEMPORAL_TLS: false,
  });
const temporal = clientOf(namespace);
const app = await useApp({ temporal });

it('a request that no worker answers is 503, and the status says that the first sync is due', async () => {
  const { token } = await app.newUser();
  const saved = await app.call('PUT', '/api/v1/user/credentials', { token, body: { username: 'u', password: 'p' } });
  expect(saved.status).toBe(200);
  const refused = await app.call('POST', '/api/v1/user/sync', { token });
  expect(refused.status).toBe(503);
  expect(refused.json.code).toBe('temporal_unavailable');
  expect(refused.headers.get('retry-after')).toBe('5');
  const status = await app.call('GET', '/api/v1/user/sync/status', { token });
  expect(status.json).toMatchObject({ live: false, state: 'pending', job: null });
});

it('who has no workflow is shown as not connected, and live', async () => {
  const { token } = await app.newUser();
  const status = await app.call('GET', '/api/v1/user/sync/status', { token });
  expect(status.json).toMatchObject({ live: true, state: 'not_connected', job: null });
});

it('an account can be deleted all the same', async () => {
  const { token, password } = await app.newUser();
  expect((await app.call('DELETE', '/api/v1/user', { token, body: { password } })).status).toBe(204);
});

it('a server that does not know our namespace is not ready', async () => {
  expect((await app.call('GET', '/readyz')).json.parts).toEqual({ postgres: 'ok', temporal: 'ok' });
  const elsewhere = await startApp({ temporal: clientOf('nobody-made-this') });
  const ready = await elsewhere.call('GET', '/readyz');
  expect([ready.status, ready.json.parts]).toEqual([503, { postgres: 'ok', temporal: 'failed' }]);
  await elsewhere.close();
});
