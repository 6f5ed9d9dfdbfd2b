/** Secrets are planted by every way in; then the whole database and the answers are searched for them. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startApp } from './support/app.ts';
import type { App } from './support/app.ts';
import { startMailSink, tokenIn } from './support/mail-sink.ts';
import type { MailSink } from './support/mail-sink.ts';
import { wholeDatabase } from './support/whole-database.ts';

let sink: MailSink;
let app: App;

beforeAll(async () => {
  sink = await startMailSink();
  app = await startApp({ env: { SMTP_URL: sink.url } });
});
afterAll(async () => {
  await app.close();
  await sink.close();
});

it('no secret is in the database or in an answer that is not about it', async () => {
  const user = await app.newUser();
  const { token } = user;
  const portal = { username: 'planted-user', password: 'planted-portal-password' };
  await app.call('PUT', '/api/v1/user/credentials', { token, body: portal });
  const made = await app.call('POST', '/api/v1/user/api-keys', { token, body: { name: 'Key', scopes: ['manage'] } });
  await app.call('POST', '/api/v1/auth/password-reset', { body: { email: user.email } });
  const reset = tokenIn(await sink.mailTo(user.email, 'new password'));
  const database = await wholeDatabase(app.database);
  expect(database).toContain('planted-user');
  const signature = token.split('.')[1]!;
  const feed = user.calendarUrl.split('/').at(-1)!.replace('.ics', '');
  const secrets = [user.password, portal.password, made.json.key as string, reset, signature, feed];
  for (const secret of secrets) expect(database).not.toContain(secret);
  for (const path of ['profile', 'credentials', 'api-keys', 'sessions', 'export', 'sync/status']) {
    const { status, text } = await app.call('GET', `/api/v1/user/${path}`, { token });
    expect(status).toBe(200);
    for (const secret of secrets.filter((each) => each !== feed)) expect(text).not.toContain(secret);
  }
});
