/** A code of an authenticator app beside the password: each counts once, and nothing but it will do. */
import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RequestEvent } from '@sveltejs/kit';
import { signInBrowser, signInWithCode } from '#lib/server/auth/browser-session.ts';
import { enableTwoFactor, readTwoFactor, replaceRecoveryCodes } from '#db/queries/two-factor.ts';
import { until } from '#tests/support/until.ts';
import { startApp } from './support/app.ts';
import type { App, TestUser } from './support/app.ts';
import { startMailSink } from './support/mail-sink.ts';
import type { MailSink } from './support/mail-sink.ts';
import { trpcClient } from './support/trpc.ts';

let sink: MailSink;
let app: App;

beforeAll(async () => {
  sink = await startMailSink();
  app = await startApp({ env: { SMTP_URL: sink.url, RATE_LIMIT_SCALE: '1' } });
});
afterAll(async () => {
  await app.close();
  await sink.close();
});

const twoFactorOf = ({ token }: TestUser) => trpcClient(app.url, token).twoFactor;
const signIn = ({ email, password }: TestUser, code?: string, given = password) =>
  app.call('POST', '/api/v1/auth/token', { body: { email, password: given, ...(code !== undefined && { code }) } });

/** What the user's app shows; `steps` half minutes from now. */
const codeOf = (secret: string, steps = 0) =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + steps * 30_000 });

/** An account with the second factor on, as if its first code was taken long ago. */
async function userWithApp() {
  const user = await app.newUser();
  const { secret, uri } = await twoFactorOf(user).begin.mutate({ password: user.password });
  expect(uri).toContain(`secret=${secret}`);
  const { recoveryCodes } = await twoFactorOf(user).enable.mutate({ code: codeOf(secret) });
  await app.database.query('update auth.two_factor set last_step = null where user_id = $1', [user.id]);
  return { user, secret, recoveryCodes };
}

describe('signing in', () => {
  it('wants a code beside the right password, and each code counts once', async () => {
    const { user, secret } = await userWithApp();
    expect((await signIn(user)).json).toMatchObject({ status: 401, code: 'second_factor_required' });
    expect((await signIn(user, '')).json.code).toBe('validation_failed');
    const code = codeOf(secret);
    expect((await signIn(user, code, 'not this one')).json.code).toBe('invalid_login');
    expect((await signIn(user, `${code.slice(0, 3)} ${code.slice(3)}`)).status).toBe(200);
    expect((await signIn(user, code)).json).toMatchObject({ status: 401, code: 'invalid_code' });
    expect((await signIn(user, codeOf(secret, -1))).json.code).toBe('invalid_code');
    expect((await signIn(user, codeOf(secret, 20))).json.code).toBe('invalid_code');
    expect((await signIn(user, codeOf(secret, 1))).status).toBe(200);
  });

  it('cannot be guessed by who has the password', async () => {
    const { user, secret } = await userWithApp();
    const answers = [];
    for (let guess = 0; guess < 11; guess++) answers.push((await signIn(user, 'abcd-abcd-abcd-abcd')).status);
    expect(answers).toEqual([...Array<number>(10).fill(401), 429]);
    expect((await signIn(user, codeOf(secret))).status).toBe(429);
  });

  it('is done once by two who give the same code at the same time', async () => {
    const { user, secret, recoveryCodes } = await userWithApp();
    for (const code of [codeOf(secret), recoveryCodes[0]!]) {
      const answers = await Promise.all([signIn(user, code), signIn(user, code), signIn(user, code)]);
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401]);
    }
  });

  it('works with each recovery code once, however it is typed, and with nobody else’s', async () => {
    const { user, recoveryCodes } = await userWithApp();
    const other = await userWithApp();
    expect(new Set(recoveryCodes).size).toBe(10);
    const [first, second] = recoveryCodes;
    expect((await signIn(user, first!.replaceAll('-', '').toUpperCase())).status).toBe(200);
    expect((await signIn(user, first)).json.code).toBe('invalid_code');
    expect((await signIn(user, other.recoveryCodes[0])).json.code).toBe('invalid_code');
    expect((await twoFactorOf(user).get.query()).recoveryCodesLeft).toBe(9);
    await twoFactorOf(user).renewRecoveryCodes.mutate({ password: user.password });
    expect((await signIn(user, second)).json.code).toBe('invalid_code');
    expect((await twoFactorOf(user).get.query()).recoveryCodesLeft).toBe(10);
  });

  it('wants none where it was only begun, or is off again', async () => {
    const user = await app.newUser();
    await twoFactorOf(user).begin.mutate({ password: user.password });
    expect((await signIn(user)).status).toBe(200);
    const { user: former } = await userWithApp();
    await twoFactorOf(former).disable.mutate({ password: former.password });
    expect((await signIn(former)).status).toBe(200);
    expect(await twoFactorOf(former).get.query()).toEqual({ enabledAt: null, recoveryCodesLeft: 0 });
  });

  it('still wants the code after a new password by mail', async () => {
    const { user } = await userWithApp();
    await app.call('POST', '/api/v1/auth/password-reset', { body: { email: user.email } });
    const { text } = await sink.mailTo(user.email, 'new password');
    const token = /#(\S+)/.exec(text)![1];
    const body = { token, new_password: 'a whole new one' };
    expect((await app.call('PUT', '/api/v1/auth/password-reset', { body })).status).toBe(204);
    expect((await signIn(user, undefined, 'a whole new one')).json.code).toBe('second_factor_required');
  });
});

describe('a sign-in in a browser that is half done', () => {
  /** A browser's form, with the cookies that it was given. */
  const browser = () => {
    const jar = new Map<string, string>();
    const cookies = {
      set: (name: string, value: string) => jar.set(name, value),
      delete: (name: string) => jar.delete(name),
    };
    return {
      jar,
      event() {
        const cookie = [...jar].map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('; ');
        const request = new Request('http://rentals.test/sign-in', { headers: { cookie } });
        const locals = { services: app.services };
        const url = new URL(request.url);
        return { cookies, url, request, locals, getClientAddress: () => '203.0.113.9' } as unknown as RequestEvent;
      },
    };
  };
  const sessionsOf = async ({ id }: TestUser) =>
    (await app.database.query('select id from auth.sessions where user_id = $1', [id])).rowCount;

  it('is finished by the code', async () => {
    const { user, secret } = await userWithApp();
    const { jar, event } = browser();
    expect(await signInBrowser(event(), { email: user.email, password: user.password })).toBe(false);
    await signInWithCode(event(), { code: codeOf(secret) });
    expect([...jar.keys()]).toEqual(['gibney-sync.session_token', 'gibney-sync.device']);
  });

  it('ends with a new password, by mail or by hand, whatever code comes then', async () => {
    for (const change of ['reset', 'change'] as const) {
      const { user, secret } = await userWithApp();
      const { jar, event } = browser();
      await signInBrowser(event(), { email: user.email, password: user.password });
      if (change === 'reset') {
        await app.call('POST', '/api/v1/auth/password-reset', { body: { email: user.email } });
        const token = /#(\S+)/.exec((await sink.mailTo(user.email, 'new password')).text)![1];
        const body = { token, new_password: 'a whole new one' };
        expect((await app.call('PUT', '/api/v1/auth/password-reset', { body })).status).toBe(204);
      } else {
        const body = { current_password: user.password, new_password: 'a whole new one' };
        const changed = await app.call('PUT', '/api/v1/user/password', { token: user.token, body });
        expect(changed.status).toBe(204);
      }
      const before = await sessionsOf(user);
      await expect(signInWithCode(event(), { code: codeOf(secret) })).rejects.toMatchObject({
        reason: 'invalid_login',
      });
      expect(await sessionsOf(user)).toBe(before);
      expect([...jar.keys()]).toEqual([]);
    }
  });
});

describe('turning it on and off', () => {
  it('wants the password, and a code of the very app', async () => {
    const user = await app.newUser();
    const wrong = { password: 'not this one' };
    for (const change of ['begin', 'disable', 'renewRecoveryCodes'] as const)
      await expect(twoFactorOf(user)[change].mutate(wrong)).rejects.toMatchObject({
        data: { reason: 'wrong_password' },
      });
    await twoFactorOf(user).begin.mutate({ password: user.password });
    const foreign = codeOf(new Secret({ size: 20 }).base32);
    for (const code of [foreign, 'aaaa-bbbb-cccc-dddd'])
      await expect(twoFactorOf(user).enable.mutate({ code })).rejects.toMatchObject({
        data: { reason: 'invalid_code' },
      });
    expect((await twoFactorOf(user).get.query()).enabledAt).toBeNull();
  });

  it('is turned on once by two who confirm at the same time, and the codes of that one count', async () => {
    const user = await app.newUser();
    const { secret } = await twoFactorOf(user).begin.mutate({ password: user.password });
    const holder = await app.database.connect();
    const isWaiting = (count: number) =>
      until('they wait', async () => {
        const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
        return (await app.database.query(waiting)).rowCount === count;
      });
    try {
      await holder.query('begin');
      await holder.query('select id from auth.two_factor where user_id = $1 for update', [user.id]);
      const answers = [];
      // Both read that it is not on yet, and each has a code that is good.
      for (const steps of [0, 1]) {
        answers.push(twoFactorOf(user).enable.mutate({ code: codeOf(secret, steps) }));
        await isWaiting(answers.length);
      }
      const settled = Promise.allSettled(answers);
      await holder.query('commit');
      const done = (await settled).filter((one) => one.status === 'fulfilled');
      expect(done).toHaveLength(1);
      expect((await signIn(user, done[0]!.value.recoveryCodes[0])).status).toBe(200);
    } finally {
      holder.release();
    }
  });

  it('is not on where it was begun anew, or turned off, meanwhile', async () => {
    const { user } = await userWithApp();
    const em = app.services.orm.em.fork();
    const { id } = (await readTwoFactor(em, user.id))!;
    expect(await enableTwoFactor(em, id, [])).toBe(false);
    expect(await replaceRecoveryCodes(em, id, ['a'])).toBe(true);
    await twoFactorOf(user).disable.mutate({ password: user.password });
    expect(await replaceRecoveryCodes(em, id, [])).toBe(false);
    await twoFactorOf(user).begin.mutate({ password: user.password });
    expect(await enableTwoFactor(em, id, [])).toBe(false);
  });

  it('cannot be begun anew while it is on', async () => {
    const { user, secret } = await userWithApp();
    await expect(twoFactorOf(user).begin.mutate({ password: user.password })).rejects.toMatchObject({
      data: { reason: 'validation_failed' },
    });
    expect((await signIn(user, codeOf(secret))).status).toBe(200);
  });

  it('is told by mail', async () => {
    const { user } = await userWithApp();
    expect((await sink.mailTo(user.email, 'two-factor')).text).toContain('authenticator app');
  });

  it('leaves neither the secret nor a code in the database', async () => {
    const { user, secret, recoveryCodes } = await userWithApp();
    const { rows } = await app.database.query('select * from auth.two_factor where user_id = $1', [user.id]);
    const stored = JSON.stringify(rows).toLowerCase();
    for (const plain of [secret, recoveryCodes[0]!, recoveryCodes[0]!.replaceAll('-', '')])
      expect(stored).not.toContain(plain.toLowerCase());
  });
});
