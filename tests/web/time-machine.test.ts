/** Rentals as they were, as programs ask for them. */
import { expect, it } from 'vitest';
import { useApp } from './support/app.ts';
import { daysAgo, seedBooking } from './support/calendar.ts';
import { trpcClient } from './support/trpc.ts';

const app = await useApp();
const path = '/api/v1/user/bookings/as-of';

async function dancerWithCorrection() {
  const user = await app.newUser();
  const id = await seedBooking(app, user.id, { name: '=now', priceCents: 2_000, updatedAt: daysAgo(10) });
  await app.database.query(
    `insert into booking_changes (user_id, booking_id, kind, before, after, at) values
      ($1, $2, 'added', null, '{}', $3), ($1, $2, 'price', '{"price_cents": 1500}', '{"price_cents": 2000}', $4)`,
    [user.id, id, daysAgo(10), daysAgo(5)],
  );
  const get = (at: string, rest = '') =>
    app.call('GET', `${path}${rest}?at=${encodeURIComponent(at)}`, { token: user.token });
  return { ...user, get };
}

it('are what they were, the same by tRPC, and nothing before the first sync', async () => {
  const { get, token } = await dancerWithCorrection();
  const { json } = await get(daysAgo(7));
  expect(json.bookings).toMatchObject([{ price_cents: 1_500, changed_since: true, first_seen_at: expect.any(String) }]);
  expect(await trpcClient(app.url, token).bookings.asOf.query({ at: daysAgo(3) })).toMatchObject({
    bookings: [{ priceCents: 2_000, changedSince: false }],
  });
  const before = await get(daysAgo(11));
  expect(before.json).toMatchObject({ bookings: [], remembered_since: expect.any(String) });
  expect((await get(daysAgo(-1))).json.errors).toEqual({ at: ['Give a time in the past.'] });
});

it('can be kept as files', async () => {
  const { get, token } = await dancerWithCorrection();
  const csv = await get(daysAgo(7), '/export');
  expect(csv.headers.get('content-disposition')).toMatch(/filename="rentals-as-of-\d{4}-\d\d-\d\d-\d{4}\.csv"/);
  expect(csv.text).toContain(",'=now,Approved,15.00,");
  const [then, now] = [csv.text, (await get(daysAgo(3), '/export')).text].map((text) =>
    text.trimEnd().split('\r\n')[1]!.split(','),
  );
  // Nothing changed but the price, which was corrected five days ago.
  const seen = (line: string[]) => line.slice(-6).map((at) => Math.round((Date.now() - Date.parse(at)) / 86_400_000));
  expect([seen(then!), seen(now!)]).toEqual([
    [10, 10, 10, 10, 10, 10],
    [10, 10, 10, 10, 10, 5],
  ]);
  const json = await app.call('GET', `${path}/export?at=${encodeURIComponent(daysAgo(7))}&format=json`, { token });
  expect(JSON.parse(json.text)).toMatchObject({ bookings: [{ name: '=now', price_cents: 1_500 }] });
});
