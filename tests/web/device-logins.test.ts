/** Signing in a program that has no browser: the codes of RFC 8628. */
import { describe, expect, it } from 'vitest';
import { useApp } from './support/app.ts';
import type { TestUser } from './support/app.ts';
import { trpcClient } from './support/trpc.ts';

const app = await useApp();
const api = (path: string, body: object = {}) => app.call('POST', `/api/v1/auth/device/${path}`, { body });
const begin = async (body: object = {}) => (await api('code', body)).json;
const poll = async ({ device_code }: { device_code: string }) => (await api('token', { device_code })).json;
const logins = ({ token }: TestUser) => trpcClient(app.url, token).deviceLogins;

/** As if the time between two questions had passed. */
const later = () => app.database.query(`update auth.device_logins set polled_at = polled_at - interval '1 minute'`);

describe('a program that wants to be signed in', () => {
  it('gets a key for what it asked for, once its user has said yes, and once only', async () => {
    const user = await app.newUser();
    const login = await begin({ client_name: 'gibney-sync on barre', scope: 'sync' });
    expect(login).toMatchObject({
      user_code: expect.stringMatching(/^[B-DF-HJ-NP-TV-XZ]{4}-[B-DF-HJ-NP-TV-XZ]{4}$/),
      verification_uri: expect.stringMatching(/\/device$/),
      interval: 5,
      expires_in: 600,
    });
    expect(login.verification_uri_complete).toBe(`${login.verification_uri}?code=${login.user_code}`);
    expect(await poll(login)).toMatchObject({ status: 400, code: 'authorization_pending' });
    const code = (login.user_code as string).toLowerCase().replace('-', ' ');
    expect(await logins(user).find.query({ code })).toMatchObject({
      userCode: login.user_code,
      clientName: 'gibney-sync on barre',
      scopes: ['read', 'sync'],
    });
    await logins(user).approve.mutate({ code });
    await later();
    const granted = await poll(login);
    expect(granted).toMatchObject({ token_type: 'bearer', scope: 'read sync', expires_in: 365 * 86_400 });
    const profile = await app.call('GET', '/api/v1/user/profile', { token: granted.access_token });
    expect(profile.json.email).toBe(user.email);
    expect(await poll(login)).toMatchObject({ code: 'expired_token' });
    const keys = await app.call('GET', '/api/v1/user/api-keys', { token: user.token });
    expect(keys.json.api_keys).toMatchObject([{ name: 'gibney-sync on barre', scopes: ['read', 'sync'] }]);
  });

  it('gets one key where it asks twice at once', async () => {
    const user = await app.newUser();
    const login = await begin();
    await logins(user).approve.mutate({ code: login.user_code });
    const answers = await Promise.all([poll(login), poll(login), poll(login)]);
    expect(answers.filter(({ access_token }) => access_token)).toHaveLength(1);
    const keys = await app.call('GET', '/api/v1/user/api-keys', { token: user.token });
    expect(keys.json.api_keys).toHaveLength(1);
  });

  it('gets its key with the same code once its user has room for one', async () => {
    const user = await app.newUser();
    const newKey = (name: string) =>
      app.call('POST', '/api/v1/user/api-keys', { token: user.token, body: { name, scopes: ['read'] } });
    const made = await newKey('first');
    for (let count = 1; count < 20; count++) await newKey(`${count}`);
    const login = await begin();
    await logins(user).approve.mutate({ code: login.user_code });
    expect(await poll(login)).toMatchObject({ status: 422, code: 'validation_failed' });
    await app.call('DELETE', `/api/v1/user/api-keys/${made.json.id}`, { token: user.token });
    await later();
    expect(await poll(login)).toMatchObject({ access_token: expect.stringMatching(/^gsk_/), scope: 'read' });
  });

  it.each(['barre\u202e', 'bar\u200bre', 'b\u00adarre'])(
    'has no name with what nobody sees: %j',
    async (client_name) => {
      expect(await begin({ client_name })).toMatchObject({
        status: 422,
        errors: { client_name: [expect.any(String)] },
      });
    },
  );

  it('gets none where its user refuses, and the first answer counts', async () => {
    const [user, other] = [await app.newUser(), await app.newUser()];
    const login = await begin();
    await logins(user).deny.mutate({ code: login.user_code });
    await expect(logins(other).approve.mutate({ code: login.user_code })).rejects.toThrow('No program waits');
    await expect(logins(other).find.query({ code: login.user_code })).rejects.toThrow('No program waits');
    expect(await poll(login)).toMatchObject({ status: 400, code: 'access_denied' });
    expect(await poll(login)).toMatchObject({ code: 'expired_token' });
  });

  it('is told to slow down, and comes too late after ten minutes', async () => {
    const user = await app.newUser();
    const login = await begin();
    await poll(login);
    const answer = await api('token', { device_code: login.device_code });
    expect(answer.json).toMatchObject({ status: 400, code: 'slow_down' });
    expect(answer.headers.get('retry-after')).toBe('5');
    await app.database.query(`update auth.device_logins set expires_at = now()`);
    expect(await poll(login)).toMatchObject({ code: 'expired_token' });
    await expect(logins(user).approve.mutate({ code: login.user_code })).rejects.toThrow('No program waits');
  });

  it('leaves no code in the database', async () => {
    const login = await begin();
    const { rows } = await app.database.query('select row_to_json(d)::text as row from auth.device_logins d');
    const text = JSON.stringify(rows);
    const userCode = login.user_code as string;
    for (const secret of [login.device_code as string, userCode, userCode.replace('-', '')])
      expect(text).not.toContain(secret);
  });

  it('is not helped by an API key, which could make a larger one of itself', async () => {
    const user = await app.newUser();
    const body = { name: 'k', scopes: ['manage'] };
    const { json } = await app.call('POST', '/api/v1/user/api-keys', { token: user.token, body });
    const login = await begin();
    const approving = trpcClient(app.url, json.key).deviceLogins.approve.mutate({ code: login.user_code });
    await expect(approving).rejects.toThrow('No API key may do this');
  });
});
