import { TRPCClientError } from '@trpc/client';
import { describe, expect, it, vi } from 'vitest';
import { authenticate } from '#lib/server/auth/authenticate.ts';
import { markOf } from '#lib/server/auth/tokens.ts';
import { useApp } from './support/app.ts';
import type { TestUser } from './support/app.ts';
import { jobSnapshot, quietTemporal, syncStatus } from './support/temporal-double.ts';
import { trpcClient, watchStatus } from './support/trpc.ts';

const temporal = quietTemporal();
const app = await useApp({ temporal });

async function errorOf(call: Promise<unknown>): Promise<{ data: unknown }> {
  const error: unknown = await call.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(TRPCClientError);
  return error as { data: unknown };
}

describe('a subscription to the status', () => {
  it('begins with the present, follows each verb, and ends on the server when the page goes', async () => {
    const user = await app.newUser();
    const client = trpcClient(app.url, user.token);
    temporal.statuses.set(user.id, syncStatus());
    const watched = watchStatus(client);
    await watched.until(({ state }) => state === 'sleeping');
    const { jobId } = await client.sync.request.mutate();
    const pending = await watched.until(({ job }) => job?.id === jobId);
    expect(pending).toMatchObject({
      state: 'pending',
      job: { status: 'pending', triggeredManually: true },
      live: true,
    });
    temporal.statuses.set(user.id, syncStatus({ state: 'running', job: jobSnapshot({ id: jobId, done: 100 }) }));
    await watched.until(({ job }) => job?.done === 100);
    temporal.statuses.set(user.id, syncStatus());
    await watched.until((view) => watched.seen.indexOf(view) > 2 && view.state === 'sleeping');
    watched.stop();
    await vi.waitFor(() => expect(app.services.hub.watchedUsers()).toBe(0));
    expect(watched.errors).toEqual([]);
  });

  it('comes back by itself with the present state after the connection was cut', async () => {
    const user = await app.newUser();
    temporal.statuses.set(user.id, syncStatus());
    const watched = watchStatus(trpcClient(app.url, user.token));
    await watched.until(({ state }) => state === 'sleeping');
    temporal.statuses.set(user.id, syncStatus({ state: 'paused', pausedReason: 'user' }));
    app.cutConnections();
    expect(await watched.until(({ state }) => state === 'paused')).toMatchObject({ pausedReason: 'user' });
    watched.stop();
  });

  it('is one watch and one query a notification for three open pages of a user', async () => {
    const user = await app.newUser();
    temporal.statuses.set(user.id, syncStatus());
    const client = trpcClient(app.url, user.token);
    const pages = [1, 2, 3].map(() => watchStatus(client));
    await Promise.all(pages.map((page) => page.until(() => true)));
    await app.services.hub.read(user.id); // whatever the pages asked for is answered now
    const before = temporal.queries(user.id);
    temporal.statuses.set(user.id, syncStatus({ state: 'paused', pausedReason: 'user' }));
    await client.sync.pause.mutate();
    await Promise.all(pages.map((page) => page.until(({ state }) => state === 'paused')));
    expect(temporal.queries(user.id)).toBe(before + 1);
    pages.forEach((page) => page.stop());
  });

  it('shows nothing of another user', async () => {
    const [ann, bob] = [await app.newUser(), await app.newUser()];
    temporal.statuses.set(ann.id, syncStatus());
    temporal.statuses.set(bob.id, syncStatus({ consecutiveFailures: 7 }));
    const watched = watchStatus(trpcClient(app.url, ann.token));
    await watched.until(() => true);
    await trpcClient(app.url, bob.token).sync.request.mutate();
    temporal.statuses.set(ann.id, syncStatus({ consecutiveFailures: 1 }));
    await trpcClient(app.url, ann.token).sync.pause.mutate();
    await watched.until(({ consecutiveFailures }) => consecutiveFailures === 1);
    expect(watched.seen.every(({ job, consecutiveFailures }) => job === null && consecutiveFailures < 7)).toBe(true);
    watched.stop();
  });
});

describe('the streams of one user', () => {
  const open = (token: string, signal: AbortSignal) =>
    fetch(`${app.url}/api/trpc/sync.onStatus`, { headers: { authorization: `Bearer ${token}` }, signal });

  it('are twenty at most, however they are opened, and one that ends makes room', async () => {
    const [user, other] = [await app.newUser(), await app.newUser()];
    const [first, rest] = [new AbortController(), new AbortController()];
    const kept = await open(user.token, first.signal);
    expect(kept.status).toBe(200);
    const answers = await Promise.all(Array.from({ length: 22 }, () => open(user.token, rest.signal)));
    const refused = answers.filter(({ status }) => status === 429);
    expect([answers.filter(({ status }) => status === 200).length, refused.length]).toEqual([19, 3]);
    expect(refused[0]!.headers.get('retry-after')).toBe('15');
    expect(await refused[0]!.json()).toMatchObject({
      code: 'rate_limited',
      detail: expect.stringMatching(/At most 20/),
    });
    expect((await open(other.token, rest.signal)).status).toBe(200);
    // The status is there for whom no stream is left.
    expect((await app.call('GET', '/api/trpc/sync.status', { token: user.token })).status).toBe(200);

    first.abort();
    await vi.waitFor(async () => expect((await open(user.token, rest.signal)).status).toBe(200));
    rest.abort();
    await vi.waitFor(() => expect(app.services.hub.watchedUsers()).toBe(0));
  });
});

describe('a call of a page', () => {
  it('is answered for the session that the page was made for, and no other', async () => {
    const [ann, bob] = [await app.newUser(), await app.newUser()];
    const of = async (user: TestUser) => {
      const { id } = (await authenticate(app.services, new Headers({ authorization: `Bearer ${user.token}` })))!;
      return markOf(id);
    };
    const ask = (mark: string, token: string) => app.call('GET', `/api/trpc/sync.status?session=${mark}`, { token });
    expect((await ask(await of(ann), ann.token)).status).toBe(200);
    expect((await ask(await of(ann), bob.token)).json).toMatchObject({ error: { data: { reason: 'unauthorized' } } });
  });
});

describe('an error', () => {
  it('carries our code, its status and the fields, and no stack', async () => {
    const { token } = await app.newUser();
    const error = await errorOf(trpcClient(app.url, token).portalAccount.save.mutate({ username: '', password: 'p' }));
    expect(error.data).toEqual({
      code: 'UNPROCESSABLE_CONTENT',
      httpStatus: 422,
      reason: 'validation_failed',
      fields: { username: ['Give your Gibney username.'] },
      retryAfterSeconds: null,
    });
  });

  it('says when to try again where Temporal does not answer', async () => {
    const { token } = await app.newUser();
    temporal.away = true;
    const error = await errorOf(trpcClient(app.url, token).sync.request.mutate());
    temporal.away = false;
    expect(error.data).toMatchObject({ httpStatus: 503, reason: 'temporal_unavailable', retryAfterSeconds: 5 });
  });

  it('of ours keeps its code for a caller in the same process', async () => {
    const { createCaller } = await import('#lib/server/trpc/router.ts');
    const nobody = createCaller({ services: app.services, session: null, clientAddress: '::1' });
    await expect(nobody.sync.status()).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
      cause: { reason: 'unauthorized' },
    });
  });
});

describe('input that cannot be read', () => {
  const chunk = 'x'.repeat(300_000);
  it.each([
    ['a question with half of its JSON', 'GET', 'sync.history?input=%7Bbad', undefined, 400, 'malformed_json'],
    ['a change with half of its JSON', 'POST', 'sync.request', '{bad', 400, 'malformed_json'],
    ['a batch with half of its JSON', 'GET', 'sync.history?batch=1&input=%7Bbad', undefined, 400, 'malformed_json'],
    ['a batch that is no object', 'POST', 'sync.request?batch=1', '7', 400, 'bad_request'],
    ['a batch of questions and changes', 'GET', 'sync.history,sync.request?batch=1', undefined, 400, 'bad_request'],
    ['a huge body', 'POST', 'sync.request', JSON.stringify({ more: chunk }), 413, 'payload_too_large'],
    ['connection parameters with half of their JSON', 'GET', 'sync.history?connectionParams=%7B', undefined, 400],
  ])('is the fault of the caller: %s', async (_what, method, path, body, status, reason = 'malformed_json') => {
    const { token } = await app.newUser();
    const logged = vi.spyOn(app.services.log, 'error');
    const answer = await app.call(method, `/api/trpc/${path}`, { token, body });
    expect(answer.status).toBe(status);
    expect(answer.text).toContain(reason);
    expect(answer.text).not.toMatch(/node_modules|at .*\.ts|Error:|JSON at position/);
    expect(logged).not.toHaveBeenCalled();
    logged.mockRestore();
  });
});

describe('a change made with the cookie', () => {
  it('must come from our own pages', async () => {
    const user = await app.newUser();
    const cookie = await app.cookieOf(user);
    const mutate = (headers: Record<string, string>) =>
      app.call('POST', '/api/trpc/sync.pause', { body: '', headers: { cookie, ...headers } });
    expect((await mutate({ origin: 'https://evil.example' })).status).toBe(403);
    expect((await mutate({})).status).toBe(403);
    expect((await mutate({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await mutate({ origin: app.url })).status).toBe(200);
    expect((await mutate({ 'sec-fetch-site': 'same-origin' })).status).toBe(200);
    const rest = await app.call('DELETE', '/api/v1/user/sync', { headers: { cookie, origin: 'https://evil.example' } });
    expect(rest.json).toMatchObject({ status: 403, code: 'forbidden_origin' });
  });
});
