/** The web as it is run: the built pages behind our own server, as a browser and a proxy in front of it see them. */
import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import path from 'node:path';
import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { inProject } from '#platform/paths.ts';
import { sessionCookie } from '#lib/server/auth/sessions.ts';
import { restRoutes } from '#lib/server/rest/routes.ts';
import { startBuiltServer, type BuiltServer } from './support/built-server.ts';

let server: BuiltServer;
let url: string;

beforeAll(async () => {
  server = await startBuiltServer();
  url = server.url;
}, 300_000);

afterAll(() => server.close());

const get = (path: string, headers: Record<string, string> = {}) => fetch(url + path, { headers, redirect: 'manual' });

/** As a browser without scripts does. */
function submit(path: string, fields: Record<string, string>, headers: Record<string, string> = { origin: url }) {
  return fetch(url + path, {
    method: 'POST',
    body: new URLSearchParams(fields),
    headers: { accept: 'text/html', ...headers },
    redirect: 'manual',
  });
}

let accounts = 0;
const newLogin = () => ({ email: `page-${++accounts}@example.com`, password: 'correct horse battery' });

async function register(headers?: Record<string, string>) {
  const login = newLogin();
  const answer = await submit('/register', login, headers);
  expect(answer.status).toBe(303);
  return { login, cookies: answer.headers.getSetCookie() };
}

describe('a page', () => {
  it.each(['/', '/sign-in', '/register', '/api/docs'])(
    '%s runs no script and no style that is not ours',
    async (path) => {
      const answer = await get(path);
      const policy = answer.headers.get('content-security-policy')!;
      const directives = new Map(policy.split(';').map((part) => [part.trim().split(' ')[0]!, part.trim()]));
      expect(policy).not.toMatch(/unsafe-inline|unsafe-eval|(^|[ ;])\*|https?:/);
      for (const name of ['script-src', 'style-src', 'object-src', 'base-uri', 'form-action', 'frame-ancestors'])
        expect([...directives.keys()]).toContain(name);
      const nonce = /'nonce-([^']+)'/.exec(directives.get('script-src')!)?.[1];
      const html = await answer.text();
      for (const [tag] of html.matchAll(/<script(?![^>]*\bsrc=)[^>]*>/g)) expect(tag).toContain(`nonce="${nonce}"`);
      const styles = [...html.matchAll(/<style[^>]*>/g)];
      expect(styles.length).toBeGreaterThan(0);
      const styleNonce = /'nonce-([^']+)'/.exec(directives.get('style-src')!)?.[1];
      for (const [tag] of styles) expect(tag).toContain(`nonce="${styleNonce}"`);
    },
  );

  it('comes over TLS only, once it did', async () => {
    expect((await get('/')).headers.has('strict-transport-security')).toBe(false);
    const secure = await get('/', { 'x-forwarded-proto': 'https' });
    expect(secure.headers.get('strict-transport-security')).toBe('max-age=31536000');
  });

  it('of somebody’s own is kept by nothing, and only its owner gets it', async () => {
    const { cookies } = await register();
    const page = await get('/dashboard', { cookie: cookies.map((cookie) => cookie.split(';')[0]).join('; ') });
    expect([page.status, page.headers.get('cache-control')]).toEqual([200, 'no-store']);
    const nobody = await get('/dashboard');
    expect([nobody.status, nobody.headers.get('location')]).toEqual([303, '/sign-in?to=%2Fdashboard']);
  });

  it('of a session that has ended leads to a sign-in that says so', async () => {
    const answer = await get('/calendar', { cookie: `${sessionCookie}=of.before` });
    expect([answer.status, answer.headers.get('location')]).toEqual([303, '/sign-in?to=%2Fcalendar&ended=']);
    expect(await (await get('/sign-in?to=%2Fcalendar&ended=')).text()).toContain('You were signed out.');
  });
});

describe('every page under (app)', () => {
  const folder = inProject('web/src/routes/(app)');
  const pages = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => path.basename(file) === '+page.svelte')
    .map(
      (file) =>
        `/${path
          .dirname(file)
          .replace('(views)', '')
          .replaceAll(/\[\w+\]/g, randomUUID())}`,
    )
    .map((page) => page.replaceAll('//', '/').replace(/(?<=.)\/$/, ''));

  it.each(pages)('%s sends nobody’s page, data and form to the sign-in', async (page) => {
    const target = `/sign-in?to=${encodeURIComponent(page)}`;
    const [html, form] = [await get(page), await submit(page, { name: 'x' })];
    expect([html.status, html.headers.get('location')]).toEqual([303, target]);
    expect([form.status, form.headers.get('location')]).toEqual([303, target]);
    const data = await get(`${page}/__data.json`);
    expect(await data.json()).toEqual({ type: 'redirect', status: 303, location: target });
  });
});

describe('the page about the API', () => {
  it('shows every call and every error, with code set as code', async () => {
    const answer = await get('/api/docs');
    const text = await answer.text();
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/html']);
    for (const { path } of restRoutes) expect(text).toContain(`${path}</code>`);
    expect(text).toContain('id="temporal_unavailable"');
    expect(text.replace(/<script[^]*?<\/script>/g, '')).not.toContain('`');
  });

  it('comes as data too, where a link within the app leads to it', async () => {
    expect((await get('/api/docs/__data.json?x-sveltekit-invalidated=01')).status).toBe(200);
    expect((await get('/api/v1/user/profile?x-sveltekit-invalidated=01')).status).toBe(400);
  });
});

describe('a session’s cookie', () => {
  it('is out of reach for scripts and other sites, and for plain connections once TLS is there', async () => {
    const plain = (await register()).cookies.find((cookie) => cookie.includes('session_token'))!;
    expect(plain).toMatch(/; *HttpOnly/i);
    expect(plain).toMatch(/; *SameSite=Lax/i);
    expect(plain).not.toMatch(/; *Secure/i);
    const host = new URL(url).host;
    const behindTls = await register({ 'x-forwarded-proto': 'https', origin: `https://${host}` });
    for (const cookie of behindTls.cookies) expect(cookie).toMatch(/; *Secure/i);
  });
});

describe('two-factor sign-in', () => {
  const cookiesOf = (answer: Response) =>
    answer.headers
      .getSetCookie()
      .map((cookie) => cookie.split(';')[0])
      .join('; ');

  it('is set up and used by pages alone, and the password by itself opens none', async () => {
    const { login, cookies } = await register();
    const cookie = cookies.map((set) => set.split(';')[0]).join('; ');
    const change = async (action: string, fields: Record<string, string>) => {
      const answer = await submit(`/settings/account?/${action}`, fields, { origin: url, cookie });
      return answer.text();
    };
    const secret = /value="([A-Z2-7]{32})"/.exec(await change('twoFactorBegin', { password: login.password }))![1]!;
    const totp = new TOTP({ secret: Secret.fromBase32(secret) });
    const codes = await change('twoFactorEnable', { code: totp.generate() });
    const recovery = /<code[^>]*>([a-z2-7]{4}(?:-[a-z2-7]{4}){3})<\/code>/.exec(codes)![1]!;

    const first = await submit('/sign-in?to=/changes', login);
    expect([first.status, first.headers.get('location')]).toEqual([303, '/sign-in/code?to=%2Fchanges']);
    expect(cookiesOf(first)).not.toContain('session_token');
    expect((await get('/dashboard', { cookie: cookiesOf(first) })).status).toBe(303);
    expect(await (await get('/sign-in/code', { cookie: cookiesOf(first) })).text()).toContain('authenticator app');
    expect((await get('/sign-in/code')).headers.get('location')).toBe('/sign-in');
    // Too late with the code: where it was to lead to is not lost.
    expect((await get('/sign-in/code?to=/changes')).headers.get('location')).toBe('/sign-in?to=%2Fchanges');

    const withCode = (code: string) =>
      submit('/sign-in/code?to=/changes', { code }, { origin: url, cookie: cookiesOf(first) });
    expect((await withCode('aaaa-aaaa-aaaa-aaaa')).status).toBe(401);
    const second = await withCode(recovery);
    expect([second.status, second.headers.get('location')]).toEqual([303, '/changes']);
    expect((await get('/dashboard', { cookie: cookiesOf(second) })).status).toBe(200);
  });
});

describe('a form', () => {
  it.each([['https://evil.example'], ['null'], [undefined]])('sent from %s is refused', async (origin) => {
    const { login } = await register();
    const headers: Record<string, string> = origin ? { origin } : {};
    const answer = await submit('/sign-in', login, headers);
    expect(answer.status).toBe(403);
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  it.each([
    '//evil.example',
    'https://evil.example',
    '/\\evil.example',
    '/%5Cevil.example',
    'javascript:alert(1)',
    '/\t/evil.example',
    '%2F%2Fevil.example',
    '',
  ])('leads nowhere else, whatever the address says: %j', async (to) => {
    const { login } = await register();
    const answer = await submit(`/sign-in?to=${encodeURIComponent(to)}`, login);
    const target = new URL(answer.headers.get('location')!, url);
    expect([answer.status, target.origin]).toEqual([303, url]);
  });

  it('leads on to the page that one came for', async () => {
    const { login } = await register();
    const answer = await submit(`/sign-in?to=${encodeURIComponent('/history?page=2')}`, login);
    expect(answer.headers.get('location')).toBe('/history?page=2');
  });

  it('says the same for a wrong password and an unknown account', async () => {
    const { login } = await register();
    const textOf = async (email: string) => {
      const answer = await submit(
        '/sign-in',
        { email, password: 'not this one' },
        { origin: url, accept: 'application/json' },
      );
      return (await answer.text()).replaceAll(email, 'EMAIL');
    };
    expect(await textOf(login.email)).toBe(await textOf('nobody@example.com'));
  });

  it('with a huge body is refused', async () => {
    const answer = await submit('/sign-in', { email: 'x'.repeat(300_000), password: 'x' });
    expect(answer.status).toBe(413);
  });
});

describe('the local mail', () => {
  it('is read on this machine, and nowhere else', async () => {
    const { login } = await register();
    const body = JSON.stringify({ email: login.email });
    const headers = { 'content-type': 'application/json' };
    const asked = await fetch(`${url}/api/v1/auth/password-reset`, { method: 'POST', body, headers });
    expect(asked.status).toBe(202);
    const page = await shownMail(login.email);
    expect(page).toMatch(/<a href="http:\/\/127\.0\.0\.1:\d+\/reset-password#[\w-]{43}">/);
    expect((await get('/dev/mail', { 'x-forwarded-for': '203.0.113.7' })).status).toBe(404);
    expect(await statusAs('evil.example')).toBe(404);
  });

  /** A name of somebody else's that leads to this machine. */
  function statusAs(host: string): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const asked = httpRequest(`${url}/dev/mail`, { headers: { host } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      asked.on('error', reject).end();
    });
  }

  /** It is written after the answer. */
  async function shownMail(email: string): Promise<string> {
    for (;;) {
      const page = await get('/dev/mail');
      expect(page.status).toBe(200);
      const text = await page.text();
      if (text.includes(email)) return text;
    }
  }
});

describe('a calendar feed', () => {
  it('answers HEAD like GET, and says of every other method that it is none', async () => {
    const body = JSON.stringify({ email: `${randomUUID()}@example.com`, password: 'correct horse battery' });
    const headers = { 'content-type': 'application/json' };
    const registered = await fetch(`${url}/api/v1/auth/register`, { method: 'POST', headers, body });
    const { calendar_url: feed } = (await registered.json()) as { calendar_url: string };
    const ask = (method: string, more = {}) =>
      fetch(url + new URL(feed).pathname, { method, headers: { 'accept-encoding': 'identity', ...more } });
    const [head, whole] = [await ask('HEAD'), await ask('GET')];
    expect([head.status, await head.text(), whole.status]).toEqual([200, '', 200]);
    for (const name of ['etag', 'last-modified', 'content-type', 'content-length', 'cache-control'])
      expect([name, head.headers.get(name)]).toEqual([name, whole.headers.get(name)]);
    for (const method of ['PROPFIND', 'REPORT', 'MKCALENDAR', 'PUT', 'DELETE', 'PATCH']) {
      const answer = await ask(method);
      expect([method, answer.status, answer.headers.get('allow')]).toEqual([method, 405, 'GET, HEAD, OPTIONS']);
    }
    expect((await ask('POST', { 'content-type': 'text/plain', origin: 'https://evil.test' })).status).toBe(405);
  });
});

describe('/gibney', () => {
  it('leads to the sign-in of the portal, signed in or not, and keeps nothing', async () => {
    const cookie = (await register()).cookies[0]!.split(';')[0]!;
    for (const answer of [await get('/gibney'), await get('/gibney', { cookie })]) {
      expect([answer.status, answer.headers.get('location')]).toEqual([302, 'http://127.0.0.1:1/s/login']);
      expect(answer.headers.get('referrer-policy')).toBe('strict-origin-when-cross-origin');
    }
  });
});

describe('the log', () => {
  it('tells of what is away, and holds no password, cookie or token', async () => {
    const { login, cookies } = await register();
    const headers = { 'content-type': 'application/json' };
    const call = (method: string, path: string, body: object, more = {}) =>
      fetch(`${url}/api/v1${path}`, { method, headers: { ...headers, ...more }, body: JSON.stringify(body) });
    const signedIn = await call('POST', '/auth/token', login);
    const { access_token: token } = (await signedIn.json()) as { access_token: string };
    const portal = { username: 'ann', password: 'planted-portal-password' };
    await call('PUT', '/user/credentials', portal, { authorization: `Bearer ${token}` });
    await call('POST', '/auth/token', { ...login, password: 'planted wrong guess' });
    await call('PUT', '/auth/password-reset', { token: 'planted-token', new_password: 'long enough' });
    await vi.waitFor(() => expect(server.output()).toContain('settings changed while Temporal was away'));
    const cookie = cookies[0]!.split(';')[0]!.split('=')[1]!;
    for (const secret of [login.password, portal.password, token, cookie, 'planted wrong guess', 'planted-token'])
      expect(server.output()).not.toContain(secret);
  });
});
