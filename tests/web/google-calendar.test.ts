/** Connecting Google Calendar: asked on its page, answered to the browser that asked, once; and nothing is kept by half. */
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { googleEnv, googleError, startStandInGoogle } from '../support/stand-in-google.ts';
import { until } from '../support/until.ts';
import { startApp, useApp } from './support/app.ts';
import type { TestUser } from './support/app.ts';
import { wholeDatabase } from './support/whole-database.ts';
import { quietTemporal } from './support/temporal-double.ts';

const temporal = quietTemporal();
const google = await startStandInGoogle();
const app = await useApp({ temporal, env: { OUTBOUND_ALLOW: '127.0.0.1', ...googleEnv(google.url) } });
const path = '/api/v1/user/calendar-connections';
let user: TestUser;
let cookie: string;

beforeEach(async () => {
  user = await app.newUser();
  cookie = await app.cookieOf(user);
  Object.assign(google.quirks, { answer: () => false, leavesOut: false, withoutRefreshToken: false });
  google.refreshTokens.clear();
  google.calendars.clear();
  google.asked.length = 0;
  temporal.calls.length = 0;
});
afterAll(() => google.close());

const get = (url: string, cookies = cookie) => app.call('GET', url, { headers: { cookie: cookies } });
const locationOf = ({ headers }: { headers: Headers }) => headers.get('location')!;

/** As the browser follows the link: where Google would ask, and the cookie that is kept until it answers. */
async function begin(cookies = cookie) {
  const asked = await get('/calendar/google/start', cookies);
  expect(asked.status).toBe(303);
  const [kept = ''] = asked.headers.getSetCookie().map((one) => one.split(';')[0]!);
  return { url: new URL(locationOf(asked), app.url), kept, setCookie: asked.headers.get('set-cookie')! };
}

/** What the person presses there: the address that leads back to us. */
async function answered(url: URL, link: 'Allow' | 'Cancel' = 'Allow'): Promise<string> {
  const page = await (await fetch(url)).text();
  const href = new RegExp(`href="([^"]*)">${link}<`).exec(page)?.[1];
  if (!href) throw new Error(`Google's page says ${page}`);
  const back = new URL(href.replaceAll('&amp;', '&'));
  return back.pathname + back.search;
}

async function connect(link?: 'Allow' | 'Cancel'): Promise<string> {
  const { url, kept } = await begin();
  return locationOf(await get(await answered(url, link), `${cookie}; ${kept}`));
}

const outcome = (location: string) => /^\/calendar\?google=(\w+)#push$/.exec(location)?.[1];
const connections = async (): Promise<Record<string, unknown>[]> =>
  (await app.call('GET', path, { token: user.token })).json.connections;

/** Nothing of what was tried is here, or at Google. */
async function expectNothingKept(): Promise<void> {
  expect(await connections()).toEqual([]);
  expect([google.calendars.size, google.refreshTokens.size, temporal.calls]).toEqual([0, 0, []]);
}

it('asks for one scope with a proof of its own, for later use, and keeps the rest with the browser', async () => {
  const { url, kept, setCookie } = await begin();
  expect(url.origin + url.pathname).toBe(`${google.url}/o/oauth2/v2/auth`);
  expect(Object.fromEntries(url.searchParams)).toEqual({
    client_id: 'gibney-sync.apps.example',
    redirect_uri: 'http://127.0.0.1:3000/calendar/google/callback',
    response_type: 'code',
    scope: 'https://www.googleapis.com/auth/calendar.app.created',
    access_type: 'offline',
    prompt: 'consent',
    state: expect.stringMatching(/^[\w-]{43}$/),
    code_challenge: expect.stringMatching(/^[\w-]{43}$/),
    code_challenge_method: 'S256',
  });
  expect(setCookie).toMatch(/^gibney-sync\.google=v1\./);
  expect(decodeURIComponent(kept)).not.toContain(url.searchParams.get('state'));
});

it('makes a calendar of our own, stores the token sealed, and tells the worker', async () => {
  expect(outcome(await connect())).toBe('connected');
  const [made] = await connections();
  expect(made).toMatchObject({ kind: 'google', name: 'Gibney rentals', username: 'Google Calendar', state: 'filling' });
  expect([...google.calendars.values()]).toEqual([
    { summary: 'Gibney rentals', timeZone: 'America/New_York', events: new Map() },
  ]);
  expect(temporal.calls).toEqual([`pushCalendar ${made!.id as string}`]);
  const exported = await app.call('GET', '/api/v1/user/export', { token: user.token });
  expect(exported.json.calendar_connections).toHaveLength(1);
  expect(exported.text + JSON.stringify(made) + (await wholeDatabase(app.database))).not.toContain('planted');
  for (const { path: asked, query } of google.asked) expect(`${asked}?${query.toString()}`).not.toContain('planted');
});

describe('keeps nothing where', () => {
  it('the person says no', async () => {
    expect(outcome(await connect('Cancel'))).toBe('denied');
    await expectNothingKept();
  });

  it('what was asked for is left out', async () => {
    google.quirks.leavesOut = true;
    expect(outcome(await connect())).toBe('scope_missing');
    await expectNothingKept();
  });

  it('there is no refresh token', async () => {
    google.quirks.withoutRefreshToken = true;
    expect(outcome(await connect())).toBe('no_refresh_token');
    await expectNothingKept();
  });

  it('the answer is for another state, another browser’s session, or nobody asked', async () => {
    const { url, kept } = await begin();
    const back = await answered(url);
    const both = `${cookie}; ${kept}`;
    expect(outcome(locationOf(await get(back.replace(/state=[^&]*/, 'state=made-up'), both)))).toBe('mismatch');
    expect(outcome(locationOf(await get(back.replace(/state=[^&]*&/, ''), both)))).toBe('mismatch');
    expect(outcome(locationOf(await get(back)))).toBe('mismatch');
    const another = await app.cookieOf(user);
    expect(outcome(locationOf(await get(back, `${another}; ${kept}`)))).toBe('mismatch');
    const stranger = await app.cookieOf(await app.newUser());
    expect(outcome(locationOf(await get(back, `${stranger}; ${kept}`)))).toBe('mismatch');
    expect(google.count('POST', '/token')).toBe(0);
    await expectNothingKept();
  });

  it('the session is over, and the code goes into no other address', async () => {
    const { url, kept } = await begin();
    const location = locationOf(await get(await answered(url), kept));
    expect(location).toBe(`/sign-in?to=${encodeURIComponent('/calendar?google=signed_out#push')}`);
    await expectNothingKept();
  });

  it.each([
    ['token', 503, 'unavailable'],
    ['token', 401, 'failed'],
    ['calendars', 403, 'not_allowed'],
    ['calendars', 500, 'unavailable'],
  ] as const)('%s is answered %i: %s', async (part, status, expected) => {
    google.quirks.answer = (asked, response) => {
      if (!asked.path.endsWith(part)) return false;
      response.writeHead(status, { 'content-type': 'application/json' }).end('{"error":"invalid_client"}');
      return true;
    };
    expect(outcome(await connect())).toBe(expected);
    await expectNothingKept();
  });
});

it('takes an answer once, though it comes twice', async () => {
  const { url, kept } = await begin();
  const back = await answered(url);
  const both = `${cookie}; ${kept}`;
  const first = await get(back, both);
  expect(outcome(locationOf(first))).toBe('connected');
  expect(first.headers.get('set-cookie')).toMatch(/^gibney-sync\.google=;/);
  // As a browser that has kept the cookie all the same.
  expect(outcome(locationOf(await get(back, both)))).toBe('code_used');
  expect(await connections()).toHaveLength(1);
  expect(google.refreshTokens.size).toBe(1);
});

it('is connected once: who comes again allows it anew, for the same calendar only', async () => {
  await connect();
  const [{ id }] = (await connections()) as [{ id: string }];
  const [before] = google.refreshTokens;
  await app.database.query(
    `update calendar_connections set state = 'needs_you', error = 'access_revoked' where id = $1`,
    [id],
  );
  google.refreshTokens.delete(before!);
  temporal.calls.length = 0;
  expect(outcome(await connect())).toBe('allowed');
  expect(temporal.calls).toEqual([`pushCalendar ${id}`]);
  expect([google.calendars.size, (await connections()).length]).toEqual([1, 1]);
});

it('says that the calendar may have been deleted, and ends no access over it', async () => {
  await connect();
  google.calendars.clear();
  expect(outcome(await connect())).toBe('calendar_gone');
  expect(google.refreshTokens.size).toBe(2);
});

it('gives access to another account back, while its own goes on', async () => {
  await connect();
  const [own] = google.refreshTokens;
  let looks = 0;
  google.quirks.answer = ({ method, path: asked }, response) => {
    if (method !== 'GET' || !asked.startsWith('/calendar/') || ++looks > 1) return false;
    googleError(response, 404, 'notFound');
    return true;
  };
  expect(outcome(await connect())).toBe('other_account');
  expect([...google.refreshTokens]).toEqual([own]);
});

it('takes no app password, and names no other calendars', async () => {
  await connect();
  const [{ id }] = (await connections()) as [{ id: string }];
  const { token } = user;
  const again = await app.call('POST', `${path}/${id}/retry`, { token, body: { password: 'mine' } });
  expect([again.status, again.json.code]).toEqual([422, 'validation_failed']);
  expect((await app.call('POST', `${path}/${id}/retry`, { token })).status).toBe(202);
  expect((await app.call('GET', `${path}/${id}/others`, { token })).json).toEqual({ calendars: [] });
  const watched = { calendar_urls: [`${google.url}/calendar/v3/calendars/primary`] };
  expect((await app.call('PUT', `${path}/${id}/busy-calendars`, { token, body: watched })).json.code).toBe(
    'calendar_gone',
  );
});

it('that is being disconnected has to be out before it is connected again', async () => {
  await connect();
  const [{ id }] = (await connections()) as [{ id: string }];
  temporal.calls.length = 0;
  expect((await app.call('DELETE', `${path}/${id}?keep_events=true`, { token: user.token })).status).toBe(204);
  // The worker gives access back.
  expect(temporal.calls).toEqual([`pushCalendar ${id}`]);
  const asked = await get('/calendar/google/start');
  expect(outcome(locationOf(asked))).toBe('removing');
});

it('of five calendars at most', async () => {
  await app.database.query(
    `insert into calendar_connections (user_id, server_url, username, password_sealed, calendar_url, name)
     select $1, 'https://c.test/', 'ann', '', 'https://c.test/' || n, 'Other' from generate_series(1, 5) n`,
    [user.id],
  );
  expect(outcome(await connect())).toBe('too_many');
  expect([google.calendars.size, google.refreshTokens.size]).toEqual([0, 0]);
});

it('gives access back when the account is deleted', async () => {
  await connect();
  expect(google.refreshTokens.size).toBe(1);
  const { token, password } = user;
  expect((await app.call('DELETE', '/api/v1/user', { token, body: { password } })).status).toBe(204);
  await until('access is given back', () => google.refreshTokens.size === 0);
});

it('is not there where it is not configured', async () => {
  const off = await startApp();
  try {
    const other = await off.newUser();
    for (const page of ['start', 'callback?code=1&state=2']) {
      const headers = { cookie: await off.cookieOf(other) };
      const answer = await off.call('GET', `/calendar/google/${page}`, { headers });
      expect(answer.status).toBe(404);
    }
  } finally {
    await off.close();
  }
});
