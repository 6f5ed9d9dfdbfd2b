/** What a user decides about the account: sessions, keys, settings, a copy of everything, and its end. */
import { describe, expect, it } from 'vitest';
import { until } from '../support/until.ts';
import { useApp } from './support/app.ts';
import type { TestUser } from './support/app.ts';
import { seedRows } from './support/rows.ts';
import { quietTemporal } from './support/temporal-double.ts';
import { trpcClient, watchStatus } from './support/trpc.ts';

const temporal = quietTemporal();
const app = await useApp({ temporal });

const isOpen = async (token: string) => (await app.call('GET', '/api/v1/user/profile', { token })).status === 200;

async function signInAgain({ email, password }: TestUser, userAgent = 'curl/8'): Promise<string> {
  const headers = { 'user-agent': userAgent };
  return (await app.call('POST', '/api/v1/auth/token', { body: { email, password }, headers })).json.access_token;
}

describe('sessions', () => {
  const firefox = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0';

  it('are listed with what one needs to know them again', async () => {
    const user = await app.newUser();
    await signInAgain(user, firefox);
    const sessions = await trpcClient(app.url, user.token).account.sessions.query();
    expect(sessions).toHaveLength(2);
    expect(sessions.filter(({ current }) => current)).toHaveLength(1);
    expect(sessions.find(({ current }) => !current)).toMatchObject({
      device: 'Firefox on Windows',
      userAgent: firefox,
      ipAddress: '127.0.0.1',
    });
    expect(JSON.stringify(sessions)).not.toContain(user.token.split('.')[0]);
  });

  it('end one by one, or all but this one', async () => {
    const user = await app.newUser();
    const others = [await signInAgain(user), await signInAgain(user), await signInAgain(user)];
    const { account } = trpcClient(app.url, user.token);
    const gone = (await trpcClient(app.url, others[0]).account.sessions.query()).find(({ current }) => current)!;
    await account.revokeSession.mutate({ id: gone.id });
    expect(await Promise.all(others.map(isOpen))).toEqual([false, true, true]);
    expect(await account.revokeOtherSessions.mutate()).toEqual({ revoked: 2 });
    expect(await Promise.all([user.token, ...others].map(isOpen))).toEqual([true, false, false, false]);
  });

  it('of somebody else are not found', async () => {
    const [user, other] = [await app.newUser(), await app.newUser()];
    const [session] = await trpcClient(app.url, other.token).account.sessions.query();
    const revoked = await app.call('DELETE', `/api/v1/user/sessions/${session!.id}`, { token: user.token });
    expect(revoked.status).toBe(404);
    expect(await isOpen(other.token)).toBe(true);
  });
});

describe('an open stream', () => {
  async function openStream(token: string) {
    const watched = watchStatus(trpcClient(app.url, token));
    await watched.until(() => true);
    return watched;
  }

  it('ends with its session, and the other streams of the user go on', async () => {
    const user = await app.newUser();
    const other = await signInAgain(user);
    const [mine, theirs] = [await openStream(user.token), await openStream(other)];
    await trpcClient(app.url, user.token).account.revokeOtherSessions.mutate();
    expect(await theirs.ended).toMatchObject({ data: { reason: 'unauthorized' } });
    await app.call('POST', '/api/v1/user/sync', { token: user.token });
    await mine.until(({ state }) => state === 'pending');
    mine.stop();
  });

  it('ends with its API key', async () => {
    const user = await app.newUser();
    const { apiKeys } = trpcClient(app.url, user.token);
    const { id, key } = await apiKeys.create.mutate({ name: 'Watch', scopes: ['read'] });
    const watched = await openStream(key);
    await apiKeys.revoke.mutate({ id });
    expect(await watched.ended).toMatchObject({ data: { reason: 'unauthorized' } });
  });

  it('ends though the session ended while nobody could tell', async () => {
    const user = await app.newUser();
    const watched = await openStream(user.token);
    const { database } = app;
    await database.query('alter table auth.sessions disable trigger sessions_ended');
    await database.query('delete from auth.sessions where user_id = $1', [user.id]);
    await database.query('alter table auth.sessions enable trigger sessions_ended');
    await database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'gibney-sync notifications'`,
    );
    expect(await watched.ended).toMatchObject({ data: { reason: 'unauthorized' } });
  });

  it('ends with the account', async () => {
    const user = await app.newUser();
    const watched = await openStream(user.token);
    await app.call('DELETE', '/api/v1/user', { token: user.token, body: { password: user.password } });
    await watched.ended;
    expect(await isOpen(user.token)).toBe(false);
  });
});

describe('an API key', () => {
  const keysOf = ({ token }: TestUser) => trpcClient(app.url, token).apiKeys;

  it('is shown once, opens the API either way, and says when it was used', async () => {
    const user = await app.newUser();
    const { key, ...made } = await keysOf(user).create.mutate({ name: ' Home ', scopes: ['sync', 'read'] });
    expect(key).toMatch(/^gsk_[\w-]{43}$/);
    expect(made).toMatchObject({ name: 'Home', scopes: ['read', 'sync'], lastUsedAt: null, expiresAt: null });
    expect(key.startsWith(made.start)).toBe(true);
    expect(await isOpen(key)).toBe(true);
    const profile = await app.call('GET', '/api/v1/user/profile', { headers: { 'x-api-key': key } });
    expect(profile.json).toMatchObject({ id: user.id, calendar_url: null });
    const [listed] = await keysOf(user).list.query();
    expect(listed!.lastUsedAt).not.toBeNull();
    expect(JSON.stringify(listed)).not.toContain(key);
    const { rows } = await app.database.query('select * from auth.api_keys');
    expect(JSON.stringify(rows)).not.toContain(key.slice(12));
  });

  it('ends when its time is over or it is revoked', async () => {
    const user = await app.newUser();
    const old = await keysOf(user).create.mutate({ name: 'Old', scopes: ['read'], expiresInDays: 1 });
    expect(await isOpen(old.key)).toBe(true);
    await app.database.query('update auth.api_keys set expires_at = now() where id = $1', [old.id]);
    app.services.sessionCache.forgetAll(); // no key's end ever changes, so nobody tells of it
    expect(await isOpen(old.key)).toBe(false);
    const { id, key } = await keysOf(user).create.mutate({ name: 'New', scopes: ['read'] });
    await keysOf(user).revoke.mutate({ id });
    expect(await isOpen(key)).toBe(false);
    await expect(keysOf(user).revoke.mutate({ id })).rejects.toMatchObject({ data: { reason: 'not_found' } });
  });

  it('is one of at most twenty, also where they are made at the same time', async () => {
    const user = await app.newUser();
    const make = () => keysOf(user).create.mutate({ name: 'One of many', scopes: ['read'] });
    const made = await Promise.allSettled(Array.from({ length: 23 }, make));
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(20);
  });

  it('does not open pages', async () => {
    const user = await app.newUser();
    const { key } = await keysOf(user).create.mutate({ name: 'API only', scopes: ['manage'] });
    const page = await app.call('GET', '/whoami', { token: key });
    expect(page.text).toBe('nobody');
    expect((await app.call('GET', '/whoami', { token: user.token })).text).toBe(user.email);
  });
});

describe('settings', () => {
  it('begin with what the service chose, change one by one, and the workflow is told', async () => {
    const user = await app.newUser();
    const { settings } = trpcClient(app.url, user.token);
    const hours = { quietFrom: null, quietTo: null, timeZone: 'America/New_York' };
    const first = { intervalMinutes: 120, ...hours, closerBeforeRentals: false };
    expect(await settings.get.query()).toEqual(first);
    expect(await settings.update.mutate({ intervalMinutes: 45 })).toEqual({ ...first, intervalMinutes: 45 });
    const quiet = { quietFrom: '22:00', quietTo: '07:00', timeZone: 'Europe/Berlin' };
    expect(await settings.update.mutate(quiet)).toEqual({ ...first, intervalMinutes: 45, ...quiet });
    expect(await settings.update.mutate({ closerBeforeRentals: true })).toMatchObject({ closerBeforeRentals: true });
    await settings.update.mutate({ closerBeforeRentals: false });
    const without = await settings.update.mutate({ quietFrom: null, quietTo: null });
    expect(without).toEqual({ ...first, intervalMinutes: 45, timeZone: 'Europe/Berlin' });
    expect(temporal.calls.filter((call) => call === `settingsChanged ${user.id}`)).toHaveLength(5);
    expect((await app.call('GET', '/api/v1/user/settings', { token: user.token })).json.time_zone).toBe(
      'Europe/Berlin',
    );
  });

  it.each([
    [{ interval_minutes: 29 }, 'interval_minutes'],
    [{ interval_minutes: 1441 }, 'interval_minutes'],
    [{ interval_minutes: '60' }, 'interval_minutes'],
    [{ quiet_from: '22:00' }, 'quiet_to'],
    [{ quiet_from: '22:00', quiet_to: null }, 'quiet_to'],
    [{ quiet_from: '22:00', quiet_to: '22:00' }, 'quiet_to'],
    [{ quiet_from: '24:00', quiet_to: '07:00' }, 'quiet_from'],
    [{ quiet_from: '9:00', quiet_to: '07:00' }, 'quiet_from'],
    [{ time_zone: 'Mars/Olympus' }, 'time_zone'],
    [{ time_zone: '+02:00' }, 'time_zone'],
    [{ time_zone: '' }, 'time_zone'],
    [{ interval: 60 }, 'body'],
  ])('are not %j', async (body, field) => {
    const { token } = await app.newUser();
    const refused = await app.call('PUT', '/api/v1/user/settings', { token, body });
    expect(refused.json).toMatchObject({ status: 422, code: 'validation_failed' });
    expect(refused.json.errors).toHaveProperty(field);
  });

  it('keep what two change at once', async () => {
    const { token, id } = await app.newUser();
    const read = async () => (await app.call('GET', '/api/v1/user/settings', { token })).json;
    const holder = await app.database.connect();
    try {
      await holder.query('begin');
      await holder.query('select id from users where id = $1 for update', [id]);
      const changes = [{ interval_minutes: 60 }, { time_zone: 'Europe/Berlin' }, { closer_before_rentals: true }];
      const answers = changes.map((body) => app.call('PUT', '/api/v1/user/settings', { token, body }));
      await until('all of them wait', async () => {
        const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
        return (await app.database.query(waiting)).rowCount === changes.length;
      });
      await holder.query('commit');
      expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200]);
      expect(await read()).toMatchObject(Object.assign({}, ...changes));
    } finally {
      holder.release();
    }
  });

  it('are saved though Temporal is away', async () => {
    const { token } = await app.newUser();
    temporal.away = true;
    const saved = await app.call('PUT', '/api/v1/user/settings', { token, body: { interval_minutes: 60 } });
    temporal.away = false;
    expect(saved.json.interval_minutes).toBe(60);
  });
});

describe('the export', () => {
  it('is a file with everything of the user, without secrets and without anybody else’s', async () => {
    const user = await app.newUser();
    const other = await app.newUser();
    const mine = await seedRows(app.databaseUrl, user.id, 'R-mine');
    await seedRows(app.databaseUrl, other.id, 'R-not-mine');
    const credentials = { username: 'ann', password: 'portal-secret' };
    await app.call('PUT', '/api/v1/user/credentials', { token: user.token, body: credentials });
    const { key } = await trpcClient(app.url, user.token).apiKeys.create.mutate({ name: 'Home', scopes: ['read'] });
    const againAt = new Date(Date.now() + 3_600_000).toISOString();
    await app.call('PUT', '/api/v1/user/sync/again', { token: user.token, body: { at: againAt } });
    await app.call('GET', '/api/v1/user/bookings', { token: key });
    await until('the call of the key is noted', async () => {
      const { json } = await app.call('GET', '/api/v1/user/api-key-calls', { token: user.token });
      return (json.entries as unknown[]).length > 0;
    });
    const answer = await app.call('GET', '/api/v1/user/export', { token: user.token });
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="gibney-sync-export.json"');
    expect(answer.json).toMatchObject({
      profile: { id: user.id, email: user.email },
      settings: { interval_minutes: 120 },
      schedule: { paused_until: null, again_at: againAt },
      portal_account: { username: 'ann' },
      bookings: [{ id: mine.bookingId, name: 'R-mine' }],
      changes: [{ kind: 'added', booking_id: mine.bookingId }],
      jobs: [{ id: mine.jobId, status: 'completed' }],
      job_logs: [{ job_id: mine.jobId, message: 'Read 1 rental' }],
      calendar_feeds: [{ url: user.calendarUrl }],
      sessions: [{ device: 'A program' }],
      api_keys: [{ name: 'Home' }],
      api_key_calls: [{ action: 'GET /user/bookings', outcome: 'ok' }],
    });
    for (const secret of ['portal-secret', 'R-not-mine', other.email, key, user.token.split('.')[0]!])
      expect(answer.text).not.toContain(secret);
    const direct = await trpcClient(app.url, user.token).account.export.query();
    expect(direct.bookings.map(({ name }) => name)).toEqual(['R-mine']);
  });

  it('holds more rentals than one page', async () => {
    const user = await app.newUser();
    await app.database.query(
      `insert into bookings (user_id, record_id, name, starts_at, ends_at, studio, location, status, record_url,
         first_seen_at, last_seen_at, updated_at)
       select $1, 'a0B' || n, 'R-' || n, now() + n * interval '1 hour', now() + (n + 1) * interval '1 hour', 'A', 'B',
         'Approved', 'https://example.com/' || n, now(), now(), now() from generate_series(1, 2500) n`,
      [user.id],
    );
    const { json } = await app.call('GET', '/api/v1/user/export', { token: user.token });
    expect(new Set((json.bookings as { id: string }[]).map(({ id }) => id)).size).toBe(2500);
  });
});

describe('deleting the account from the page', () => {
  it('wants the password', async () => {
    const user = await app.newUser();
    const { account } = trpcClient(app.url, user.token);
    await expect(account.delete.mutate({ password: 'not this one' })).rejects.toMatchObject({
      data: { reason: 'wrong_password' },
    });
    expect(await isOpen(user.token)).toBe(true);
    await account.delete.mutate({ password: user.password });
    expect(await isOpen(user.token)).toBe(false);
    expect(temporal.calls).toContain(`stop ${user.id}`);
  });
});
