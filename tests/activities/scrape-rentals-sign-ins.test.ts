import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  readPortalAccount,
  savePortalCredentials,
  savePortalSession,
  tryPortalCredentials,
} from '#db/queries/portal-accounts.ts';
import { createSecrets, secretContext } from '#db/secrets.ts';
import { parseSession, serializeSession } from '#domain/portal-session.ts';
import { firstRow, rows, sql } from '../support/sql.ts';
import { secrets } from '../db/fixtures.ts';
import { startPortal, type Misbehaviour } from '../portal/server.ts';
import { longPortalTimeouts, password, useDancer, username } from './portal/dancer.ts';
import { serve } from './portal/hand-made-portal.ts';

const { scrape, at, misbehave } = useDancer();

describe('failures', () => {
  const kinds: [string, Misbehaviour, string][] = [
    ['a maintenance page', { kind: 'maintenance' }, 'portal_unavailable'],
    ['a maintenance page in place of the list', { kind: 'maintenance', at: 'list' }, 'portal_unavailable'],
    ['rows that the server fails to send', { kind: 'serverError', at: 'rows' }, 'portal_unavailable'],
    ['rows that never come', { kind: 'hang', at: 'rows' }, 'portal_unavailable'],
    ['a script that never comes', { kind: 'hang', at: 'script' }, 'portal_unavailable'],
    ['a page that never comes', { kind: 'hang', at: 'list' }, 'portal_unavailable'],
    ['connections that break', { kind: 'reset' }, 'portal_unavailable'],
    ['a redirect without end', { kind: 'redirectLoop', at: 'list' }, 'portal_unavailable'],
    ['a sign-in that the server fails to answer', { kind: 'serverError', at: 'sign-in' }, 'portal_unavailable'],
    ['a sign-in that is never answered', { kind: 'hang', at: 'sign-in' }, 'portal_unavailable'],
    ['a sign-in that breaks off', { kind: 'reset', at: 'sign-in' }, 'portal_unavailable'],
    ['a session that is never kept', { kind: 'sessionDies', at: 'list' }, 'portal_unavailable'],
    ['wrong credentials', { kind: 'wrongCredentials' }, 'invalid_credentials'],
    ['an unknown message at the sign-in', { kind: 'loginMessage', text: 'No.' }, 'invalid_credentials'],
    ['a locked account', { kind: 'accountLocked' }, 'account_locked'],
    ['a verification code', { kind: 'verification' }, 'verification_required'],
    ['an expired password', { kind: 'actionRequired' }, 'action_required'],
    [
      'terms to accept',
      { kind: 'actionRequired', path: '/loginflow/loginFlowOnly.apexp?retURL=%2Fs%2F' },
      'action_required',
    ],
    ['an outage in a page', { kind: 'outage' }, 'portal_unavailable'],
    [
      'an outage in a page in place of the list',
      { kind: 'outage', at: 'list', text: 'Bandwidth limit exceeded' },
      'portal_unavailable',
    ],
    ['a column of another name', { kind: 'columnRenamed', column: 'start', label: 'Begins' }, 'portal_changed'],
    ['a column that is gone', { kind: 'columnGone', column: 'location' }, 'portal_changed'],
    ['a list without its table', { kind: 'tableGone' }, 'portal_changed'],
    ['too many requests', { kind: 'rateLimit', retryAfterSeconds: 7 }, 'portal_rate_limited'],
    ['too many requests for rows', { kind: 'rateLimit', at: 'rows', retryAfterSeconds: 7 }, 'portal_rate_limited'],
  ];
  it.each(kinds)('tells %s', async (_, fault, kind) => {
    misbehave(fault);
    const failed = await scrape.fail(at.portal.url, at.dancer);
    expect(failed.kind).toBe(kind);
    expect(failed.failure.nonRetryable).toBe(true);
    expect(failed.details.revision).toBe(1);
    expect(failed.message).not.toMatch(/[<>?]/);
    const { goodLogins, badLogins } = at.portal.control.counters();
    expect(goodLogins + badLogins).toBeLessThanOrEqual(1);
    expect(await scrape.staged(failed.jobId)).toEqual([]);
  });

  it('passes on how long the portal asks to wait', async () => {
    misbehave({ kind: 'rateLimit', retryAfterSeconds: 7 });
    const { details } = await scrape.fail(at.portal.url, at.dancer);
    expect(details.retryAfterMs).toBe(7_000);
  });

  it('tells a portal that is not there', async () => {
    const gone = await startPortal({});
    await gone.close();
    expect((await scrape.fail(gone.url, at.dancer)).kind).toBe('portal_unavailable');
  });

  it('is cut off by the time where nothing was read', async () => {
    misbehave({ kind: 'hang', at: 'login-page' });
    const { kind } = await scrape.fail(at.portal.url, at.dancer, { budgetMs: 1_500 });
    expect(kind).toBe('timed_out');
  });

  it('gives the job up where it is no longer active', async () => {
    const { jobId } = await scrape.read(at.portal.url, at.dancer);
    await rows(scrape.database.em(), sql`update sync_jobs set status = 'failed' where id = ${jobId} returning id`);
    expect((await scrape.fail(at.portal.url, at.dancer, { jobId })).kind).toBe('cancelled');
  });

  it('is interrupted where the database was restored, and knows nothing of the job', async () => {
    const failed = await scrape.fail(at.portal.url, at.dancer, { jobId: randomUUID() });
    expect(failed.kind).toBe('interrupted');
    expect(failed.details.retryAfterMs).toBeGreaterThan(60 * 60_000);
  });

  it('is interrupted, to be tried again, where Temporal was restored and a later attempt has begun', async () => {
    const { jobId } = await scrape.read(at.portal.url, at.dancer);
    await rows(scrape.database.em(), sql`update sync_jobs set attempt = 3 where id = ${jobId} returning id`);
    const { kind, details } = await scrape.fail(at.portal.url, at.dancer, { jobId });
    expect([kind, details.retryAfterMs]).toEqual(['interrupted', undefined]);
  });

  it("names the site that the portal leads to in the worker's log alone", async () => {
    const moved = await serve({
      '/s/login': { status: 302, headers: { location: 'https://elsewhere.example/s/login' } },
    });
    const failed = await scrape.fail(moved.url, at.dancer).finally(() => moved.close());
    expect(failed.kind).toBe('portal_changed');
    expect(failed.logged.map(({ meta }) => meta?.note as unknown)).toContain(
      'the other site is https://elsewhere.example',
    );
    const said = await rows(
      scrape.database.em(),
      sql`select message, data from sync_job_logs where job_id = ${failed.jobId}`,
    );
    expect(JSON.stringify([failed.failure, said])).not.toContain('elsewhere');
  });

  it('holds no password, cookie or page text', async () => {
    misbehave({ kind: 'loginMessage', text: `${username} / ${password} <b>no</b>` });
    const { failure, jobId } = await scrape.fail(at.portal.url, at.dancer);
    const logs = await rows(scrape.database.em(), sql`select message, data from sync_job_logs where job_id = ${jobId}`);
    const said = JSON.stringify([failure.message, failure.details, failure.cause, logs]);
    expect(said).not.toContain('Plié');
    expect(said).not.toContain('<b>');
  });
});

describe('credentials on trial', () => {
  const stored = () => readPortalAccount(scrape.database.em(), at.dancer.userId);
  const tryOut = (given: { username: string; password: string }) =>
    tryPortalCredentials(scrape.database.em(), secrets, { userId: at.dancer.userId, ...given });

  it('take the place of the stored ones when the portal lets us in', async () => {
    await scrape.read(at.portal.url, at.dancer);
    at.portal.control.addUser({ username: 'other@example.test', password, rentals: 4 });
    await tryOut({ username: 'other@example.test', password });
    const { result } = await scrape.read(at.portal.url, at.dancer);
    expect(result).toMatchObject({ count: 4, revision: 2 });
    expect(await stored()).toMatchObject({ username: 'other@example.test', trialUsername: null });
    at.portal.control.resetCounters();
    await scrape.read(at.portal.url, at.dancer);
    expect(at.portal.control.counters().goodLogins).toBe(0);
  });

  it.each<[string, Misbehaviour]>([
    ['portal_changed', { kind: 'columnGone', column: 'location' }],
    ['verification_required', { kind: 'verification' }],
    ['action_required', { kind: 'actionRequired' }],
  ])('are saved where the portal took them, although the sync fails as %s', async (kind, fault) => {
    at.portal.control.addUser({ username: 'other@example.test', password, rentals: 4 });
    await tryOut({ username: 'other@example.test', password });
    misbehave(fault);
    expect(await scrape.fail(at.portal.url, at.dancer)).toMatchObject({ kind });
    expect(await stored()).toMatchObject({ username: 'other@example.test', trialUsername: null });
  });

  it('replace nothing when the portal refuses them, and cost one sign-in', async () => {
    await tryOut({ username: 'nobody@example.test', password: 'wrong' });
    at.portal.control.resetCounters();
    expect(await scrape.fail(at.portal.url, at.dancer)).toMatchObject({ kind: 'invalid_credentials' });
    expect(await stored()).toMatchObject({ username, trialUsername: 'nobody@example.test' });
    expect(at.portal.control.counters()).toMatchObject({ goodLogins: 0, badLogins: 1 });
  });
});

describe('the session', () => {
  it('is used again instead of the password', async () => {
    await scrape.read(at.portal.url, at.dancer);
    const { result } = await scrape.read(at.portal.url, at.dancer);
    expect(result.complete).toBe(true);
    expect(at.portal.control.counters().goodLogins).toBe(1);
  });

  it('is made anew once it has ended', async () => {
    await scrape.read(at.portal.url, at.dancer);
    at.portal.control.endSessions();
    const { result } = await scrape.read(at.portal.url, at.dancer);
    expect(result.complete).toBe(true);
    await scrape.read(at.portal.url, at.dancer);
    expect(at.portal.control.counters().goodLogins).toBe(2);
  });

  it('is left aside where a fresh one is asked for', async () => {
    await scrape.read(at.portal.url, at.dancer);
    await scrape.read(at.portal.url, at.dancer, { options: { freshSession: true } });
    expect(at.portal.control.counters().goodLogins).toBe(2);
  });

  it.each(['rows', 'batch', 'list'] as const)('may end in the middle, at the %s', async (place) => {
    await scrape.read(at.portal.url, at.dancer);
    misbehave({ kind: 'sessionDies', at: place, times: 1 });
    const { result, staged } = await scrape.read(at.portal.url, at.dancer);
    expect(result).toMatchObject({ count: 60, complete: true });
    expect(staged.map((row) => row.ordinal)).toEqual(Array.from({ length: 60 }, (_, index) => index));
    expect(at.portal.control.counters().goodLogins).toBe(2);
  });

  it('is sealed in the database, and not kept for other credentials than its own', async () => {
    const stored = () =>
      firstRow<{ session: string | null }>(
        scrape.database.em(),
        sql`select session_sealed as session from portal_accounts where user_id = ${at.dancer.userId}`,
      );
    await scrape.read(at.portal.url, at.dancer);
    expect((await stored())!.session).toMatch(/^v1\.test\./);
    misbehave({ kind: 'batchLate', ms: 1_500 });
    await savePortalCredentials(scrape.database.em(), secrets, at.dancer);
    const running = await scrape.start(at.portal.url, at.dancer);
    await at.portal.control.waitFor(({ listLoads }) => listLoads === 2);
    await savePortalCredentials(scrape.database.em(), secrets, at.dancer);
    expect(await running.outcome).toMatchObject({ revision: 2, complete: true });
    expect(await cookiesOf(at.dancer)).toEqual(['BrowserId']);
  });

  it('is kept although the reading was cut off', async () => {
    misbehave({ kind: 'batchNeverArrives' });
    const patient = { ...longPortalTimeouts };
    await scrape.read(at.portal.url, at.dancer, { budgetMs: 5_000 }, patient);
    at.portal.control.behave();
    await scrape.read(at.portal.url, at.dancer);
    expect(at.portal.control.counters().goodLogins).toBe(1);
  });

  it('is left aside where no key opens it any more', async () => {
    await scrape.read(at.portal.url, at.dancer);
    const elsewhere = createSecrets([{ id: 'gone', key: randomBytes(32) }]).seal('{}', 'portal_accounts:x:session');
    await rows(
      scrape.database.em(),
      sql`update portal_accounts set session_sealed = ${elsewhere} where user_id = ${at.dancer.userId} returning id`,
    );
    const { result } = await scrape.read(at.portal.url, at.dancer);
    expect(result.complete).toBe(true);
    expect(at.portal.control.counters().goodLogins).toBe(2);
  });

  /** The names of the cookies that are kept. */
  async function cookiesOf({ userId }: { userId: string }): Promise<string[]> {
    const account = await firstRow<{ id: string; session: string }>(
      scrape.database.em(),
      sql`select id, session_sealed as session from portal_accounts where user_id = ${userId}`,
    );
    const saved = secrets.open(account!.session, secretContext.portalSession(account!.id));
    return parseSession(saved).map(({ name }) => name);
  }

  it.each<Misbehaviour>([{ kind: 'wrongCredentials' }, { kind: 'serverError', at: 'sign-in' }])(
    'leaves the cookies by which the portal knows the browser where a new one is not made: %j',
    async (fault) => {
      await scrape.read(at.portal.url, at.dancer);
      at.portal.control.endSessions();
      misbehave(fault);
      await scrape.fail(at.portal.url, at.dancer);
      expect(await cookiesOf(at.dancer)).toContain('BrowserId');
    },
  );

  it('is made anew where the browser does not take a kept cookie back', async () => {
    await scrape.read(at.portal.url, at.dancer);
    const { id } = (await firstRow<{ id: string }>(
      scrape.database.em(),
      sql`select id from portal_accounts where user_id = ${at.dancer.userId}`,
    ))!;
    const rest = { domain: '127.0.0.1', path: '/', httpOnly: false, secure: false, sameSite: 'Lax' as const };
    const odd = { ...rest, name: 'odd', value: 'x', expires: -2 };
    const known = { ...rest, name: 'BrowserId', value: 'known', expires: 4_000_000_000 };
    const sessionSealed = secrets.seal(serializeSession([odd, known]), secretContext.portalSession(id));
    await savePortalSession(scrape.database.em(), { userId: at.dancer.userId, revision: 1, sessionSealed });
    const { result, logged } = await scrape.read(at.portal.url, at.dancer);
    expect(result.complete).toBe(true);
    expect(logged.map(({ message }) => message)).toContain('The session was not restored');
    expect(at.portal.control.counters().goodLogins).toBe(2);
  });
});
