/** What the dashboard is made of, for somebody with very many rentals. */
import { describe, expect, it } from 'vitest';
import { authenticate } from '#lib/server/auth/authenticate.ts';
import { loadBookingList } from '#lib/server/pages/booking-list.ts';
import { loadDashboard } from '#lib/server/pages/dashboard.ts';
import { createCaller } from '#lib/server/trpc/router.ts';
import { useApp, type TestUser } from './support/app.ts';

const app = await useApp();

/** One a day, beginning after so many days. */
async function seedDaily(user: TestUser, name: string, count: number, { after = 0, status = 'Approved' } = {}) {
  await app.database.query(
    `insert into bookings (user_id, record_id, name, starts_at, ends_at, studio, location, status, record_url, first_seen_at, last_seen_at, updated_at)
     select $1, $2 || n, $2 || n, now() + make_interval(days => $4 + n), now() + make_interval(days => $4 + n, hours => 1),
       'Studio A', '280 Broadway (Lower Manhattan)', $5, 'https://portal.example/r', now(), now(), now() from generate_series(1, $3::int) n`,
    [user.id, name, count, after, status],
  );
}

async function callerOf({ token }: TestUser) {
  const { services } = app;
  const session = await authenticate(services, new Headers({ authorization: `Bearer ${token}` }));
  return createCaller({ services, session, clientAddress: '::1' });
}

async function pageOf(user: TestUser, earlier: string | null = null) {
  return loadDashboard({ api: await callerOf(user), services: app.services }, earlier);
}

describe('more than a hundred coming rentals', () => {
  it('are counted in full, and none of them is called past or canceled', async () => {
    const user = await app.newUser();
    await seedDaily(user, 'coming', 130);
    await seedDaily(user, 'canceled', 3, { after: 200, status: 'Canceled' });
    await seedDaily(user, 'past', 20, { after: -30 });
    const page = await pageOf(user);
    expect([page.upcoming.length, page.upcomingCount]).toEqual([100, 130]);
    expect([page.earlier, page.earlierCount]).toEqual([null, 23]);
    const { earlier } = await pageOf(user, '');
    expect(earlier!.map(({ name }) => name).slice(0, 4)).toEqual(['canceled3', 'canceled2', 'canceled1', 'past20']);
    expect(earlier).toHaveLength(23);
  });
});

describe('a sync that ended', () => {
  const endedJob = async (user: TestUser) => {
    const { rows } = await app.database.query<{ id: string }>(
      `insert into sync_jobs (id, user_id, status, phase, triggered_manually, bookings_synced, created_at, started_at, completed_at)
       values (gen_random_uuid(), $1, 'completed', 'completed', true, 1, now(), now(), now()) returning id`,
      [user.id],
    );
    return rows[0]!.id;
  };

  it('has all its changes on the page, however many another found since', async () => {
    const user = await app.newUser();
    await seedDaily(user, 'coming', 70);
    const last = await endedJob(user);
    await app.database.query(
      `insert into booking_changes (user_id, booking_id, job_id, kind, at)
       select user_id, id, $2, 'added', now() from bookings where user_id = $1`,
      [user.id, last],
    );
    expect((await pageOf(user)).changes).toHaveLength(70);
  });

  it('while the page is read is told with its rentals', async () => {
    const user = await app.newUser();
    const { services } = app;
    const session = await authenticate(services, new Headers({ authorization: `Bearer ${user.token}` }));
    const api = createCaller({ services, session, clientAddress: '::1' });
    const { promise: haveRead, resolve: rowsAreRead } = Promise.withResolvers<void>();
    const history = async (input: { limit: number }) => {
      const jobs = await api.sync.history(input);
      rowsAreRead();
      return jobs;
    };
    const status = async () => {
      await haveRead;
      await seedDaily(user, 'coming', 1);
      await endedJob(user);
      return api.sync.status();
    };
    const { changes, bookings, portalAccount } = api;
    const sync = { status, history, portal: () => api.sync.portal() };
    const late = { sync, changes, bookings, portalAccount } as unknown as typeof api;
    const page = await loadDashboard({ api: late, services }, null);
    expect(page.status.job).toMatchObject({ status: 'completed' });
    expect([page.jobs.length, page.upcomingCount]).toEqual([1, 1]);
  });
});

describe('what others share', () => {
  it('stays for two weeks where it is canceled or gone, and takes no place of what is to come', async () => {
    const [owner, member] = [await app.newUser(), await app.newUser()];
    await seedDaily(owner, 'held', 7);
    await seedDaily(owner, 'canceled', 1, { status: 'Canceled' });
    await seedDaily(owner, 'gone', 1, { after: 1 });
    await seedDaily(owner, 'later', 1, { after: 20, status: 'Canceled' });
    await app.database.query(
      `with made as (insert into groups (user_id, name, payer) values ($1, 'Swan Lake', '') returning id), grouped as (
         update bookings set group_id = (select id from made), grouped_by = 'hand',
           removed_at = case when record_id = 'gone1' then now() end where user_id = $1
       ) insert into group_members (group_id, user_id, role) select id, $2, 'viewer' from made`,
      [owner.id, member.id],
    );
    const session = await authenticate(app.services, new Headers({ authorization: `Bearer ${member.token}` }));
    const api = createCaller({ services: app.services, session, clientAddress: '::1' });
    const names = (await api.groups.sharedWithLost({ limit: 5 })).map(({ name }) => name);
    expect(names.filter((name) => name.startsWith('held'))).toHaveLength(5);
    expect(names.filter((name) => !name.startsWith('held')).sort()).toEqual(['canceled1', 'gone1']);
    expect((await api.groups.shared({ limit: 100 })).map(({ name }) => name)).not.toContain('canceled1');
  });
});

it('weeks that repeat are told only where all coming rentals are known', async () => {
  const user = await app.newUser();
  const repeats = async (query = '') => {
    const { patterns } = await loadBookingList(await callerOf(user), new URLSearchParams(query));
    return patterns.length > 0;
  };
  await seedDaily(user, 'coming', 40);
  expect([await repeats(), await repeats('q=coming')]).toEqual([true, false]);
  await seedDaily(user, 'later', 90, { after: 40 });
  expect(await repeats()).toBe(false);
});
