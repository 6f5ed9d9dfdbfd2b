/** The codec server, as the Temporal UI asks it and by Temporal's own command line, on a real Temporal server. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { addOperator } from '#db/queries/operators.ts';
import { findTemporal } from '#scripts/lib/temporal-binary.ts';
import { createClient } from '#temporal/connection.ts';
import { claimTemporal } from '#tests/support/index.ts';
import { until } from '../support/until.ts';
import { useApp } from './support/app.ts';
import type { TestUser } from './support/app.ts';

const key = `k1:${Buffer.alloc(32, 1).toString('base64')}`;
const ui = 'https://temporal.example';
const app = await useApp({ env: { TEMPORAL_UI_URL: `${ui}/some/where`, TEMPORAL_PAYLOAD_KEYS: key } });
let operator: TestUser;

const base64 = (text: string) => Buffer.from(text).toString('base64');
const plain = { metadata: { encoding: base64('json/plain') }, data: base64('{"userId":"planted"}') };

const post = (verb: string, options: Parameters<typeof app.call>[2]) =>
  app.call('POST', `/operate/codec/${verb}`, { body: { payloads: [plain] }, ...options });

beforeAll(async () => {
  operator = await app.newUser();
  await addOperator(app.services.orm.em.fork(), operator.email);
});

describe('the codec server', () => {
  it('seals and opens, and leaves what is plain', async () => {
    const { token } = operator;
    const sealed = await post('encode', { token });
    expect(sealed.json.payloads[0].metadata).toEqual({
      encoding: base64('binary/encrypted'),
      'encryption-key-id': base64('k1'),
    });
    const opened = await post('decode', { token, body: { payloads: [...sealed.json.payloads, plain] } });
    expect(opened).toMatchObject({ status: 200, json: { payloads: [plain, plain] } });
  });

  it('says which key is missing, and what is no payload, and takes none at all', async () => {
    const metadata = { encoding: base64('binary/encrypted'), 'encryption-key-id': base64('gone') };
    const { status, json } = await post('decode', { token: operator.token, body: { payloads: [{ metadata }] } });
    expect([status, json.detail]).toEqual([422, expect.stringContaining('key "gone"')]);
    expect((await post('decode', { token: operator.token, body: { payloads: [{ data: 1 }] } })).status).toBe(422);
    expect((await post('encode', { token: operator.token, body: {} })).json).toEqual({ payloads: [] });
    expect((await app.call('GET', '/operate/codec/decode', { token: operator.token })).status).toBe(405);
  });

  it('is for operators alone', async () => {
    const other = await app.newUser();
    const body = { name: 'all', scopes: ['manage'] };
    const made = await app.call('POST', '/api/v1/user/api-keys', { token: operator.token, body });
    expect((await post('decode', {})).json.code).toBe('unauthorized');
    expect((await post('decode', { token: other.token })).json.code).toBe('operators_only');
    expect((await post('decode', { token: made.json.key })).json.code).toBe('insufficient_scope');
  });

  it('takes a key that operates, and notes its use and where it is refused', async () => {
    const body = { name: 'tctl', scopes: ['operate'] };
    const { key, id } = (await app.call('POST', '/api/v1/user/api-keys', { token: operator.token, body })).json;
    expect(await post('decode', { token: key })).toMatchObject({ status: 200, json: { payloads: [plain] } });
    expect((await post('encode', { token: key, body: { payloads: 1 } })).status).toBe(422);
    const noted = async () =>
      (await app.call('GET', `/api/v1/operate/audit?key_id=${id}`, { token: operator.token })).json.entries as {
        action: string;
        outcome: string;
      }[];
    await until('both are noted', async () => (await noted()).length === 2);
    expect((await noted()).map(({ action, outcome }) => `${action} ${outcome}`).sort()).toEqual([
      'POST /operate/codec/decode ok',
      'POST /operate/codec/encode validation_failed',
    ]);
  });

  it('notes once a minute that somebody reads in a browser', async () => {
    const reader = await app.newUser();
    await addOperator(app.services.orm.em.fork(), reader.email);
    const cookie = await app.cookieOf(reader);
    const read = () => post('decode', { headers: { cookie, origin: ui } });
    const noted = async () => {
      const { json } = await app.call('GET', '/api/v1/operate/audit', { token: operator.token });
      const entries = json.entries as { action: string; actor_email: string | null }[];
      return entries.filter(({ action, actor_email }) => action === 'codec.decode' && actor_email === reader.email);
    };
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    onTestFinished(() => void vi.useRealTimers());
    await post('encode', { headers: { cookie, origin: ui } });
    expect(await noted()).toHaveLength(0);
    expect((await Promise.all([read(), read(), read()])).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await noted()).toHaveLength(1);
    vi.setSystemTime(Date.now() + 61_000);
    expect((await read()).status).toBe(200);
    expect(await noted()).toHaveLength(2);
  });

  it('answers the UI in its user’s browser, and no other site there', async () => {
    const asked = {
      origin: ui,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'x-namespace',
    };
    const preflight = await app.call('OPTIONS', '/operate/codec/decode', { headers: asked });
    expect(preflight.status).toBe(204);
    expect(Object.fromEntries(preflight.headers)).toMatchObject({
      'access-control-allow-origin': ui,
      'access-control-allow-credentials': 'true',
      'access-control-allow-headers': expect.stringContaining('x-namespace'),
      vary: 'origin',
    });
    const cookie = await app.cookieOf(operator);
    const from = (origin: string) => post('decode', { headers: { cookie, origin, 'x-namespace': 'default' } });
    const shown = await from(ui);
    expect([shown.status, shown.headers.get('access-control-allow-origin')]).toEqual([200, ui]);
    const refused = await from('https://other.example');
    expect([refused.json.code, refused.headers.get('access-control-allow-origin')]).toEqual(['forbidden_origin', null]);
  });
});

it('Temporal’s command line shows with it what is sealed', async () => {
  const { address, namespace } = claimTemporal();
  const { config } = app.services;
  const client = createClient({ ...config, TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace });
  const options = { workflowId: 'sealed', taskQueue: 'nobody', args: [{ userId: 'planted' }] };
  await client.workflow.start('unknown', options);
  await client.connection.close();
  const { binary } = await findTemporal(process.env.TEMPORAL_CLI, () => undefined);
  const show = async (...args: string[]) => {
    const where = ['--address', address, '--namespace', namespace, '--disable-config-file', '--disable-config-env'];
    const command = ['workflow', 'show', '--workflow-id', 'sealed', '--output', 'json', ...where, ...args];
    return (await promisify(execFile)(binary, command)).stdout;
  };
  expect(await show()).toContain(base64('binary/encrypted'));
  const codec = ['--codec-endpoint', `${app.url}/operate/codec`, '--codec-auth', `Bearer ${operator.token}`];
  const decoded = await show(...codec);
  expect(decoded).toContain(plain.data);
  expect(decoded).not.toContain(base64('binary/encrypted'));
});
