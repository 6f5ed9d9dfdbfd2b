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
    expect(json.total.confirmed).toEqual({
      rentals: 3,
      minutes: 180,
      cents: 3_003,
      unpriced: 1,
      refund_cents: 0,
      charged_cents: 0,
    });
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

describe('the costs of groups and of who pays', () => {
  async function company() {
    const user = await dancer();
    const { token } = user;
    const group = async (name: string, payer: string) =>
      (await app.call('POST', '/api/v1/groups', { token, body: { name, payer } })).json.id as string;
    const rental = async (name: string, priceCents: number, groupId: string | null, status = 'Approved') => {
      const bookingId = await seedBooking(app, user.id, { name, priceCents, status, startsAt: '2026-11-10T15:00:00Z' });
      await app.call('PUT', `/api/v1/user/bookings/${bookingId}/group`, { token, body: { group_id: groupId } });
    };
    const [winter, gala, own] = [
      await group('Winter 10', 'Harvest Fund'),
      await group('Winter 9', 'HARVEST FUND'),
      await group('Class', ''),
    ];
    await rental('one', 1_001, winter);
    await rental('two', 2_002, winter, 'Requested');
    await rental('three', 4_004, gala);
    await rental('four', 8_008, own);
    await rental('five', 16_016, null);
    return { ...user, winter, gala };
  }
  interface Sums {
    group_name: string;
    payer: string;
    confirmed: { cents: number };
    pending: { cents: number };
  }
  const sums = (found: Sums[]) => found.map((one) => [one.group_name, one.confirmed.cents, one.pending.cents]);

  it('stand apart, and together they are the whole', async () => {
    const { get } = await company();
    const { json } = await get(november);
    expect(sums(json.groups)).toEqual([
      ['Class', 8_008, 0],
      ['Winter 9', 4_004, 0],
      ['Winter 10', 1_001, 2_002],
      [null, 16_016, 0],
    ]);
    const payer = expect.stringMatching(/^harvest fund$/i) as string;
    expect(json.payers).toMatchObject([{ payer, confirmed: { cents: 5_005 }, pending: { cents: 2_002 } }]);
    expect(json.total.confirmed.cents).toBe(8_008 + 4_004 + 1_001 + 16_016);
  });

  it('can be asked for alone, as a statement too', async () => {
    const { get, winter } = await company();
    const ofGroup = (await get(`${november}&group=${winter}`)).json;
    expect(ofGroup).toMatchObject({ group: { group_name: 'Winter 10' }, total: { confirmed: { cents: 1_001 } } });
    const { rentals } = ofGroup as { rentals: { name: string }[] };
    expect(rentals.map(({ name }) => name).sort()).toEqual(['one', 'two']);
    const ofPayer = (await get(`${november}&payer=harvest%20fund`)).json;
    expect(ofPayer).toMatchObject({ payer: 'harvest fund', total: { confirmed: { cents: 5_005 } } });
    const { headers, text } = await get(`/statement${november}&group=${winter}`);
    expect(headers.get('content-disposition')).toContain('gibney-rentals-2026-11-01-to-2026-11-30-winter-10.csv');
    expect(text).toContain('Winter 10,Harvest Fund');
    expect(text).not.toContain('three');
  });

  it("of another's group are nobody's affair", async () => {
    const { winter } = await company();
    const { get } = await dancer();
    expect((await get(`${november}&group=${winter}`)).status).toBe(404);
    expect((await get(`/statement${november}&group=${winter}`)).status).toBe(404);
    expect((await get(`${november}&group=winter`)).status).toBe(422);
  });

  it('are not named where nothing is in a group', async () => {
    const { id, get } = await dancer();
    await seedBooking(app, id, { startsAt: '2026-11-10T15:00:00Z' });
    expect((await get(november)).json).toMatchObject({ groups: [], payers: [], group: null, payer: null });
  });

  it("lists a group's rentals alone, without those of another's", async () => {
    const { token, winter } = await company();
    const list = async (by: string, query: string) =>
      (await app.call('GET', `/api/v1/user/bookings?${query}`, { token: by })).json;
    const found = await list(token, `group=${winter}`);
    expect(found).toMatchObject({ total: 2, bookings: [{ group_id: winter }, { group_id: winter }] });
    expect(await list(token, 'group=')).toMatchObject({ total: 5 });
    const other = await dancer();
    expect(await list(other.token, `group=${winter}`)).toMatchObject({ total: 0 });
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

  it('is used by what is still charged for a canceled rental', async () => {
    const { id, get, token } = await dancer();
    await seedBooking(app, id, { startsAt: '2026-11-10T15:00:00Z', priceCents: 9_000 });
    await seedBooking(app, id, { startsAt: '2026-11-11T15:00:00Z', priceCents: 2_500, status: 'Canceled' });
    await app.call('PUT', `${path}/budget`, { token, body: { budget: { cents: 10_000, per: 'month' } } });
    const { json } = await get(november);
    expect(json.total).toMatchObject({ confirmed: { cents: 9_000 }, canceled: { charged_cents: 2_500 } });
    expect(json.total.to_pay_cents).toBe(11_500);
    expect(json.budget.uses).toMatchObject([{ cents: 11_500, left_cents: -1_500, state: 'over' }]);
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
