import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { beforeAll, describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { tools } from '#lib/server/mcp/tools.ts';
import { restRoutes } from '#lib/server/rest/routes.ts';
import { appRouter } from '#lib/server/trpc/router.ts';
import { dropsNames } from './support/drops-names.ts';
import { useApp } from './support/app.ts';

const app = await useApp();
let token: string;

beforeAll(async () => {
  ({ token } = await app.newUser());
});

/** Each is a time for JavaScript. */
const forgedTimes = [
  '-271821-04-20T00:00:00.000Z',
  '+010000-01-01T00:00:00.000Z',
  '0000-01-01T00:00:00.000Z',
  '2026',
  'May 1 2026',
];
const cursorAt = (list: string, at: string) =>
  Buffer.from(JSON.stringify([list, at, '00000000-0000-4000-8000-000000000000'])).toString('base64url');

const json = { 'content-type': 'application/json' };
const register = '/api/v1/auth/register';
const good = { email: 'good@example.com', password: 'long enough' };

interface Asked {
  method: string;
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
}

/** The problem, and the field that it names. */
interface Refusal {
  status: number;
  code: string;
  field?: string;
}

const by =
  (method: string) =>
  (path: string, body?: unknown, headers?: Record<string, string>): Asked => ({
    method,
    path,
    body,
    headers,
  });
const [get, patch, post, put] = [by('GET'), by('PATCH'), by('POST'), by('PUT')];
const refused = (status: number, code: string, field?: string): Refusal => ({ status, code, field });
const invalid = (field: string) => refused(422, 'validation_failed', field);

const cases: [what: string, asked: Asked, refusal: Refusal][] = [
  ['an invalid e-mail', post(register, { ...good, email: 'not one' }), invalid('email')],
  ['an e-mail that is a number', post(register, { ...good, email: 4711 }), invalid('email')],
  ['a very long e-mail', post(register, { ...good, email: `${'a'.repeat(300)}@example.com` }), invalid('email')],
  ['a short password', post(register, { ...good, password: 'short' }), invalid('password')],
  ['a very long password', post(register, { ...good, password: 'p'.repeat(129) }), invalid('password')],
  ['a missing password', post(register, { email: good.email }), invalid('password')],
  ['no body where one is wanted', post(register), invalid('email')],
  ['a list for a body', post(register, [good]), invalid('body')],
  ['null for a body', post(register, 'null'), invalid('body')],
  ['malformed JSON', post(register, '{"email": "a@'), refused(400, 'malformed_json')],
  ['JSON with something after it', post(register, '{} {}'), refused(400, 'malformed_json')],
  [
    'a form',
    post(register, 'email=a', { 'content-type': 'application/x-www-form-urlencoded' }),
    refused(415, 'unsupported_media_type'),
  ],
  ['plain text', post(register, '{}', { 'content-type': 'text/plain' }), refused(415, 'unsupported_media_type')],
  ['XML', post(register, '<a/>', { 'content-type': 'application/xml' }), refused(415, 'unsupported_media_type')],
  [
    'a huge body',
    post(register, JSON.stringify({ ...good, more: 'x'.repeat(300_000) })),
    refused(413, 'payload_too_large'),
  ],
  ['an empty username', put('/api/v1/user/credentials', { username: '', password: 'p' }), invalid('username')],
  [
    'a username of 256 characters',
    put('/api/v1/user/credentials', { username: 'u'.repeat(256), password: 'p' }),
    invalid('username'),
  ],
  ['a username with a NUL', put('/api/v1/user/credentials', { username: 'a\0b', password: 'p' }), invalid('username')],
  ['missing credentials', put('/api/v1/user/credentials', {}), invalid('password')],
  ['options of a wrong type', post('/api/v1/user/sync', { options: 7 }), invalid('options')],
  [
    'an option of a wrong type',
    post('/api/v1/user/sync', { options: { fresh_session: 'yes' } }),
    invalid('options.fresh_session'),
  ],
  ['an option outside of the options', post('/api/v1/user/sync', { dry_run: true }), invalid('body')],
  [
    'an end of a key that is misspelled',
    post('/api/v1/user/api-keys', { name: 'k', scopes: ['read'], expires_in_day: 7 }),
    invalid('body'),
  ],
  ['a misspelled setting of a feed', post('/api/v1/user/feeds', { name: 'f', filter: {} }), invalid('body')],
  [
    'a misspelled choice of a webhook',
    post('/api/v1/user/webhooks', { url: 'https://hooks.example', event: ['sync.failed'] }),
    invalid('body'),
  ],
  ['a misspelled filter', get('/api/v1/user/bookings?statuss=confirmed'), invalid('body')],
  [
    'a misspelled choice of what stays',
    by('DELETE')('/api/v1/user/calendar-connections/00000000-0000-4000-8000-000000000000?keep_event=true'),
    invalid('body'),
  ],
  ['a misspelled option', post('/api/v1/user/sync', { options: { dryrun: true } }), invalid('options')],
  [
    'a sync of a span that ends before it begins',
    post('/api/v1/user/sync', { options: { from: '2026-07-02', to: '2026-07-01' } }),
    invalid('options.to'),
  ],
  ['a sync from no time', post('/api/v1/user/sync', { options: { from: 'soon' } }), invalid('options.from')],
  [
    'an unknown job id',
    get('/api/v1/user/sync/job/00000000-0000-4000-8000-000000000000/logs'),
    refused(404, 'not_found'),
  ],
  ['a job id that is none', get("/api/v1/user/sync/job/1'--/logs"), refused(404, 'not_found')],
  ['a broken cursor', get('/api/v1/user/bookings?cursor=broken'), refused(400, 'bad_cursor')],
  [
    'a cursor of another list',
    get(
      `/api/v1/user/bookings?cursor=${Buffer.from('["jobs","2026-01-01T00:00:00.000Z","00000000-0000-4000-8000-000000000000"]').toString('base64url')}`,
    ),
    refused(400, 'bad_cursor'),
  ],
  ...forgedTimes.map((at): [string, Asked, Refusal] => [
    `a forged cursor at ${at}`,
    get(`/api/v1/user/bookings?cursor=${cursorAt('bookings newest', at)}`),
    refused(400, 'bad_cursor'),
  ]),
  ['a path whose separator is encoded', get('/api/v1/user%2Fprofile'), refused(404, 'not_found')],
  ['a cursor that is too long', get(`/api/v1/user/bookings?cursor=${'a'.repeat(501)}`), invalid('cursor')],
  ['a limit of 0', get('/api/v1/user/bookings?limit=0'), invalid('limit')],
  ['a limit of 101', get('/api/v1/user/sync/history?limit=101'), invalid('limit')],
  ['a limit that is no number', get('/api/v1/user/changes?limit=many'), invalid('limit')],
  ['a time that is none', get('/api/v1/user/bookings?from=tomorrow'), invalid('from')],
  ['a day that is none', get('/api/v1/user/bookings?to=2026-02-30'), invalid('to')],
  ['a filter with a NUL', get('/api/v1/user/bookings?q=%00'), invalid('q')],
  [
    'an unknown level',
    get('/api/v1/user/sync/job/00000000-0000-4000-8000-000000000000/logs?level=loud'),
    invalid('level'),
  ],
  ['a method that is not supported', patch('/api/v1/user/credentials', {}), refused(405, 'method_not_allowed')],
  ['an address that cannot be decoded', get('/api/v1/user/%E0%A4%A'), refused(400, 'bad_request')],
  [
    'a parameter that SvelteKit keeps for itself',
    get('/api/v1/user/profile?x-sveltekit-invalidated=1'),
    refused(400, 'bad_request'),
  ],
];

describe('a clear problem for', () => {
  it.each(cases)('%s', async (_, { method, path, ...options }, { status, code, field }) => {
    const answer = await app.call(method, path, { token, ...options });
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

describe('a name that does not exist is refused by', () => {
  /** Browsers make a subscription and put more into it than we have a use for. */
  const ofBrowsers = ['POST /user/push-subscriptions body', 'pushDevices.add'];
  const procedures = appRouter._def.procedures as unknown as Record<string, { _def: { inputs: z.ZodType[] } }>;
  const inputs: [string, z.ZodType][] = [
    ...restRoutes.flatMap(({ method, path, body, query }) =>
      Object.entries({ body, query }).flatMap(([part, schema]): [string, z.ZodType][] =>
        schema ? [[`${method} ${path} ${part}`, schema]] : [],
      ),
    ),
    ...Object.entries(procedures).flatMap(([name, { _def }]) =>
      _def.inputs.map((schema): [string, z.ZodType] => [name, schema]),
    ),
    ...tools.map(({ name, input }): [string, z.ZodType] => [`tool ${name}`, input]),
  ];

  it('every call, every procedure and every tool, all the way down', () => {
    expect(inputs.length).toBeGreaterThan(100);
    expect(inputs.filter(([, schema]) => dropsNames(schema)).map(([name]) => name)).toEqual(ofBrowsers);
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

it('refuses a huge body without cutting the connection under what comes after it', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const chunk = Buffer.alloc(64 * 1024, 'x');
  const send = () =>
    new Promise<number | undefined>((resolve, reject) => {
      const headers = { 'content-type': 'application/json' };
      const sent = request(app.url + register, { method: 'POST', agent, headers }, (response) => {
        response.resume().once('end', () => resolve(response.statusCode));
      });
      sent.on('error', reject);
      Readable.from(Array.from({ length: 32 }, () => chunk)).pipe(sent);
    });
  for (let round = 0; round < 3; round++) expect(await send()).toBe(413);
  agent.destroy();
});

it('takes nothing that a client says about its address', async () => {
  const seen: string[] = [];
  const { limits } = app.services;
  app.services.limits = { ...limits, take: async (_, key) => (seen.push(key), null) };
  await app.call('POST', register, {
    body: { ...good, email: 'address@example.com' },
    headers: { 'x-client-ip': '6.6.6.6', 'x-forwarded-for': '6.6.6.6' },
  });
  app.services.limits = limits;
  expect(new Set(seen)).toEqual(new Set(['127.0.0.1']));
});
