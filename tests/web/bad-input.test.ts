import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp } from './support/app.ts';
import type { App } from './support/app.ts';

let app: App;
let token: string;

beforeAll(async () => {
  app = await startApp();
  ({ token } = await app.newUser());
});
afterAll(() => app.close());

const json = { 'content-type': 'application/json' };
const register = '/api/v1/auth/register';
const good = { email: 'good@example.com', password: 'long enough' };

interface Case {
  what: string;
  method: string;
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
  status: number;
  code: string;
  /** The field that is named. */
  field?: string;
}

const cases: Case[] = [
  {
    what: 'an invalid e-mail',
    method: 'POST',
    path: register,
    body: { ...good, email: 'not one' },
    status: 422,
    code: 'validation_failed',
    field: 'email',
  },
  {
    what: 'an e-mail that is a number',
    method: 'POST',
    path: register,
    body: { ...good, email: 4711 },
    status: 422,
    code: 'validation_failed',
    field: 'email',
  },
  {
    what: 'a very long e-mail',
    method: 'POST',
    path: register,
    body: { ...good, email: `${'a'.repeat(300)}@example.com` },
    status: 422,
    code: 'validation_failed',
    field: 'email',
  },
  {
    what: 'a short password',
    method: 'POST',
    path: register,
    body: { ...good, password: 'short' },
    status: 422,
    code: 'validation_failed',
    field: 'password',
  },
  {
    what: 'a very long password',
    method: 'POST',
    path: register,
    body: { ...good, password: 'p'.repeat(129) },
    status: 422,
    code: 'validation_failed',
    field: 'password',
  },
  {
    what: 'a missing password',
    method: 'POST',
    path: register,
    body: { email: good.email },
    status: 422,
    code: 'validation_failed',
    field: 'password',
  },
  {
    what: 'no body where one is wanted',
    method: 'POST',
    path: register,
    status: 422,
    code: 'validation_failed',
    field: 'email',
  },
  {
    what: 'a list for a body',
    method: 'POST',
    path: register,
    body: [good],
    status: 422,
    code: 'validation_failed',
    field: 'body',
  },
  {
    what: 'null for a body',
    method: 'POST',
    path: register,
    body: 'null',
    status: 422,
    code: 'validation_failed',
    field: 'body',
  },
  {
    what: 'malformed JSON',
    method: 'POST',
    path: register,
    body: '{"email": "a@',
    status: 400,
    code: 'malformed_json',
  },
  {
    what: 'JSON with something after it',
    method: 'POST',
    path: register,
    body: '{} {}',
    status: 400,
    code: 'malformed_json',
  },
  {
    what: 'a form',
    method: 'POST',
    path: register,
    body: 'email=a',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    what: 'plain text',
    method: 'POST',
    path: register,
    body: '{}',
    headers: { 'content-type': 'text/plain' },
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    what: 'XML',
    method: 'POST',
    path: register,
    body: '<a/>',
    headers: { 'content-type': 'application/xml' },
    status: 415,
    code: 'unsupported_media_type',
  },
  {
    what: 'a huge body',
    method: 'POST',
    path: register,
    body: JSON.stringify({ ...good, more: 'x'.repeat(300_000) }),
    status: 413,
    code: 'payload_too_large',
  },
  {
    what: 'an empty username',
    method: 'PUT',
    path: '/api/v1/user/credentials',
    body: { username: '', password: 'p' },
    status: 422,
    code: 'validation_failed',
    field: 'username',
  },
  {
    what: 'a username of 256 characters',
    method: 'PUT',
    path: '/api/v1/user/credentials',
    body: { username: 'u'.repeat(256), password: 'p' },
    status: 422,
    code: 'validation_failed',
    field: 'username',
  },
  {
    what: 'a username with a NUL',
    method: 'PUT',
    path: '/api/v1/user/credentials',
    body: { username: 'a\0b', password: 'p' },
    status: 422,
    code: 'validation_failed',
    field: 'username',
  },
  {
    what: 'missing credentials',
    method: 'PUT',
    path: '/api/v1/user/credentials',
    body: {},
    status: 422,
    code: 'validation_failed',
    field: 'password',
  },
  {
    what: 'options of a wrong type',
    method: 'POST',
    path: '/api/v1/user/sync',
    body: { options: 7 },
    status: 422,
    code: 'validation_failed',
    field: 'options',
  },
  {
    what: 'an option of a wrong type',
    method: 'POST',
    path: '/api/v1/user/sync',
    body: { options: { fresh_session: 'yes' } },
    status: 422,
    code: 'validation_failed',
    field: 'options.fresh_session',
  },
  {
    what: 'an unknown job id',
    method: 'GET',
    path: '/api/v1/user/sync/job/00000000-0000-4000-8000-000000000000/logs',
    status: 404,
    code: 'not_found',
  },
  {
    what: 'a job id that is none',
    method: 'GET',
    path: "/api/v1/user/sync/job/1'--/logs",
    status: 404,
    code: 'not_found',
  },
  {
    what: 'a broken cursor',
    method: 'GET',
    path: '/api/v1/user/bookings?cursor=broken',
    status: 400,
    code: 'bad_cursor',
  },
  {
    what: 'a cursor of another list',
    method: 'GET',
    path: `/api/v1/user/bookings?cursor=${Buffer.from('["jobs","2026-01-01T00:00:00.000Z","00000000-0000-4000-8000-000000000000"]').toString('base64url')}`,
    status: 400,
    code: 'bad_cursor',
  },
  {
    what: 'a cursor that is too long',
    method: 'GET',
    path: `/api/v1/user/bookings?cursor=${'a'.repeat(501)}`,
    status: 422,
    code: 'validation_failed',
    field: 'cursor',
  },
  {
    what: 'a limit of 0',
    method: 'GET',
    path: '/api/v1/user/bookings?limit=0',
    status: 422,
    code: 'validation_failed',
    field: 'limit',
  },
  {
    what: 'a limit of 101',
    method: 'GET',
    path: '/api/v1/user/sync/history?limit=101',
    status: 422,
    code: 'validation_failed',
    field: 'limit',
  },
  {
    what: 'a limit that is no number',
    method: 'GET',
    path: '/api/v1/user/changes?limit=many',
    status: 422,
    code: 'validation_failed',
    field: 'limit',
  },
  {
    what: 'a time that is none',
    method: 'GET',
    path: '/api/v1/user/bookings?from=tomorrow',
    status: 422,
    code: 'validation_failed',
    field: 'from',
  },
  {
    what: 'a day that is none',
    method: 'GET',
    path: '/api/v1/user/bookings?to=2026-02-30',
    status: 422,
    code: 'validation_failed',
    field: 'to',
  },
  {
    what: 'a filter with a NUL',
    method: 'GET',
    path: '/api/v1/user/bookings?q=%00',
    status: 422,
    code: 'validation_failed',
    field: 'q',
  },
  {
    what: 'an unknown level',
    method: 'GET',
    path: '/api/v1/user/sync/job/00000000-0000-4000-8000-000000000000/logs?level=loud',
    status: 422,
    code: 'validation_failed',
    field: 'level',
  },
  { what: 'an address that is none', method: 'GET', path: '/api/v1/nothing/here', status: 404, code: 'not_found' },
  { what: 'the root of the API', method: 'GET', path: '/api/v1/', status: 404, code: 'not_found' },
  { what: 'a slash too much', method: 'GET', path: '/api/v1/user/profile/', status: 404, code: 'not_found' },
  {
    what: 'a method that is not supported',
    method: 'PATCH',
    path: '/api/v1/user/credentials',
    body: {},
    status: 405,
    code: 'method_not_allowed',
  },
  {
    what: 'an address that cannot be decoded',
    method: 'GET',
    path: '/api/v1/user/%E0%A4%A',
    status: 400,
    code: 'bad_request',
  },
  {
    what: 'a parameter that SvelteKit keeps for itself',
    method: 'GET',
    path: '/api/v1/user/profile?x-sveltekit-invalidated=1',
    status: 400,
    code: 'bad_request',
  },
];

describe('a clear problem for', () => {
  it.each(cases)('$what', async ({ method, path, body, headers, status, code, field }) => {
    const answer = await app.call(method, path, { token, body, headers });
    expect(answer.json).toMatchObject({ status, code });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(Object.keys(answer.json).sort()).toEqual(
      [...(field ? ['errors'] : []), ...['code', 'detail', 'status', 'title', 'type']].sort(),
    );
    expect(answer.json.detail).toMatch(/\.$/);
    if (field) expect(Object.keys(answer.json.errors)).toContain(field);
    expect(answer.text).not.toMatch(/Invalid (input|option)|Unrecognized/);
    expect(answer.text).not.toMatch(/node_modules|at .*\.ts|Error:/);
  });
});

it('names what is allowed where a method is not', async () => {
  const answer = await app.call('PATCH', '/api/v1/user/credentials', { token, body: {} });
  expect(answer.headers.get('allow')).toBe('PUT, GET, DELETE, HEAD, OPTIONS');
});

it('reads a body-less POST and DELETE, with and without a type', async () => {
  for (const headers of [{}, json, { 'content-type': 'application/x-www-form-urlencoded' }] as Record<
    string,
    string
  >[]) {
    expect((await app.call('DELETE', '/api/v1/user/sync', { token, headers })).status).toBe(204);
    expect((await app.call('POST', '/api/v1/user/sync', { token, headers })).status).toBe(202);
  }
});

it('answers HEAD like GET, without a body', async () => {
  const answer = await app.call('HEAD', '/api/v1/user/profile', { token });
  expect([answer.status, answer.text]).toEqual([200, '']);
});

it('refuses a huge body that does not say its length, and goes on serving', async () => {
  const chunk = 'x'.repeat(64 * 1024);
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
  const answered = new Promise<string>((resolve, reject) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (data: string) => (text += data));
    socket.on('error', () => {}); // the server may cut what it does not read
    socket.on('close', () => (text ? resolve(text) : reject(new Error('no answer'))));
  });
  socket.write(
    `POST ${register} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n`,
  );
  for (let sent = 0; sent < 8; sent++) socket.write(`${chunk.length.toString(16)}\r\n${chunk}\r\n`);
  socket.write('0\r\n\r\n');
  expect(await answered).toMatch(/^HTTP\/1\.1 413 .*"code":"payload_too_large"/s);
  expect((await app.call('GET', '/healthz')).status).toBe(200);
});

it('takes nothing that a client says about its address', async () => {
  const seen: string[] = [];
  const { limits } = app.services;
  app.services.limits = { ...limits, take: async (_, key) => void seen.push(key) };
  await app.call('POST', register, {
    body: { ...good, email: 'address@example.com' },
    headers: { 'x-client-ip': '6.6.6.6', 'x-forwarded-for': '6.6.6.6' },
  });
  app.services.limits = limits;
  expect(new Set(seen)).toEqual(new Set(['127.0.0.1']));
});
