/** Passwords and e-mail addresses: changed by who knows them, replaced by who reads the mail, and by nobody else. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp } from './support/app.ts';
import type { App, TestUser } from './support/app.ts';
import { startMailSink, tokenIn } from './support/mail-sink.ts';
import type { MailSink } from './support/mail-sink.ts';
import { until } from '#tests/support/until.ts';
import { trpcClient } from './support/trpc.ts';

let sink: MailSink;
let app: App;

beforeAll(async () => {
  sink = await startMailSink();
  app = await startApp({ env: { SMTP_URL: sink.url, PUBLIC_URL: 'https://rentals.test' } });
});
afterAll(async () => {
  await app.close();
  await sink.close();
});

const signIn = (email: string, password: string) =>
  app.call('POST', '/api/v1/auth/token', { body: { email, password } });
const isOpen = async (token: string) => (await app.call('GET', '/api/v1/user/profile', { token })).status === 200;
const askForLink = (email: string) => app.call('POST', '/api/v1/auth/password-reset', { body: { email } });
const useLink = (token: string, password = 'a whole new one') =>
  app.call('PUT', '/api/v1/auth/password-reset', { body: { token, new_password: password } });

const resetMails = (email: string) =>
  sink.mails.filter(({ to, subject }) => to === email && subject.includes('new password'));

/** Somebody waits for what the test holds. */
const waitsForLock = () =>
  until('a statement waits for a lock', async () => {
    const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
    return (await app.database.query(waiting)).rowCount;
  });

describe('changing the password', () => {
  const change = ({ token }: TestUser, current: string, password = 'a whole new one') =>
    app.call('PUT', '/api/v1/user/password', { token, body: { current_password: current, new_password: password } });

  it('ends all other sessions and keeps this one', async () => {
    const user = await app.newUser();
    const other = (await signIn(user.email, user.password)).json.access_token;
    expect((await change(user, user.password)).status).toBe(204);
    expect([await isOpen(user.token), await isOpen(other)]).toEqual([true, false]);
    expect((await signIn(user.email, user.password)).status).toBe(401);
    expect((await signIn(user.email, 'a whole new one')).status).toBe(200);
    expect((await sink.mailTo(user.email, 'password was changed')).text).toContain('/forgot-password');
  });

  it('wants the present one', async () => {
    const user = await app.newUser();
    const refused = await change(user, 'not this one');
    expect(refused.json).toMatchObject({ status: 403, code: 'wrong_password' });
    expect((await signIn(user.email, user.password)).status).toBe(200);
  });

  it('wants a good new one', async () => {
    const user = await app.newUser();
    expect((await change(user, user.password, 'short')).json.errors).toHaveProperty('new_password');
  });

  it('closes links that were mailed before', async () => {
    const user = await app.newUser();
    await askForLink(user.email);
    const mail = await sink.mailTo(user.email, 'new password');
    await change(user, user.password);
    expect((await useLink(tokenIn(mail))).json.code).toBe('invalid_link');
  });
});

describe('a sign-in that crosses a new password', () => {
  it('comes to nothing, so that all sessions have ended', async () => {
    const user = await app.newUser();
    const client = await app.database.connect();
    try {
      await client.query('begin');
      await client.query("update users set password_hash = 'another' where id = $1", [user.id]);
      await client.query('delete from auth.sessions where user_id = $1', [user.id]);
      // It sees the old password still, and has to wait before there is a session of it.
      const answer = signIn(user.email, user.password);
      await Promise.race([answer, waitsForLock()]);
      await client.query('commit');
      expect((await answer).json).toMatchObject({ status: 401, code: 'invalid_login' });
    } finally {
      client.release();
    }
    const { rows } = await app.database.query('select id from auth.sessions where user_id = $1', [user.id]);
    expect(rows).toEqual([]);
  });
});

describe('what the password allows', () => {
  const changes: [string, (user: TestUser) => Promise<{ status: number; json: unknown }>][] = [
    [
      'a new password',
      ({ token, password }) => put('password', token, { current_password: password, new_password: 'the intruder’s' }),
    ],
    ['another address', ({ token, password }) => put('email', token, { new_email: 'intruder@example.com', password })],
    [
      'the end of the account',
      ({ token, password }) => app.call('DELETE', '/api/v1/user', { token, body: { password } }),
    ],
  ];
  const put = (what: string, token: string, body: object) => app.call('PUT', `/api/v1/user/${what}`, { token, body });

  it.each(changes)('is nothing any more where another was set while it was checked: %s', async (_, change) => {
    const user = await app.newUser();
    const client = await app.database.connect();
    try {
      await client.query('begin');
      await client.query("update users set password_hash = 'another' where id = $1", [user.id]);
      const answer = change(user);
      await Promise.race([answer, waitsForLock()]);
      await client.query('commit');
      expect((await answer).json).toMatchObject({ status: 403, code: 'wrong_password' });
    } finally {
      client.release();
    }
    const { rows } = await app.database.query(
      `select email, password_hash, (select count(*)::int from auth.mailed_links where new_email = 'intruder@example.com') as links
       from users where id = $1`,
      [user.id],
    );
    expect(rows).toEqual([{ email: user.email, password_hash: 'another', links: 0 }]);
  });
});

describe('a forgotten password', () => {
  it('is replaced by the link in the mail, once, and all sessions end', async () => {
    const user = await app.newUser();
    expect((await askForLink(user.email)).status).toBe(202);
    const mail = await sink.mailTo(user.email, 'new password');
    expect(mail.text).toContain('https://rentals.test/reset-password#');
    expect((await useLink(tokenIn(mail))).status).toBe(204);
    expect(await isOpen(user.token)).toBe(false);
    expect((await signIn(user.email, 'a whole new one')).status).toBe(200);
    const again = await useLink(tokenIn(mail), 'and another one');
    expect(again.json).toMatchObject({ status: 410, code: 'invalid_link' });
    expect((await signIn(user.email, 'a whole new one')).status).toBe(200);
  });

  it('is asked for in the same words whether there is an account or not, and mails nobody else', async () => {
    const user = await app.newUser();
    const known = await askForLink(user.email);
    const unknown = await askForLink('nobody@example.com');
    const withoutDate = ({ headers }: typeof known) =>
      [...headers].filter(([name]) => name !== 'date' && name !== 'x-request-id');
    expect([known.status, known.text, withoutDate(known)]).toEqual([
      unknown.status,
      unknown.text,
      withoutDate(unknown),
    ]);
    await sink.mailTo(user.email, 'new password');
    await app.services.background.idle();
    expect(sink.mails.filter(({ to }) => to === 'nobody@example.com')).toEqual([]);
  });

  it('is answered before anything is looked up, so that the time tells nothing', async () => {
    const user = await app.newUser();
    const { send } = app.services.mailer;
    const held = Promise.withResolvers<void>();
    app.services.mailer.send = (letter) => held.promise.then(() => send(letter));
    try {
      expect((await askForLink(user.email)).status).toBe(202);
      expect(resetMails(user.email)).toEqual([]);
    } finally {
      app.services.mailer.send = send;
      held.resolve();
    }
    await sink.mailTo(user.email, 'new password');
  });

  it('has one link at a time, for an hour, and only its hash is stored', async () => {
    const user = await app.newUser();
    await askForLink(user.email);
    const first = tokenIn(await sink.mailTo(user.email, 'new password'));
    await askForLink(user.email);
    await app.services.background.idle();
    const second = tokenIn(resetMails(user.email)[1]!);
    expect((await useLink(first)).status).toBe(410);
    const database = app.database;
    const { rows } = await database.query(
      `select * from auth.mailed_links where user_id = $1 and purpose = 'reset_password'`,
      [user.id],
    );
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(second);
    await database.query(`update auth.mailed_links set expires_at = now() where user_id = $1`, [user.id]);
    expect((await useLink(second)).status).toBe(410);
    expect(await isOpen(user.token)).toBe(true);
  });

  it('is used by one of two who try the link at the same time', async () => {
    const user = await app.newUser();
    await askForLink(user.email);
    const token = tokenIn(await sink.mailTo(user.email, 'new password'));
    const answers = await Promise.all([useLink(token), useLink(token)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 410]);
  });

  it.each(['', 'nonsense', 'x'.repeat(200), '../../etc', 'ä'])('is not replaced by the token "%s"', async (token) => {
    expect([410, 422]).toContain((await useLink(token)).status);
  });
});

describe('the address of a new account', () => {
  const confirm = (token: string) => app.call('POST', '/api/v1/auth/confirm-email', { body: { token } });
  const subject = 'Confirm your e-mail address';

  it('is to be confirmed by the link that went to it; all else works before', async () => {
    const user = await app.newUser();
    const { account } = trpcClient(app.url, user.token);
    const mail = await sink.mailTo(user.email, subject);
    expect(mail.text).toContain('https://rentals.test/confirm-email#');
    expect(await account.awaitsConfirmation.query()).toBe(true);
    expect((await confirm(tokenIn(mail))).json).toEqual({ email: user.email });
    expect(await account.awaitsConfirmation.query()).toBe(false);
    expect((await signIn(user.email, user.password)).status).toBe(200);
    await app.services.background.idle();
    expect(sink.mails.filter(({ to }) => to === user.email)).toEqual([mail]);
    await account.sendConfirmation.mutate(); // confirmed already: no mail
    expect(sink.mails.filter(({ to }) => to === user.email)).toEqual([mail]);
  });

  it('is asked for once more, and then the newer link counts', async () => {
    const user = await app.newUser();
    const first = await sink.mailTo(user.email, subject);
    await trpcClient(app.url, user.token).account.sendConfirmation.mutate();
    const second = sink.mails.findLast(({ to }) => to === user.email)!;
    expect((await confirm(tokenIn(first))).status).toBe(410);
    expect((await confirm(tokenIn(second))).status).toBe(200);
  });

  it('is no longer confirmed by its link once another one was asked for', async () => {
    const user = await app.newUser();
    const mail = await sink.mailTo(user.email, subject);
    const body = { new_email: `other-${user.email}`, password: user.password };
    await app.call('PUT', '/api/v1/user/email', { token: user.token, body });
    expect((await confirm(tokenIn(mail))).status).toBe(410);
  });
});

describe('another e-mail address', () => {
  const change = ({ token }: TestUser, email: string, password: string) =>
    app.call('PUT', '/api/v1/user/email', { token, body: { new_email: email, password } });
  const confirm = (token: string) => app.call('POST', '/api/v1/auth/confirm-email', { body: { token } });

  it('counts once the link that went to it is opened; the old one is told', async () => {
    const user = await app.newUser();
    const email = `new-${user.email}`;
    const asked = await change(user, email, user.password);
    expect(asked.json).toEqual({ status: 'confirmation_sent', email });
    expect((await signIn(email, user.password)).status).toBe(401);
    const mail = await sink.mailTo(email, 'Confirm');
    expect(mail.text).toContain('https://rentals.test/confirm-email#');
    expect((await confirm(tokenIn(mail))).json).toEqual({ email });
    expect((await signIn(email, user.password)).status).toBe(200);
    expect((await signIn(user.email, user.password)).status).toBe(401);
    await sink.mailTo(user.email, 'address was changed');
    expect((await confirm(tokenIn(mail))).status).toBe(410);
  });

  it('wants the password, and is nobody else’s', async () => {
    const [user, other] = [await app.newUser(), await app.newUser()];
    expect((await change(user, 'fresh@example.com', 'not this one')).json.code).toBe('wrong_password');
    expect((await change(user, other.email, user.password)).json.code).toBe('email_taken');
  });

  it('that somebody took meanwhile is refused when it is confirmed', async () => {
    const user = await app.newUser();
    const email = `wanted-${user.email}`;
    await change(user, email, user.password);
    const mail = await sink.mailTo(email, 'Confirm');
    await app.newUser(email);
    expect((await confirm(tokenIn(mail))).json.code).toBe('email_taken');
    expect((await signIn(user.email, user.password)).status).toBe(200);
  });

  it('closes links for a new password that went to the old one', async () => {
    const user = await app.newUser();
    await askForLink(user.email);
    const reset = tokenIn(await sink.mailTo(user.email, 'new password'));
    const email = `moved-${user.email}`;
    await change(user, email, user.password);
    await confirm(tokenIn(await sink.mailTo(email, 'Confirm')));
    expect((await useLink(reset)).status).toBe(410);
  });

  it('is not taken by a link for a new password, nor the other way round', async () => {
    const user = await app.newUser();
    await askForLink(user.email);
    const reset = tokenIn(await sink.mailTo(user.email, 'new password'));
    expect((await confirm(reset)).status).toBe(410);
    expect((await useLink(reset)).status).toBe(204);
  });
});

describe('a link that is opened while its user changes', () => {
  /** As who changes a password or an address does: the user first, the links then. */
  async function crossing(userId: string, open: () => ReturnType<typeof useLink>) {
    const holder = await app.database.connect();
    try {
      await holder.query('begin');
      await holder.query('update users set updated_at = now() where id = $1', [userId]);
      const answer = open();
      await waitsForLock();
      await holder.query('delete from auth.mailed_links where user_id = $1', [userId]);
      await holder.query('commit');
      return await answer;
    } finally {
      holder.release();
    }
  }

  it('waits for that, and neither fails', async () => {
    const user = await app.newUser();
    await askForLink(user.email);
    const reset = tokenIn(await sink.mailTo(user.email, 'new password'));
    expect((await crossing(user.id, () => useLink(reset))).json).toMatchObject({ status: 410, code: 'invalid_link' });
    const email = `crossing-${user.email}`;
    const body = { new_email: email, password: user.password };
    await app.call('PUT', '/api/v1/user/email', { token: user.token, body });
    const token = tokenIn(await sink.mailTo(email, 'Confirm'));
    const confirm = () => app.call('POST', '/api/v1/auth/confirm-email', { body: { token } });
    expect((await crossing(user.id, confirm)).json).toMatchObject({ status: 410, code: 'invalid_link' });
  });

  it('can be opened again where the address could not change', async () => {
    const user = await app.newUser();
    const email = `again-${user.email}`;
    await app.call('PUT', '/api/v1/user/email', {
      token: user.token,
      body: { new_email: email, password: user.password },
    });
    const token = tokenIn(await sink.mailTo(email, 'Confirm'));
    const confirm = () => app.call('POST', '/api/v1/auth/confirm-email', { body: { token } });
    await app.database.query(
      `create function refuse() returns trigger language plpgsql as $$ begin raise 'no'; end $$`,
    );
    await app.database.query('create trigger refuse before update on users for each row execute function refuse()');
    try {
      expect((await confirm()).status).toBe(500);
    } finally {
      await app.database.query('drop function refuse cascade');
    }
    expect((await confirm()).json).toEqual({ email });
  });
});
