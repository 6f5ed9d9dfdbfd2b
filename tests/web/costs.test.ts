/** What rentals cost, as programs ask for it. */
import { describe, expect, it } from 'vitest';
import { useApp } from './support/app.ts';
import { seedBooking, seedManyBookings } from './support/calendar.ts';
import { trpcClient } from './support/trpc.ts';

const app = await useApp();

const path = '/api/v1/user/costs';
const november = '?from=2026-11-01&to=2026-11-30';

async function dancer() {
  const user = await app.newUser();
  const get = (query = '') => app.call('GET', path + query, { token: user.token });
  return { ...user, get };
}

describe('the costs of a period', () => {
  it('go by the day on which a rental begins in New York, and add up', async () => {
    const { id, get } = await dancer();
    // 11:30 PM on October 31, midnight on November 1, and the last evening of November: in UTC all lie a day later.
    await seedBooking(app, id, { name: 'before', startsAt: '2026-11-01T03:30:00Z' });
    await seedBooking(app, id, { name: 'first', startsAt: '2026-11-01T04:00:00Z', priceCents: 1_001 });
    await seedBooking(app, id, { name: 'last', startsAt: '2026-12-01T04:30:00Z', priceCents: 2_002 });
    await seedBooking(app, id, { name: 'unknown', startsAt: '2026-11-10T15:00:00Z', priceCents: null });
    await seedBooking(app, id, { name: 'asked', startsAt: '2026-11-11T15:00:00Z', status: 'Requested' });
    const { json } = await get(november);
    const { rentals } = json as { rentals: { name: string }[] };
    expect(rentals.map(({ name }) => name)).toEqual(['first', 'unknown', 'asked', 'last']);
    expect(json).toMatchObject({ from: '2026-11-01', to: '2026-11-30', currency: 'USD', budget: null });
    expect(json.total.confirmed).toEqual({ rentals: 3, minutes: 180, cents: 3_003, unpriced: 1, refund_cents: 0 });
    expect(json.total.pending).toMatchObject({ rentals: 1, cents: 1_900 });
    expect(json.total.cents_per_hour).toBe(1_502);
    expect(json.months).toEqual([{ month: '2026-11', ...json.total }]);
    expect(json.years).toEqual({ first: 2026, last: 2026 });
  });

  it('are those of this year where none is given, the same by tRPC', async () => {
    const { get, token } = await dancer();
    const { json } = await get();
    expect(json).toMatchObject({
      from: expect.stringMatching(/-01-01$/),
      to: expect.stringMatching(/-12-31$/),
    });
    expect(json).toMatchObject({ months: [], rentals: [], years: null });
    expect(await trpcClient(app.url, token).costs.get.query()).toMatchObject({ from: json.from, rentals: [] });
  });

  it.each([
    ['?from=2026-11-01', 'Give both days, or neither.'],
    ['?from=2026-11-02&to=2026-11-01', 'The last day comes after the first.'],
    ['?from=2016-11-02&to=2026-11-01', 'At most 10 years at once.'],
  ])('%s is refused: %s', async (query, message) => {
    const { get } = await dancer();
    const { status, json } = await get(query);
    expect(status).toBe(422);
    expect(json.errors.to).toEqual([message]);
  });
});

describe('a budget', () => {
  it('for a year counts all of it, and for a month that month', async () => {
    const { id, get, token } = await dancer();
    await seedBooking(app, id, { startsAt: '2026-02-10T15:00:00Z', priceCents: 9_000 });
    await seedBooking(app, id, { startsAt: '2026-11-10T15:00:00Z', priceCents: 1_500 });
    const put = (budget: unknown) => app.call('PUT', `${path}/budget`, { token, body: { budget } });
    expect((await put({ cents: 10_000, per: 'year' })).json).toEqual({ budget: { cents: 10_000, per: 'year' } });
    const use = { period: '2026', cents: 10_500, with_pending_cents: 10_500, left_cents: -500, state: 'over' };
    expect((await get(november)).json.budget.uses).toEqual([use]);
    await put({ cents: 10_000, per: 'month' });
    expect((await get(november)).json.budget.uses).toMatchObject([{ period: '2026-11', state: 'within' }]);
    await put(null);
    expect((await get(november)).json.budget).toBeNull();
  });

  it('that is none is refused', async () => {
    const { token } = await dancer();
    const put = (body: unknown) => app.call('PUT', `${path}/budget`, { token, body });
    for (const body of [
      {},
      { budget: { cents: -1, per: 'month' } },
      { budget: { cents: 1.5, per: 'year' } },
      { budget: { cents: 1, per: 'week' } },
    ])
      expect((await put(body)).status).toBe(422);
  });
});

describe('a statement', () => {
  it('is a file with all of the period in it, whatever its length', async () => {
    const { id, token } = await dancer();
    await seedManyBookings(app, id, 1_200);
    const query = '?from=2020-01-01&to=2020-12-31';
    const csv = await app.call('GET', `${path}/statement${query}`, { token });
    expect(csv.headers.get('content-disposition')).toBe(
      'attachment; filename="gibney-rentals-2020-01-01-to-2020-12-31.csv"',
    );
    expect(csv.text.trimEnd().split('\r\n')).toHaveLength(1_201);
    const pdf = await app.call('GET', `${path}/statement${query}&format=pdf`, { token });
    expect(pdf.headers.get('content-type')).toBe('application/pdf');
    expect(pdf.text).toMatch(/^%PDF-1\./);
  });
});
