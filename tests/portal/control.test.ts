import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { networkInterfaces } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { connectControl } from './control-client.ts';
import { startPortal, type Portal, type PortalOptions } from './server.ts';

const options: PortalOptions = {
  users: [
    { username: 'ada', password: 'secret-word', rentals: 5 },
    { username: 'b/o b@x', password: 'p', rentals: 0 },
  ],
  delays: { signInMs: 0, shellMs: 0, gridMs: 0 },
  sessionTtlMs: 150,
};
let portal: Portal;

beforeAll(async () => {
  portal = await startPortal(options);
});
afterEach(() => portal.control.reset());
afterAll(() => portal.close());

async function signIn(username: string, password: string): Promise<string> {
  const action = { descriptor: 'apex://Community/ACTION$login', params: { username, password } };
  const response = await fetch(`${portal.url}/s/sfsites/aura?r=0`, {
    method: 'POST',
    body: new URLSearchParams({ message: JSON.stringify({ actions: [action] }) }),
  });
  return response.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');
}

async function opens(cookie: string): Promise<boolean> {
  return (await fetch(`${portal.url}/s/`, { headers: { cookie }, redirect: 'manual' })).status === 200;
}

describe('the control of the stand-in portal', () => {
  test('a session lasts for its time, and the end of it wakes those who wait', async () => {
    const cookie = await signIn('ada', 'secret-word');
    expect(await opens(cookie)).toBe(true);
    await portal.control.waitFor((counters) => counters.sessionsNow === 0, { user: 'ada' });
    expect(await opens(cookie)).toBe(false);
  });

  test('a session needs all of its cookies', async () => {
    const cookie = await signIn('ada', 'secret-word');
    expect(await opens(cookie.split('; ')[0]!)).toBe(false);
    expect(await opens(cookie)).toBe(true);
  });

  test('waiting ends at once when it is so, and with the counters when its time is over', async () => {
    const waiting = portal.control.waitFor((counters) => counters.badLogins === 1, { user: 'ada' });
    await signIn('ada', 'wrong');
    expect((await waiting).badLogins).toBe(1);
    await expect(portal.control.waitFor((counters) => counters.badLogins === 9, { timeoutMs: 20 })).rejects.toThrow(
      /within 20 ms: .*"badLogins":1/,
    );
  });

  test('another process can do what this one can', async () => {
    const remote = connectControl(portal.url);
    expect(await remote.users()).toEqual(['ada', 'b/o b@x']);
    await remote.addUser({ username: 'cy', password: 'p', rentals: 2 });
    await remote.setRentals('b/o b@x', 4, 'seed');
    const [first] = await remote.rentals('b/o b@x');
    await remote.updateRental('b/o b@x', first!.recordId, { status: 'Canceled' });
    await remote.share('b/o b@x', 'cy', first!.recordId);
    await remote.vanish('b/o b@x', first!.recordId);
    expect(portal.control.rentals('b/o b@x')).toHaveLength(3);
    expect(portal.control.rentals('cy')).toContainEqual({ ...first, status: 'Canceled' });
    await remote.reappear('b/o b@x', first!.recordId);
    expect((await remote.addRental('b/o b@x', { name: 'New' })).name).toBe('New');
    expect(portal.control.rentals('b/o b@x')).toHaveLength(5);
    await remote.setDelays({ gridMs: 1 }, 'cy');
    await remote.removeUser('cy');
    expect(portal.control.users()).toEqual(['ada', 'b/o b@x']);
  });

  test('another process can lock, misbehave, wait and reset', async () => {
    const remote = connectControl(portal.url);
    await remote.setPassword('ada', 'new');
    await remote.lock('ada');
    const waiting = remote.waitFor({ counter: 'badLogins', atLeast: 1, user: 'ada' });
    expect(await signIn('ada', 'new')).toBe('');
    expect((await waiting).badLogins).toBe(1);
    await remote.unlock('ada');
    expect(await opens(await signIn('ada', 'new'))).toBe(true);
    await remote.endSessions('ada');
    expect((await remote.counters('ada')).sessionsNow).toBe(0);
    const id = await remote.misbehave({ kind: 'maintenance' });
    expect((await fetch(`${portal.url}/s/login`)).status).toBe(503);
    expect(await remote.misbehaviours()).toEqual([{ id, kind: 'maintenance' }]);
    await remote.behave(id);
    await remote.resetCounters();
    expect((await remote.counters()).badLogins).toBe(0);
    await remote.reset();
    expect(await opens(await signIn('ada', 'secret-word'))).toBe(true);
  });

  test('what makes no sense is refused in words', async () => {
    const remote = connectControl(portal.url);
    await expect(remote.rentals('nobody')).rejects.toThrow('the portal has no user nobody');
    await expect(remote.vanish('ada', 'x')).rejects.toThrow('ada has no rental x');
    await expect(remote.misbehave({ kind: 'tantrum' } as never)).rejects.toThrow('cannot misbehave as tantrum');
    await expect(remote.waitFor({ counter: 'lastLoginAt' as never })).rejects.toThrow('no counter lastLoginAt');
    const unknown = await fetch(`${portal.url}/__control/nonsense`);
    expect(unknown.status).toBe(404);
    expect(await unknown.text()).toContain('nonsense');
  });

  test('no answer of the control holds a password', async () => {
    for (const path of ['users', 'misbehaviours', 'counters?user=ada', 'users/ada/rentals']) {
      expect(await (await fetch(`${portal.url}/__control/${path}`)).text()).not.toContain('secret-word');
    }
  });

  test('a web page cannot use the control', async () => {
    const call = request(`${portal.url}/__control/reset`, { method: 'POST', headers: { origin: 'http://evil.test' } });
    const [response] = (await once(call.end(), 'response')) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(403);
  });

  const outside = Object.values(networkInterfaces()).flatMap((found) => found ?? []);
  const other = outside.find(({ internal, family }) => !internal && family === 'IPv4');
  test.skipIf(!other)('another machine cannot use the control, although it sees the pages', async () => {
    const open = await startPortal({ host: '0.0.0.0' });
    const url = `http://${other!.address}:${new URL(open.url).port}`;
    expect((await fetch(`${url}/__control/users`)).status).toBe(403);
    expect((await fetch(`${url}/s/login`)).status).toBe(200);
    await open.close();
  });

  test('a portal that is closed lets go of requests that hang', async () => {
    const other = await startPortal();
    other.control.misbehave({ kind: 'hang' });
    const hanging = fetch(`${other.url}/s/`).then(
      () => 'answered',
      () => 'ended',
    );
    await other.control.waitFor((counters) => counters.faults.hang === 1);
    await other.close();
    expect(await hanging).toBe('ended');
  });

  test('a taken port is refused', async () => {
    await expect(startPortal({ port: Number(new URL(portal.url).port) })).rejects.toThrow(/EADDRINUSE/);
  });
});
