import { randomBytes } from 'node:crypto';
import { CancelledFailure } from '@temporalio/activity';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readPortalAccount, savePortalCredentials, tryPortalCredentials } from '#db/queries/portal-accounts.ts';
import { readJob } from '#db/queries/sync-jobs.ts';
import { createSecrets } from '#db/secrets.ts';
import { firstRow, rows, sql } from '../support/sql.ts';
import { secrets } from '../db/fixtures.ts';
import { startPortal, type Misbehaviour, type Portal } from '../portal/server.ts';
import { serve } from './portal/hand-made-portal.ts';
import { useScrape, type Dancer } from './portal/harness.ts';

const username = 'dancer@example.test';
const password = 'Plié "42" & more % ü';

const scrape = useScrape();
let portal: Portal;
let dancer: Dancer;

beforeAll(async () => {
  portal = await startPortal({ users: [{ username, password, rentals: 60 }] });
});
afterAll(() => portal.close());

beforeEach(async () => {
  portal.control.reset();
  portal.control.resetCounters();
  dancer = await scrape.connect(username, password);
});

const misbehave = (...all: Misbehaviour[]) => all.forEach((what) => portal.control.misbehave(what));

describe('reading the list', () => {
  it('stages every rental with its values, in the order of the page', async () => {
    const { result, staged } = await scrape.read(portal.url, dancer);
    const expected = portal.control.rentals(username);
    expect(result).toEqual({ attempt: 1, count: 60, complete: true, unreadable: 0, revision: 1 });
    expect(staged.map((row) => row.record_id)).toEqual(expected.map((rental) => rental.recordId));
    expect(staged.map((row) => row.ordinal)).toEqual(expected.map((_, index) => index));
    expect(staged.map(({ name, studio, status, location }) => ({ name, studio, status, location }))).toEqual(
      expected.map(({ name, studio, status, location }) => ({ name, studio, status, location })),
    );
    expect(staged.map((row) => row.price_cents)).toEqual(
      expected.map(({ price }) => Math.round(Number(price.replace(/[$,]/g, '')) * 100)),
    );
    expect(staged.every((row) => row.record_url.startsWith(`${portal.url}/s/booking-item/${row.record_id}/`))).toBe(
      true,
    );
  });

  it.each([0, 1, 5, 50, 51, 137, 300])('reads a list of %i', async (count) => {
    portal.control.setRentals(username, count);
    const { result, staged } = await scrape.read(portal.url, dancer);
    expect(result).toMatchObject({ count, complete: true, unreadable: 0 });
    expect(new Set(staged.map((row) => row.record_id)).size).toBe(count);
  });

  it('reads an attempt that is run a second time as if it were the first', async () => {
    const first = await scrape.read(portal.url, dancer);
    portal.control.setRentals(username, 7);
    const again = await scrape.read(portal.url, dancer, { jobId: first.jobId });
    expect(again.result).toMatchObject({ count: 7, complete: true });
    expect(again.staged).toHaveLength(7);
  });

  const harmless: [string, Misbehaviour][] = [
    ['columns in another order', { kind: 'columnMoved', column: 'price', to: 0 }],
    ['the name in the last column', { kind: 'columnMoved', column: 'name', to: 8 }],
    ['an additional column', { kind: 'columnAdded', label: 'Notes', at: 1, text: '$3.00' }],
    ['labels in capitals', { kind: 'headerVariant', style: 'upper' }],
    ['labels with more spaces', { kind: 'headerVariant', style: 'spaces' }],
    ['labels with line breaks', { kind: 'headerVariant', style: 'newline' }],
    ['labels with no-break spaces', { kind: 'headerVariant', style: 'nbsp' }],
    ['narrow spaces in times', { kind: 'narrowSpace' }],
    ['rows in small chunks', { kind: 'chunkedRows', size: 7, ms: 20 }],
    ['late rows', { kind: 'rowsLate', ms: 500 }],
    ['only the rows in view', { kind: 'virtualRows', window: 15 }],
    ['a late second batch', { kind: 'batchLate', ms: 800 }],
    ['a last batch that is empty', { kind: 'emptyLastBatch' }],
  ];
  it.each(harmless)('reads a list with %s', async (_, fault) => {
    portal.control.setRentals(username, 120);
    misbehave(fault);
    const { result, staged } = await scrape.read(portal.url, dancer);
    expect(result).toMatchObject({ count: 120, complete: true, unreadable: 0 });
    expect(new Set(staged.map((row) => row.record_id))).toEqual(
      new Set(portal.control.rentals(username).map((rental) => rental.recordId)),
    );
  });

  it('reads an empty list that shows no table', async () => {
    const bare = await startPortal({ users: [{ username, password }], emptyList: 'none' });
    const { result } = await scrape.read(bare.url, dancer).finally(() => bare.close());
    expect(result).toMatchObject({ count: 0, complete: true });
  });

  it.each(['home', 'invalid'] as const)('follows the link where the usual address shows %s', async (bookingItem) => {
    const other = await startPortal({ users: [{ username, password, rentals: 60 }], bookingItem });
    const { result } = await scrape.read(other.url, dancer).finally(() => other.close());
    expect(result).toMatchObject({ count: 60, complete: true });
  });

  it('finds the form where the page itself goes to the sign-in', async () => {
    const other = await startPortal({ users: [{ username, password, rentals: 5 }], redirect: 'script' });
    await scrape.read(other.url, dancer);
    other.control.endSessions();
    const { result } = await scrape.read(other.url, dancer).finally(() => other.close());
    expect(result).toMatchObject({ count: 5, complete: true });
  });
});

describe('lists with gaps', () => {
  const gaps: [string, Misbehaviour, { count: number }][] = [
    ['whose second batch never comes', { kind: 'batchNeverArrives' }, { count: 50 }],
    ['whose second batch fails', { kind: 'serverError', at: 'batch' }, { count: 50 }],
    ['whose second batch is cut off', { kind: 'reset', at: 'batch' }, { count: 50 }],
    ['whose status line lies', { kind: 'statusLies' }, { count: 60 }],
    ['whose status line never loses its plus', { kind: 'statusStuck' }, { count: 60 }],
    ['without a status line', { kind: 'statusMissing' }, { count: 60 }],
    ['with a row without record id', { kind: 'missingRecordId', row: 3 }, { count: 60 }],
    ['with a row whose record id is too short', { kind: 'missingRecordId', row: 3, recordId: 'a0Y123' }, { count: 60 }],
  ];
  it.each(gaps)('keeps what was read of a list %s', async (_, fault, { count }) => {
    misbehave(fault);
    const { result, staged } = await scrape.read(portal.url, dancer);
    expect(result).toMatchObject({ count, complete: false });
    expect(staged).toHaveLength(count);
  });

  it('is incomplete where the list grew while it was read', async () => {
    misbehave({ kind: 'listShifts', by: 3 });
    const { result, staged } = await scrape.read(portal.url, dancer);
    expect(result.complete).toBe(false);
    expect(new Set(staged.map((row) => row.record_id)).size).toBe(staged.length);
  });

  it('counts a row with an unreadable value as seen, and says which', async () => {
    misbehave({ kind: 'unreadableDate', row: 2 }, { kind: 'unreadablePrice', row: 4 });
    const { result, staged } = await scrape.read(portal.url, dancer);
    expect(result).toMatchObject({ count: 60, complete: true, unreadable: 2 });
    expect(staged.filter((row) => row.problem !== null).map((row) => row.ordinal)).toEqual([2, 4]);
    expect(staged[2]).toMatchObject({ starts_at: null, ends_at: null });
    expect(staged[4]).toMatchObject({ price_cents: null, problem: 'the price cannot be read' });
  });

  it('keeps what was read when the time is up', async () => {
    misbehave({ kind: 'batchLate', ms: 30_000 });
    const { result, staged } = await scrape.read(
      portal.url,
      dancer,
      { budgetMs: 4_000 },
      {
        documentMs: 20_000,
        contentMs: 20_000,
        linkMs: 20_000,
        clickResponseMs: 20_000,
        signInMs: 20_000,
        verdictMs: 20_000,
        quietMs: 20_000,
        settleMs: 300,
      },
    );
    expect(result).toMatchObject({ count: 50, complete: false });
    expect(staged).toHaveLength(50);
  });
});

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
    const failed = await scrape.fail(portal.url, dancer);
    expect(failed.kind).toBe(kind);
    expect(failed.failure.nonRetryable).toBe(true);
    expect(failed.details.revision).toBe(1);
    expect(failed.message).not.toMatch(/[<>?]/);
    const { goodLogins, badLogins } = portal.control.counters();
    expect(goodLogins + badLogins).toBeLessThanOrEqual(1);
    expect(await scrape.staged(failed.jobId)).toEqual([]);
  });

  it('passes on how long the portal asks to wait', async () => {
    misbehave({ kind: 'rateLimit', retryAfterSeconds: 7 });
    const { details } = await scrape.fail(portal.url, dancer);
    expect(details.retryAfterMs).toBe(7_000);
  });

  it('tells a portal that is not there', async () => {
    const gone = await startPortal({});
    await gone.close();
    expect((await scrape.fail(gone.url, dancer)).kind).toBe('portal_unavailable');
  });

  it('is cut off by the time where nothing was read', async () => {
    misbehave({ kind: 'hang', at: 'login-page' });
    const { kind } = await scrape.fail(portal.url, dancer, { budgetMs: 1_500 });
    expect(kind).toBe('timed_out');
  });

  it('gives the job up where it is no longer active', async () => {
    const { jobId } = await scrape.read(portal.url, dancer);
    await rows(scrape.database.em(), sql`update sync_jobs set status = 'failed' where id = ${jobId} returning id`);
    expect((await scrape.fail(portal.url, dancer, { jobId })).kind).toBe('cancelled');
  });

  it("names the site that the portal leads to in the worker's log alone", async () => {
    const moved = await serve({
      '/s/login': { status: 302, headers: { location: 'https://elsewhere.example/s/login' } },
    });
    const failed = await scrape.fail(moved.url, dancer).finally(() => moved.close());
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
    const { failure, jobId } = await scrape.fail(portal.url, dancer);
    const logs = await rows(scrape.database.em(), sql`select message, data from sync_job_logs where job_id = ${jobId}`);
    const said = JSON.stringify([failure.message, failure.details, failure.cause, logs]);
    expect(said).not.toContain('Plié');
    expect(said).not.toContain('<b>');
  });
});

describe('credentials on trial', () => {
  const stored = () => readPortalAccount(scrape.database.em(), dancer.userId);
  const tryOut = (given: { username: string; password: string }) =>
    tryPortalCredentials(scrape.database.em(), secrets, { userId: dancer.userId, ...given });

  it('take the place of the stored ones when the portal lets us in', async () => {
    await scrape.read(portal.url, dancer);
    portal.control.addUser({ username: 'other@example.test', password, rentals: 4 });
    await tryOut({ username: 'other@example.test', password });
    const { result } = await scrape.read(portal.url, dancer);
    expect(result).toMatchObject({ count: 4, revision: 2 });
    expect(await stored()).toMatchObject({ username: 'other@example.test', trialUsername: null });
    portal.control.resetCounters();
    await scrape.read(portal.url, dancer);
    expect(portal.control.counters().goodLogins).toBe(0);
  });

  it('are saved even where the list fails afterwards', async () => {
    await tryOut({ username, password });
    misbehave({ kind: 'columnGone', column: 'location' });
    expect(await scrape.fail(portal.url, dancer)).toMatchObject({ kind: 'portal_changed' });
    expect(await stored()).toMatchObject({ username, trialUsername: null });
  });

  it('replace nothing when the portal refuses them, and cost one sign-in', async () => {
    await tryOut({ username: 'nobody@example.test', password: 'wrong' });
    portal.control.resetCounters();
    expect(await scrape.fail(portal.url, dancer)).toMatchObject({ kind: 'invalid_credentials' });
    expect(await stored()).toMatchObject({ username, trialUsername: 'nobody@example.test' });
    expect(portal.control.counters()).toMatchObject({ goodLogins: 0, badLogins: 1 });
  });
});

describe('the session', () => {
  it('is used again instead of the password', async () => {
    await scrape.read(portal.url, dancer);
    const { result } = await scrape.read(portal.url, dancer);
    expect(result.complete).toBe(true);
    expect(portal.control.counters().goodLogins).toBe(1);
  });

  it('is made anew once it has ended', async () => {
    await scrape.read(portal.url, dancer);
    portal.control.endSessions();
    const { result } = await scrape.read(portal.url, dancer);
    expect(result.complete).toBe(true);
    await scrape.read(portal.url, dancer);
    expect(portal.control.counters().goodLogins).toBe(2);
  });

  it('is left aside where a fresh one is asked for', async () => {
    await scrape.read(portal.url, dancer);
    await scrape.read(portal.url, dancer, { options: { freshSession: true } });
    expect(portal.control.counters().goodLogins).toBe(2);
  });

  it.each(['rows', 'batch', 'list'] as const)('may end in the middle, at the %s', async (at) => {
    await scrape.read(portal.url, dancer);
    misbehave({ kind: 'sessionDies', at, times: 1 });
    const { result, staged } = await scrape.read(portal.url, dancer);
    expect(result).toMatchObject({ count: 60, complete: true });
    expect(staged.map((row) => row.ordinal)).toEqual(Array.from({ length: 60 }, (_, index) => index));
    expect(portal.control.counters().goodLogins).toBe(2);
  });

  it('is sealed in the database, and not kept for other credentials than its own', async () => {
    const stored = () =>
      firstRow<{ session: string | null }>(
        scrape.database.em(),
        sql`select session_sealed as session from portal_accounts where user_id = ${dancer.userId}`,
      );
    await scrape.read(portal.url, dancer);
    expect((await stored())!.session).toMatch(/^v1\.test\./);
    misbehave({ kind: 'batchLate', ms: 1_500 });
    await savePortalCredentials(scrape.database.em(), secrets, dancer);
    const running = await scrape.start(portal.url, dancer);
    await portal.control.waitFor(({ listLoads }) => listLoads === 2);
    await savePortalCredentials(scrape.database.em(), secrets, dancer);
    expect(await running.outcome).toMatchObject({ revision: 2, complete: true });
    expect((await stored())!.session).toBeNull();
  });

  it('is kept although the reading was cut off', async () => {
    misbehave({ kind: 'batchNeverArrives' });
    const patient = { ...longPortalTimeouts };
    await scrape.read(portal.url, dancer, { budgetMs: 5_000 }, patient);
    portal.control.behave();
    await scrape.read(portal.url, dancer);
    expect(portal.control.counters().goodLogins).toBe(1);
  });

  it('is left aside where no key opens it any more', async () => {
    await scrape.read(portal.url, dancer);
    const elsewhere = createSecrets([{ id: 'gone', key: randomBytes(32) }]).seal('{}', 'portal_accounts:x:session');
    await rows(
      scrape.database.em(),
      sql`update portal_accounts set session_sealed = ${elsewhere} where user_id = ${dancer.userId} returning id`,
    );
    const { result } = await scrape.read(portal.url, dancer);
    expect(result.complete).toBe(true);
    expect(portal.control.counters().goodLogins).toBe(2);
  });

  it('is forgotten where the portal refuses to make a new one', async () => {
    await scrape.read(portal.url, dancer);
    portal.control.endSessions();
    misbehave({ kind: 'wrongCredentials' });
    await scrape.fail(portal.url, dancer);
    const stored = await firstRow<{ session: string | null }>(
      scrape.database.em(),
      sql`select session_sealed as session from portal_accounts where user_id = ${dancer.userId}`,
    );
    expect(stored!.session).toBeNull();
  });
});

describe('while it runs', () => {
  it('tells the workflow once that it has begun, and writes down how far it is', async () => {
    portal.control.setRentals(username, 137);
    const { reports, jobId } = await scrape.read(portal.url, dancer);
    expect(reports).toEqual([{ jobId, attempt: 1, seq: 1, phase: 'initializing', done: 0, total: null }]);
    expect(await readJob(scrape.database.em(), dancer.userId, jobId)).toMatchObject({ phase: 'reading' });
  });

  it('closes its browser context at once when it is cancelled', async () => {
    misbehave({ kind: 'batchNeverArrives' });
    const running = await scrape.start(portal.url, dancer, {}, { ...longPortalTimeouts });
    await portal.control.waitFor(({ listLoads }) => listLoads === 1);
    running.cancel();
    await expect(running.outcome).rejects.toBeInstanceOf(CancelledFailure);
    expect(scrape.browsers().stats().contexts).toBe(0);
    await portal.control.waitFor(({ pagesNow }) => pagesNow === 0, { timeoutMs: 2_000 });
  });

  it('does not start a browser context once it is cancelled', async () => {
    const running = await scrape.start(portal.url, dancer);
    running.cancel();
    await expect(running.outcome).rejects.toBeInstanceOf(CancelledFailure);
    expect(portal.control.counters().goodLogins).toBe(0);
  });

  it('reads for many users at once, each with rows of their own', async () => {
    const names = ['one', 'two', 'three', 'four', 'five'];
    names.forEach((name, index) => portal.control.addUser({ username: name, password, rentals: 55 + index }));
    const dancers = await Promise.all(names.map((name) => scrape.connect(name, password)));
    const readings = await Promise.all(dancers.map((each) => scrape.read(portal.url, each)));
    expect(readings.map(({ result }) => result.count)).toEqual([55, 56, 57, 58, 59]);
    expect(readings.every(({ result }) => result.complete)).toBe(true);
  });
});

const longPortalTimeouts = {
  documentMs: 60_000,
  contentMs: 60_000,
  linkMs: 60_000,
  clickResponseMs: 60_000,
  signInMs: 60_000,
  verdictMs: 60_000,
  quietMs: 60_000,
  settleMs: 300,
};
