import { CancelledFailure } from '@temporalio/activity';
import { describe, expect, it } from 'vitest';
import { readJob } from '#db/queries/sync-jobs.ts';
import { startPortal, type Misbehaviour } from '../portal/server.ts';
import { longPortalTimeouts, password, useDancer, username } from './portal/dancer.ts';

const { scrape, at, misbehave } = useDancer();

describe('reading the list', () => {
  it('stages every rental with its values, in the order of the page', async () => {
    const { result, staged } = await scrape.read(at.portal.url, at.dancer);
    const expected = at.portal.control.rentals(username);
    expect(result).toEqual({ attempt: 1, count: 60, complete: true, unreadable: 0, revision: 1 });
    expect(staged.map((row) => row.record_id)).toEqual(expected.map((rental) => rental.recordId));
    expect(staged.map((row) => row.ordinal)).toEqual(expected.map((_, index) => index));
    expect(staged.map(({ name, studio, status, location }) => ({ name, studio, status, location }))).toEqual(
      expected.map(({ name, studio, status, location }) => ({ name, studio, status, location })),
    );
    expect(staged.map((row) => row.price_cents)).toEqual(
      expected.map(({ price }) => Math.round(Number(price.replace(/[$,]/g, '')) * 100)),
    );
    expect(staged.every((row) => row.record_url.startsWith(`${at.portal.url}/s/booking-item/${row.record_id}/`))).toBe(
      true,
    );
  });

  it.each([0, 1, 5, 50, 51, 137, 300])('reads a list of %i', async (count) => {
    at.portal.control.setRentals(username, count);
    const { result, staged } = await scrape.read(at.portal.url, at.dancer);
    expect(result).toMatchObject({ count, complete: true, unreadable: 0 });
    expect(new Set(staged.map((row) => row.record_id)).size).toBe(count);
  });

  it('reads an attempt that is run a second time as if it were the first', async () => {
    const first = await scrape.read(at.portal.url, at.dancer);
    at.portal.control.setRentals(username, 7);
    const again = await scrape.read(at.portal.url, at.dancer, { jobId: first.jobId });
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
    at.portal.control.setRentals(username, 120);
    misbehave(fault);
    const { result, staged } = await scrape.read(at.portal.url, at.dancer);
    expect(result).toMatchObject({ count: 120, complete: true, unreadable: 0 });
    expect(new Set(staged.map((row) => row.record_id))).toEqual(
      new Set(at.portal.control.rentals(username).map((rental) => rental.recordId)),
    );
  });

  it('reads an empty list that shows no table', async () => {
    const bare = await startPortal({ users: [{ username, password }], emptyList: 'none' });
    const { result } = await scrape.read(bare.url, at.dancer).finally(() => bare.close());
    expect(result).toMatchObject({ count: 0, complete: true });
  });

  it.each(['home', 'invalid'] as const)('follows the link where the usual address shows %s', async (bookingItem) => {
    const other = await startPortal({ users: [{ username, password, rentals: 60 }], bookingItem });
    const { result } = await scrape.read(other.url, at.dancer).finally(() => other.close());
    expect(result).toMatchObject({ count: 60, complete: true });
  });

  it('finds the form where the page itself goes to the sign-in', async () => {
    const other = await startPortal({ users: [{ username, password, rentals: 5 }], redirect: 'script' });
    await scrape.read(other.url, at.dancer);
    other.control.endSessions();
    const { result } = await scrape.read(other.url, at.dancer).finally(() => other.close());
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
    const { result, staged } = await scrape.read(at.portal.url, at.dancer);
    expect(result).toMatchObject({ count, complete: false });
    expect(staged).toHaveLength(count);
  });

  it('is incomplete where the list grew while it was read', async () => {
    misbehave({ kind: 'listShifts', by: 3 });
    const { result, staged } = await scrape.read(at.portal.url, at.dancer);
    expect(result.complete).toBe(false);
    expect(new Set(staged.map((row) => row.record_id)).size).toBe(staged.length);
  });

  it('counts a row with an unreadable value as seen, and says which', async () => {
    misbehave({ kind: 'unreadableDate', row: 2 }, { kind: 'unreadablePrice', row: 4 });
    const { result, staged } = await scrape.read(at.portal.url, at.dancer);
    expect(result).toMatchObject({ count: 60, complete: true, unreadable: 2 });
    expect(staged.filter((row) => row.problem !== null).map((row) => row.ordinal)).toEqual([2, 4]);
    expect(staged[2]).toMatchObject({ starts_at: null, ends_at: null });
    expect(staged[4]).toMatchObject({ price_cents: null, problem: 'the price cannot be read' });
  });

  it('keeps what was read when the time is up', async () => {
    misbehave({ kind: 'batchLate', ms: 30_000 });
    const { result, staged } = await scrape.read(
      at.portal.url,
      at.dancer,
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

describe('while it runs', () => {
  it('tells the workflow once that it has begun, and writes down how far it is', async () => {
    at.portal.control.setRentals(username, 137);
    const { reports, jobId } = await scrape.read(at.portal.url, at.dancer);
    expect(reports).toEqual([{ jobId, attempt: 1, seq: 1, phase: 'initializing', done: 0, total: null }]);
    expect(await readJob(scrape.database.em(), at.dancer.userId, jobId)).toMatchObject({ phase: 'reading' });
  });

  it('closes its browser context at once when it is cancelled', async () => {
    misbehave({ kind: 'batchNeverArrives' });
    const running = await scrape.start(at.portal.url, at.dancer, {}, { ...longPortalTimeouts });
    await at.portal.control.waitFor(({ listLoads }) => listLoads === 1);
    running.cancel();
    await expect(running.outcome).rejects.toBeInstanceOf(CancelledFailure);
    expect(scrape.browsers().stats().contexts).toBe(0);
    await at.portal.control.waitFor(({ pagesNow }) => pagesNow === 0, { timeoutMs: 2_000 });
  });

  it('does not start a browser context once it is cancelled', async () => {
    const running = await scrape.start(at.portal.url, at.dancer);
    running.cancel();
    await expect(running.outcome).rejects.toBeInstanceOf(CancelledFailure);
    expect(at.portal.control.counters().goodLogins).toBe(0);
  });

  it('reads for many users at once, each with rows of their own', async () => {
    const names = ['one', 'two', 'three', 'four', 'five'];
    names.forEach((name, index) => at.portal.control.addUser({ username: name, password, rentals: 55 + index }));
    const dancers = await Promise.all(names.map((name) => scrape.connect(name, password)));
    const readings = await Promise.all(dancers.map((each) => scrape.read(at.portal.url, each)));
    expect(readings.map(({ result }) => result.count)).toEqual([55, 56, 57, 58, 59]);
    expect(readings.every(({ result }) => result.complete)).toBe(true);
  });
});
