/** A group's rentals as its page shows them, and as the API pages through them. */
import { expect, it } from 'vitest';
import { authenticate } from '#lib/server/auth/authenticate.ts';
import { loadGroupRentals } from '#lib/server/pages/group-rentals.ts';
import { createCaller } from '#lib/server/trpc/router.ts';
import { useApp, type Answer, type TestUser } from './support/app.ts';

const app = await useApp();

/** A group with one rental a day, from tomorrow on. */
async function seedGroup({ id }: TestUser, count: number): Promise<string> {
  const { rows } = await app.database.query<{ id: string }>(
    `with made as (insert into groups (user_id, name, payer) values ($1, 'Daily class', '') returning id), seeded as (
       insert into bookings (user_id, record_id, name, starts_at, ends_at, studio, location, status, record_url,
         first_seen_at, last_seen_at, updated_at, group_id, grouped_by)
       select $1, 'day' || n, 'day' || n, now() + make_interval(days => n), now() + make_interval(days => n, hours => 1),
         'Studio A', '280 Broadway (Lower Manhattan)', 'Approved', 'https://portal.example/r', now(), now(), now(),
         made.id, 'hand' from made, generate_series(1, $2::int) n)
     select id from made`,
    [id, count],
  );
  return rows[0]!.id;
}

async function pageOf({ token }: TestUser, id: string, cursor: string | null = null) {
  const { services } = app;
  const session = await authenticate(services, new Headers({ authorization: `Bearer ${token}` }));
  return loadGroupRentals(createCaller({ services, session, clientAddress: '::1' }), { id, past: false, cursor });
}

it('begins with the next one, also where more are to come than a page holds, and goes on', async () => {
  const user = await app.newUser();
  const id = await seedGroup(user, 103);
  const first = await pageOf(user, id);
  expect(first.rentals.map(({ name }) => name).slice(0, 2)).toEqual(['day1', 'day2']);
  expect(first.rentals).toHaveLength(100);
  const rest = await pageOf(user, id, first.nextCursor);
  expect(rest.rentals.map(({ name }) => name)).toEqual(['day101', 'day102', 'day103']);
  expect(rest.nextCursor).toBeNull();
});

it('is the same by the API, newest first where not asked otherwise, and a cursor belongs to its order', async () => {
  const user = await app.newUser();
  const path = `/api/v1/groups/${await seedGroup(user, 3)}/bookings`;
  const names = ({ json }: Answer) => (json as { bookings: { name: string }[] }).bookings.map(({ name }) => name);
  expect(names(await app.call('GET', path, { token: user.token }))).toEqual(['day3', 'day2', 'day1']);
  const soonest = await app.call('GET', `${path}?soonest_first=true&limit=2`, { token: user.token });
  expect(names(soonest)).toEqual(['day1', 'day2']);
  const { next_cursor: cursor } = soonest.json as { next_cursor: string };
  const other = await app.call('GET', `${path}?cursor=${cursor}`, { token: user.token });
  expect(other).toMatchObject({ status: 400 });
});
