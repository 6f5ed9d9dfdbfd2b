import { expect, it } from 'vitest';
import { demoAccountOf, ensureDemoAccount, offeredLogin } from '#lib/server/demo.ts';
import { useApp } from './support/app.ts';
import { quietTemporal } from './support/temporal-double.ts';

const temporal = quietTemporal();
const env = {
  DEMO_EMAIL: 'Demo@Example.com',
  DEMO_PASSWORD: 'demo password',
  DEMO_PORTAL_USERNAME: 'demo-dancer',
  DEMO_PORTAL_PASSWORD: 'portal password',
};
const app = await useApp({ temporal, env });

it('the demo account is offered to everybody but who has just chosen a password', () => {
  expect(offeredLogin(app.services.config, false)).toEqual(demoAccountOf(app.services.config));
  expect(offeredLogin(app.services.config, true)).toBeNull();
});

it('the demo account is made once, connected, and its sign-in is what the page shows', async () => {
  await ensureDemoAccount(app.services);
  await ensureDemoAccount(app.services);
  const body = demoAccountOf(app.services.config);
  expect(body).toEqual({ email: 'demo@example.com', password: 'demo password' });
  const { json } = await app.call('POST', '/api/v1/auth/token', { body });
  const credentials = await app.call('GET', '/api/v1/user/credentials', { token: json.access_token });
  expect(credentials.json.username).toBe('demo-dancer');
  expect(temporal.calls.filter((call) => call.startsWith('settingsChanged'))).toHaveLength(1);
});

it('credentials that the demo user removed stay removed at the next start', async () => {
  const { json } = await app.call('POST', '/api/v1/auth/token', { body: demoAccountOf(app.services.config) });
  await app.call('DELETE', '/api/v1/user/credentials', { token: json.access_token });
  await ensureDemoAccount(app.services);
  expect((await app.call('GET', '/api/v1/user/credentials', { token: json.access_token })).status).toBe(404);
});
