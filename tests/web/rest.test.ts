import { describe, expect, it } from 'vitest';
import { refusalCodes } from '#domain/sync-client.ts';
import { absentJob } from './support/access-rules.ts';
import { useApp } from './support/app.ts';
import { seedRows } from './support/rows.ts';
import { quietTemporal } from './support/temporal-double.ts';

const temporal = quietTemporal();
const app = await useApp({ temporal });

describe('an account', () => {
  it('is made once, and its e-mail is the same in any case', async () => {
    const body = { email: 'Once@Example.com', password: 'long enough' };
    const first = await app.call('POST', '/api/v1/auth/register', { body });
    expect(first.status).toBe(201);
    expect(first.json).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      email: 'once@example.com',
      calendar_url: expect.stringMatching(/\/calendar\/[\w-]{43}\.ics$/),
    });
    const second = await app.call('POST', '/api/v1/auth/register', { body: { ...body, email: 'ONCE@example.com' } });
    expect(second.status).toBe(409);
    expect(second.json.code).toBe('email_taken');
  });

  it('is made once where two ask at the same time', async () => {
    const body = { email: 'race@example.com', password: 'long enough' };
    const answers = await Promise.all([1, 2, 3].map(() => app.call('POST', '/api/v1/auth/register', { body })));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
  });

  it('gives a token that says who one is', async () => {
    const user = await app.newUser();
    const signedIn = await app.call('POST', '/api/v1/auth/token', {
      body: { email: user.email, password: user.password },
    });
    expect(signedIn.json).toEqual({ access_token: expect.any(String), token_type: 'bearer', expires_in: 2_592_000 });
    const profile = await app.call('GET', '/api/v1/user/profile', { token: signedIn.json.access_token });
    expect(profile.json).toMatchObject({ id: user.id, email: user.email, calendar_url: user.calendarUrl });
  });

  it('does not tell a wrong password from an unknown account', async () => {
    const user = await app.newUser();
    const wrong = await app.call('POST', '/api/v1/auth/token', {
      body: { email: user.email, password: 'not this one' },
    });
    const unknown = await app.call('POST', '/api/v1/auth/token', {
      body: { email: 'nobody@example.com', password: 'not this one' },
    });
    expect(wrong.status).toBe(401);
    expect(wrong.json).toEqual({ ...unknown.json });
  });

  it('does not take the token as the database holds it', async () => {
    const user = await app.newUser();
    const { rows } = await app.database.query('select token_hash from auth.sessions where user_id = $1', [user.id]);
    const { token_hash: hash } = rows[0] as { token_hash: string };
    const [token, signature] = user.token.split('.');
    for (const made of [hash, `${hash}.${signature}`, token!, `${token}.${signature!.toLowerCase()}`])
      expect((await app.call('GET', '/api/v1/user/profile', { token: made })).status).toBe(401);
  });

  it('is gone with everything when it is deleted, and its workflow is told to stop', async () => {
    const user = await app.newUser();
    await app.call('PUT', '/api/v1/user/credentials', { token: user.token, body: { username: 'u', password: 'p' } });
    const { token, password } = user;
    for (const [body, status] of [
      [undefined, 422],
      [{ password: 'not this one' }, 403],
    ] as const)
      expect((await app.call('DELETE', '/api/v1/user', { token, body })).status).toBe(status);
    const deleted = await app.call('DELETE', '/api/v1/user', { token, body: { password } });
    expect(deleted.status).toBe(204);
    expect(temporal.calls).toContain(`stop ${user.id}`);
    expect((await app.call('GET', '/api/v1/user/profile', { token: user.token })).status).toBe(401);
    expect((await app.call('GET', new URL(user.calendarUrl).pathname)).status).toBe(404);
    const again = await app.call('POST', '/api/v1/auth/register', {
      body: { email: user.email, password: user.password },
    });
    expect(again.status).toBe(201);
  });
});

describe('portal credentials', () => {
  it('go in as they are, and the password never comes out', async () => {
    const user = await app.newUser();
    const password = '  spaced \u00e9 secret-4711 ';
    const saved = await app.call('PUT', '/api/v1/user/credentials', {
      token: user.token,
      body: { username: ' ann ', password },
    });
    expect(saved.status).toBe(200);
    expect(saved.json).toEqual({ username: ' ann ', updated_at: expect.any(String), paused_reason: null });
    const read = await app.call('GET', '/api/v1/user/credentials', { token: user.token });
    expect(read.json).toEqual(saved.json);
    expect(saved.text + read.text).not.toContain('4711');
    expect(temporal.calls).toContain(`settingsChanged ${user.id}`);
  });

  it('are saved while Temporal is away', async () => {
    const user = await app.newUser();
    temporal.away = true;
    const saved = await app.call('PUT', '/api/v1/user/credentials', {
      token: user.token,
      body: { username: 'u', password: 'p' },
    });
    temporal.away = false;
    expect(saved.status).toBe(200);
    expect((await app.call('GET', '/api/v1/user/credentials', { token: user.token })).json.username).toBe('u');
  });

  it('are answered as they were saved where they are deleted in the next moment', async () => {
    const { token } = await app.newUser();
    const tell = app.services.syncClient.settingsChanged;
    app.services.syncClient.settingsChanged = async (userId) => {
      app.services.syncClient.settingsChanged = tell;
      expect((await app.call('DELETE', '/api/v1/user/credentials', { token })).status).toBe(204);
      return tell(userId);
    };
    const saved = await app.call('PUT', '/api/v1/user/credentials', { token, body: { username: 'u', password: 'p' } });
    expect(saved).toMatchObject({ status: 200, json: { username: 'u' } });
  });

  it('may be the same for several users', async () => {
    const [one, other] = [await app.newUser(), await app.newUser()];
    for (const { token } of [one, other]) {
      const saved = await app.call('PUT', '/api/v1/user/credentials', {
        token,
        body: { username: 'same', password: 'p' },
      });
      expect(saved.status).toBe(200);
    }
  });

  it('are not found before they are saved and after they are deleted', async () => {
    const { token } = await app.newUser();
    expect((await app.call('GET', '/api/v1/user/credentials', { token })).status).toBe(404);
    await app.call('PUT', '/api/v1/user/credentials', { token, body: { username: 'u', password: 'p' } });
    expect((await app.call('DELETE', '/api/v1/user/credentials', { token })).status).toBe(204);
    expect((await app.call('GET', '/api/v1/user/credentials', { token })).status).toBe(404);
    expect((await app.call('DELETE', '/api/v1/user/credentials', { token })).status).toBe(204);
  });
});

describe('a sync', () => {
  it('starts with a body-less POST, and fifty requests at once get one job', async () => {
    const user = await app.newUser();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => app.call('POST', '/api/v1/user/sync', { token: user.token })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    expect(new Set(answers.map(({ json }) => json.job_id)).size).toBe(1);
    expect(answers.some(({ json }) => json.message === 'Sync started successfully' && json.status === 'pending')).toBe(
      true,
    );
    const joined = await app.call('POST', '/api/v1/user/sync', { token: user.token, body: {} });
    expect(joined.json).toEqual({
      job_id: answers[0]!.json.job_id,
      message: 'Sync already in progress',
      status: 'pending',
    });
  });

  it('is in the status at once, and its log is empty before its run begins', async () => {
    const user = await app.newUser();
    const { json: started } = await app.call('POST', '/api/v1/user/sync', { token: user.token });
    const status = await app.call('GET', '/api/v1/user/sync/status', { token: user.token });
    expect(status.json).toMatchObject({
      job: { id: started.job_id, status: 'pending', triggered_manually: true },
      state: 'pending',
      live: true,
    });
    const logs = await app.call('GET', `/api/v1/user/sync/job/${started.job_id}/logs`, { token: user.token });
    expect(logs.json).toEqual({ logs: [], next_cursor: null });
  });

  it.each(refusalCodes)('is refused with 409 and the code %s', async (code) => {
    const user = await app.newUser();
    temporal.refusals.set(user.id, code);
    const refused = await app.call('POST', '/api/v1/user/sync', { token: user.token });
    expect(refused.status).toBe(409);
    expect(refused.json).toMatchObject({ code, status: 409, detail: expect.stringMatching(/\.$/) });
  });

  it('is 503 with a time to try again where Temporal does not answer', async () => {
    const user = await app.newUser();
    temporal.away = true;
    const refused = await app.call('POST', '/api/v1/user/sync', { token: user.token });
    temporal.away = false;
    expect(refused.status).toBe(503);
    expect(refused.json.code).toBe('temporal_unavailable');
    expect(refused.headers.get('retry-after')).toBe('5');
  });

  it('has a status while Temporal does not answer, marked as not live', async () => {
    const user = await app.newUser();
    temporal.away = true;
    const status = await app.call('GET', '/api/v1/user/sync/status', { token: user.token });
    temporal.away = false;
    expect(status.json).toMatchObject({ job: null, state: 'not_connected', live: false });
  });

  it('is cancelled by DELETE', async () => {
    const user = await app.newUser();
    expect((await app.call('DELETE', '/api/v1/user/sync', { token: user.token })).status).toBe(204);
    expect(temporal.calls).toContain(`cancelSync ${user.id}`);
  });

  it('is cancelled by its id, and no other one is', async () => {
    const [user, stranger] = [await app.newUser(), await app.newUser()];
    const cancel = (jobId: string, { token } = user) =>
      app.call('DELETE', `/api/v1/user/sync?job_id=${jobId}`, { token });
    const past = (await seedRows(app.databaseUrl, user.id, 'R-cancel')).jobId;
    const { json: started } = await app.call('POST', '/api/v1/user/sync', { token: user.token });
    const canceled = () => temporal.calls.filter((call) => call.startsWith(`cancelSync ${user.id}`));
    expect((await cancel(past)).json).toMatchObject({ status: 409, code: 'not_under_way' });
    expect((await cancel(absentJob)).json).toMatchObject({ status: 404, code: 'not_found' });
    expect((await cancel('nonsense')).status).toBe(422);
    for (const id of [past, started.job_id]) expect((await cancel(id, stranger)).status).toBe(404);
    expect(canceled()).toEqual([]);
    expect((await cancel(started.job_id)).status).toBe(204);
    expect(canceled()).toEqual([`cancelSync ${user.id} ${started.job_id}`]);
    const status = temporal.statuses.get(user.id)!;
    temporal.statuses.set(user.id, { ...status, queuedJobId: absentJob });
    expect((await cancel(absentJob)).status).toBe(204);
    expect(canceled()).toHaveLength(2);
  });
});

describe('one of a list', () => {
  it('is found by its owner only, and so are its changes', async () => {
    const [user, stranger] = [await app.newUser(), await app.newUser()];
    const { jobId, bookingId, name } = await seedRows(app.databaseUrl, user.id, 'R-one');
    const get = async (path: string, { token } = user) => app.call('GET', `/api/v1${path}`, { token });
    expect((await get(`/user/bookings/${bookingId}`)).json).toMatchObject({ booking: { id: bookingId, name } });
    expect((await get(`/user/sync/job/${jobId}`)).json).toMatchObject({ id: jobId, status: 'completed', added: 1 });
    for (const path of [`/user/bookings/${bookingId}`, `/user/sync/job/${jobId}`])
      expect((await get(path, stranger)).status).toBe(404);
    for (const [filter, id] of [
      ['booking_id', bookingId],
      ['job_id', jobId],
    ] as const) {
      expect((await get(`/user/changes?${filter}=${id}`)).json.changes).toHaveLength(1);
      expect((await get(`/user/changes?${filter}=${absentJob}`)).json.changes).toEqual([]);
    }
    expect((await get('/user/sync/history?error_code=internal')).json.jobs).toEqual([]);
  });
});

describe('the calendar feed', () => {
  it('needs no login, and is not sent again to who has it', async () => {
    const user = await app.newUser();
    const path = new URL(user.calendarUrl).pathname;
    const feed = await app.call('GET', path);
    expect(feed.status).toBe(200);
    expect(feed.headers.get('content-type')).toContain('text/calendar');
    expect(feed.text).toMatch(/^BEGIN:VCALENDAR\r\n/);
    const again = await app.call('GET', path, { headers: { 'if-none-match': feed.headers.get('etag')! } });
    expect(again.status).toBe(304);
  });
});

describe('what operators ask', () => {
  it('gets an answer part by part', async () => {
    expect((await app.call('GET', '/healthz')).json).toEqual({ status: 'ok' });
    expect((await app.call('GET', '/readyz')).json).toEqual({
      status: 'ok',
      parts: { postgres: 'ok', temporal: 'ok' },
    });
    temporal.away = true;
    const notReady = await app.call('GET', '/readyz');
    temporal.away = false;
    expect(notReady.status).toBe(503);
    expect(notReady.json.parts).toEqual({ postgres: 'ok', temporal: 'failed' });
    const metrics = await app.call('GET', '/metrics');
    expect(metrics.text).toContain('gibney_sync_requests_total');
  });
});
