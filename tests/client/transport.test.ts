/** What the client makes of answers that come in part, late or broken. */
import type { ServerResponse } from 'node:http';
import { expect, it } from 'vitest';
import { createClient } from '#client/client.ts';
import { errorOf } from '#client/errors.ts';
import { begun, standIn } from './stand-in.ts';
import type { StandIn } from './stand-in.ts';

const failed = (call: Promise<unknown>) =>
  call.then(
    () => null,
    (thrown: unknown) => errorOf(thrown) ?? thrown,
  );

/** Lets go of the line once the answer has begun. */
const cutting =
  (server: StandIn): typeof fetch =>
  async (...args) => {
    const response = await fetch(...args);
    server.cut();
    return response;
  };

it('an answer that breaks off is an error of the line', async () => {
  await using server = await standIn({
    'GET /api/v1/user/bookings/export': [begun('text/csv', 'day,studio\n2026-11-24,')],
    'GET /api/trpc/account.profile': [begun('application/json', '{"result":')],
  });
  const { rest, trpc } = createClient({ url: server.url, fetch: cutting(server) });
  const exported = rest.GET('/user/bookings/export', { params: { query: { format: 'csv' } }, parseAs: 'text' });
  for (const call of [exported, trpc.account.profile.query()])
    expect(await failed(call)).toMatchObject({ name: 'GibneySyncError', kind: 'unreachable', isPassing: true });
});

it('an answer that does not come to its end in time is one, too', async () => {
  await using server = await standIn({ 'GET /api/v1/user/profile': [begun('application/json', '{"email":')] });
  const { rest } = createClient({ url: server.url, timeoutMs: 100 });
  const late = await failed(rest.GET('/user/profile'));
  expect(late).toMatchObject({ kind: 'unreachable', message: expect.stringContaining('too long') as string });
});

it.each(['{"email":', '', 'hello'])('a success that says %j is not ours', async (said) => {
  await using server = await standIn({
    'GET /api/v1/user/profile': [(response) => response.writeHead(200).end(said)],
    'GET /api/trpc/account.profile': [(response) => response.writeHead(200).end(said)],
  });
  const { rest, trpc } = createClient({ url: server.url });
  for (const call of [rest.GET('/user/profile'), trpc.account.profile.query()])
    expect(await failed(call)).toMatchObject({ name: 'GibneySyncError', kind: 'not_ours' });
});

it('what the caller aborts in the middle of an answer rejects as fetch does', async () => {
  await using server = await standIn({ 'GET /api/v1/user/profile': [begun('application/json', '{"email":')] });
  const stopping = new AbortController();
  const { rest } = createClient({
    url: server.url,
    fetch: async (...args) => {
      const response = await fetch(...args);
      stopping.abort();
      return response;
    },
  });
  expect(await failed(rest.GET('/user/profile', { signal: stopping.signal }))).toMatchObject({ name: 'AbortError' });
});

it.each([308, 301, 302])(
  'an address that leads to another (%d) is said to, and gets no second call',
  async (status) => {
    const leads = (location: string) => (response: ServerResponse) => response.writeHead(status, { location }).end();
    await using other = await standIn({});
    const [profile, rpc] = ['/api/v1/user/profile', '/api/trpc/account.profile'];
    await using server = await standIn({
      [`GET ${profile}`]: [leads(`${other.url}${profile}`), leads('/sign-in')],
      [`GET ${rpc}`]: [leads(`${other.url}${rpc}`)],
    });
    const { rest, trpc } = createClient({ url: server.url, key: 'gsk_x' });
    for (const call of [rest.GET('/user/profile'), trpc.account.profile.query()]) {
      const message = `${server.url} redirects to ${other.url}. Use that address.`;
      expect(await failed(call)).toMatchObject({ kind: 'not_ours', origin: other.url, message });
    }
    const elsewhere = await failed(rest.GET('/user/profile'));
    expect(elsewhere).toMatchObject({ kind: 'not_ours', origin: null });
    expect((elsewhere as Error).message).toContain(`${server.url}/sign-in`);
    expect(other.calls).toEqual([]);
  },
);
