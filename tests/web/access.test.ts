/** Who may call what: every REST call and every procedure, signed out, as the owner and as somebody else. */
import { beforeAll, describe, expect, it } from 'vitest';
import { restRoutes } from '#lib/server/rest/routes.ts';
import { appRouter } from '#lib/server/trpc/router.ts';
import { absentJob, procedureAccess, restAccess } from './support/access-rules.ts';
import type { Access } from './support/access-rules.ts';
import { useApp } from './support/app.ts';
import type { TestUser } from './support/app.ts';
import { seedRows } from './support/rows.ts';
import type { SeededRows } from './support/rows.ts';
import { quietTemporal } from './support/temporal-double.ts';
import { trpcClient } from './support/trpc.ts';

const built = appRouter._def.procedures as unknown as Record<string, { _def: { type: string } }>;
const typeOf = (procedure: string) => built[procedure]!._def.type;

const temporal = quietTemporal();
const app = await useApp({ temporal });
let owner: TestUser;
let stranger: TestUser;
let rows: SeededRows;
let keys: Record<'read' | 'sync' | 'manage', string>;
let ended: { token: string; key: string };

async function newKey({ token }: TestUser, scope: string): Promise<string> {
  const { json } = await app.call('POST', '/api/v1/user/api-keys', { token, body: { name: scope, scopes: [scope] } });
  return json.key;
}

async function endedSession(): Promise<{ token: string; key: string }> {
  const user = await app.newUser();
  const key = await newKey(user, 'manage');
  for (const call of ['api-keys', 'sessions']) {
    const { json } = await app.call('GET', `/api/v1/user/${call}`, { token: user.token });
    const { id } = Object.values(json as Record<string, { id: string }[]>)[0]![0]!;
    await app.call('DELETE', `/api/v1/user/${call}/${id}`, { token: user.token });
  }
  return { token: user.token, key };
}

beforeAll(async () => {
  owner = await app.newUser();
  stranger = await app.newUser();
  rows = await seedRows(app.databaseUrl, owner.id, 'R-the-owner-only');
  const holder = await app.newUser();
  keys = {
    read: await newKey(holder, 'read'),
    sync: await newKey(holder, 'sync'),
    manage: await newKey(holder, 'manage'),
  };
  ended = await endedSession();
});

it('every call of the REST API has an entry here, and nothing else has', () => {
  const calls = restRoutes.map(({ method, path }) => `${method} ${path}`);
  expect(calls.sort()).toEqual(Object.keys(restAccess).sort());
});

it('every procedure has an entry here, and nothing else has', () => {
  expect(Object.keys(built).sort()).toEqual(Object.keys(procedureAccess).sort());
});

const namesOf = (access: Record<string, Access>, wanted: (who: Access) => boolean) =>
  Object.entries(access)
    .filter(([, who]) => wanted(who))
    .map(([name]) => name);
const isPrivate = (who: Access) => who !== 'anybody';
const userCalls = namesOf(restAccess, isPrivate);
const procedures = namesOf(procedureAccess, isPrivate);

function callRest(call: string, headers: Record<string, string>) {
  const [method, path] = call.split(' ') as [string, string];
  return app.call(method, `/api/v1${path.replace('{id}', rows.jobId)}`, { headers });
}

function callProcedure(procedure: string, headers: Record<string, string>) {
  return app.call(typeOf(procedure) === 'mutation' ? 'POST' : 'GET', `/api/trpc/${procedure}`, { headers });
}

describe.each([
  ['signed out', () => ({})],
  ['with a token that is not one', () => ({ authorization: 'Bearer nonsense' })],
  ['with a forged token', () => ({ authorization: 'Bearer aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.bm90IGEgc2lnbmF0dXJl' })],
  ['with a forged cookie', () => ({ cookie: 'gibney-sync.session_token=aaaa.bbbb' })],
  ['with another scheme', () => ({ authorization: 'Basic YTpi' })],
  ['with a revoked token', () => ({ authorization: `Bearer ${ended.token}` })],
  ['with a key that is not one', () => ({ 'x-api-key': 'gsk_nonsense' })],
  ['with a revoked key', () => ({ authorization: `Bearer ${ended.key}` })],
] as [string, () => Record<string, string>][])('%s', (_, headers) => {
  it.each(userCalls)('%s is refused', async (call) => {
    const answer = await callRest(call, headers());
    expect(answer.status).toBe(401);
    expect(answer.json).toMatchObject({ status: 401, code: 'unauthorized', detail: expect.any(String) });
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
  });

  it.each(procedures)('%s is refused', async (procedure) => {
    const answer = await callProcedure(procedure, headers());
    expect(answer.text).toContain('"reason":"unauthorized"');
    expect(answer.text).not.toContain('stack');
  });
});

describe.each([
  ['read', 'sync', 'authorization'],
  ['sync', 'manage', 'x-api-key'],
  ['manage', 'session', 'authorization'],
] as ['read' | 'sync' | 'manage', Access, string][])('with a key for %s', (scope, beyond, header) => {
  const order: Access[] = ['anybody', 'read', 'sync', 'manage', 'session', 'operator'];
  const isBeyond = (who: Access) => order.indexOf(who) >= order.indexOf(beyond);
  const headers = () => ({ [header]: header === 'x-api-key' ? keys[scope] : `Bearer ${keys[scope]}` });

  it.each(namesOf(restAccess, isBeyond))('%s is refused', async (call) => {
    const answer = await callRest(call, headers());
    expect(answer.json).toMatchObject({ status: 403, code: 'insufficient_scope' });
  });

  it.each(namesOf(procedureAccess, isBeyond))('%s is refused', async (procedure) => {
    expect((await callProcedure(procedure, headers())).text).toContain('"reason":"insufficient_scope"');
  });

  const leavesTheKey = (call: string) => call !== 'DELETE /auth/token';
  it.each(namesOf(restAccess, (who) => who === scope).filter(leavesTheKey))('%s is open', async (call) => {
    expect([401, 403]).not.toContain((await callRest(call, headers())).status);
  });

  it.each(namesOf(procedureAccess, (who) => who === scope).filter((name) => typeOf(name) !== 'subscription'))(
    '%s is open',
    async (procedure) => expect([401, 403]).not.toContain((await callProcedure(procedure, headers())).status),
  );
});

describe('DELETE /auth/token', () => {
  it.each(['session', 'read'])('ends the token that it comes with, and no other (%s)', async (kind) => {
    const user = await app.newUser();
    const token = kind === 'session' ? user.token : await newKey(user, kind);
    const other = await newKey(user, 'read');
    expect((await app.call('DELETE', '/api/v1/auth/token', { token })).status).toBe(204);
    expect((await app.call('GET', '/api/v1/user/profile', { token })).status).toBe(401);
    expect((await app.call('GET', '/api/v1/user/profile', { token: other })).status).toBe(200);
  });
});

describe('a session that was ended', () => {
  it('opens nothing any more', async () => {
    const user = await app.newUser();
    const { token } = user;
    const [session] = await trpcClient(app.url, token).account.sessions.query();
    await app.call('DELETE', `/api/v1/user/sessions/${session!.id}`, { token });
    expect((await app.call('GET', '/api/v1/user/profile', { token })).status).toBe(401);
  });
});

describe('what is another user’s', () => {
  it('is not found, as if it did not exist', async () => {
    const path = (id: string) => `/api/v1/user/sync/job/${id}/logs`;
    const foreign = await app.call('GET', path(rows.jobId), { token: stranger.token });
    const absent = await app.call('GET', path(absentJob), { token: stranger.token });
    expect(foreign.status).toBe(404);
    expect(foreign.text.replace(rows.jobId, '')).toBe(absent.text.replace(absentJob, ''));
    expect((await app.call('GET', path(rows.jobId), { token: owner.token })).json.logs).toHaveLength(1);
  });

  it.each([
    ['sync.job', () => ({ id: rows.jobId })],
    ['sync.jobLogs', () => ({ jobId: rows.jobId })],
    ['bookings.get', () => ({ id: rows.bookingId })],
  ] as [string, () => unknown][])('is not found by %s', async (procedure, input) => {
    const path = `/api/trpc/${procedure}?input=${encodeURIComponent(JSON.stringify(input()))}`;
    expect((await app.call('GET', path, { token: stranger.token })).status).toBe(404);
    expect((await app.call('GET', path, { token: owner.token })).status).toBe(200);
  });

  it.each([
    '/api/v1/user/bookings',
    '/api/v1/user/bookings?q=owner',
    '/api/v1/user/bookings/upcoming',
    '/api/v1/user/changes',
    '/api/v1/user/bookings/export',
    '/api/v1/user/bookings/export?format=ics',
    '/api/v1/user/feeds',
    '/api/v1/user/sync/history',
    '/api/v1/user/sync/status',
    '/api/v1/user/profile',
    '/api/trpc/bookings.list',
    '/api/trpc/bookings.upcoming',
    '/api/trpc/bookings.page?input={}',
    '/api/trpc/bookings.counts?input={}',
    '/api/trpc/bookings.overlaps',
    '/api/trpc/changes.list',
    '/api/trpc/changes.groups?input={}',
    '/api/trpc/changes.unseen',
    '/api/trpc/changes.urgent',
    '/api/trpc/sync.history',
    '/api/trpc/calendar.list',
    '/api/trpc/calendar.choices',
    '/api/trpc/portalAccount.get',
  ])('is not in %s', async (path) => {
    const { jobId, bookingId, name } = rows;
    const mine = await app.call('GET', path, { token: owner.token });
    const theirs = await app.call('GET', path, { token: stranger.token });
    expect([mine.status, theirs.status]).toEqual([200, 200]);
    for (const secret of [jobId, bookingId, name, owner.id, owner.email, owner.calendarUrl])
      expect(theirs.text).not.toContain(secret);
  });

  it('cannot be reached by filters of the changes', async () => {
    const input = (over: object) => encodeURIComponent(JSON.stringify(over));
    for (const filter of [{ bookingId: rows.bookingId }, { jobId: rows.jobId }]) {
      const theirs = await app.call('GET', `/api/trpc/changes.list?input=${input(filter)}`, { token: stranger.token });
      expect(theirs.json.result.data.changes).toEqual([]);
      const mine = await app.call('GET', `/api/trpc/changes.list?input=${input(filter)}`, { token: owner.token });
      expect(mine.json.result.data.changes).toHaveLength(1);
    }
  });

  it('is in no span, sum or list of changes that somebody else asks for', async () => {
    const day = 86_400_000;
    const from = new Date(Date.now() - day).toISOString();
    const to = new Date(Date.now() + 3 * day).toISOString();
    const years = [new Date().getUTCFullYear(), new Date(Date.now() + day).getUTCFullYear()];
    const asks: [string, object][] = [
      ['bookings.span', { from, to }],
      ...years.map((year): [string, object] => ['bookings.totals', { year }]),
      ['changes.ofJob', { jobId: rows.jobId }],
    ];
    for (const [procedure, input] of asks) {
      const path = `/api/trpc/${procedure}?input=${encodeURIComponent(JSON.stringify(input))}`;
      const [mine, theirs] = await Promise.all([owner, stranger].map(({ token }) => app.call('GET', path, { token })));
      expect([mine!.status, theirs!.status]).toEqual([200, 200]);
      expect(theirs!.text).not.toMatch(/Studio A|280 Broadway|R-the-owner-only/);
    }
  });

  it('is not touched by what a user changes or deletes', async () => {
    await app.call('PUT', '/api/v1/user/credentials', {
      token: owner.token,
      body: { username: 'mine', password: 'p' },
    });
    const other = await app.newUser();
    temporal.calls.length = 0;
    await app.call('DELETE', '/api/v1/user/credentials', { token: other.token });
    await app.call('DELETE', '/api/v1/user/sync', { token: other.token });
    await app.call('POST', '/api/trpc/sync.cancel', { token: other.token, body: { jobId: rows.jobId } });
    await app.call('DELETE', '/api/v1/user', { token: other.token, body: { password: other.password } });
    expect(temporal.calls.filter((call) => call.includes(owner.id))).toEqual([]);
    expect((await app.call('GET', '/api/v1/user/credentials', { token: owner.token })).json.username).toBe('mine');
    expect((await app.call('GET', '/api/v1/user/bookings', { token: owner.token })).json.total).toBe(1);
  });
});

it('the owner gets all of it', async () => {
  const { json } = await app.call('GET', '/api/v1/user/bookings', { token: owner.token });
  expect(json).toEqual({
    bookings: [
      {
        id: rows.bookingId,
        record_id: 'a0B000000000001AAA',
        name: 'R-the-owner-only',
        starts_at: expect.stringMatching(/Z$/),
        ends_at: expect.stringMatching(/Z$/),
        studio: 'Studio A',
        location: '280 Broadway (Lower Manhattan)',
        status: 'Approved',
        price_cents: 1900,
        record_url: 'https://example.com/r',
        removed_at: null,
        group_id: null,
      },
    ],
    total: 1,
    next_cursor: null,
  });
  const history = await app.call('GET', '/api/v1/user/sync/history', { token: owner.token });
  expect(history.json.jobs).toMatchObject([{ id: rows.jobId, status: 'completed', added: 1, bookings_synced: 1 }]);
  const changes = await app.call('GET', '/api/v1/user/changes', { token: owner.token });
  expect(changes.json.changes).toMatchObject([
    { kind: 'added', booking_id: rows.bookingId, after: { starts_at: '2026-11-24T19:00:00.000Z' }, before: null },
  ]);
});
