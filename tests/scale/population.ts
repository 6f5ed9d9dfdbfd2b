/** Users by the thousand, with the rows that each has after some weeks of use, written set by set and not one by one. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { secretContext } from '#db/secrets.ts';
import { affected, sql } from '../support/sql.ts';
import { listedRentals } from './rentals.ts';
import type { World } from './world.ts';

export const rentalsEach = 30;
export const portalPassword = 'pirouette';
const atOnce = 1_000;

type Populated = Pick<World, 'em' | 'secrets' | 'startedAt'>;

export interface Person {
  id: string;
  email: string;
}

/** Connected users who have synced before; their next sync is due hours from now. */
export async function makePeople(
  world: Populated,
  group: string,
  count: number,
  rentals = rentalsEach,
): Promise<Person[]> {
  const people = Array.from({ length: count }, (_, index) => ({
    id: randomUUID(),
    email: `${group}-${index}@example.test`,
  }));
  for (let at = 0; at < count; at += atOnce) await insert(world, people.slice(at, at + atOnce), rentals);
  return people;
}

async function insert(world: Populated, people: Person[], count: number): Promise<void> {
  const { em, secrets, startedAt } = world;
  const [ids, emails] = [people.map(({ id }) => id), people.map(({ email }) => email)];
  await affected(
    em(),
    sql`insert into users (id, email, email_verified) select id, email, true from unnest(${ids}::uuid[], ${emails}::text[]) as t (id, email)`,
  );
  const accounts = people.map(() => randomUUID());
  const sealed = accounts.map((id) => secrets.seal(portalPassword, secretContext.portalPassword(id)));
  await affected(
    em(),
    sql`insert into portal_accounts (id, user_id, username, password_sealed, key_id, revision, last_revision, state, last_sync_at,
          next_sync_at, schedule_reason)
        select account, user_id, email, sealed, ${secrets.currentKeyId}, 1, 1, 'connected', now() - interval '10 minutes',
          now() + interval '4 hours' + random() * interval '2 hours', 'interval'
        from unnest(${accounts}::uuid[], ${ids}::uuid[], ${emails}::text[], ${sealed}::text[]) as t (account, user_id, email, sealed)`,
  );
  const rentals = JSON.stringify(listedRentals(count, startedAt).map(({ raw: _, ...columns }) => columns));
  await affected(
    em(),
    sql`insert into bookings (user_id, record_id, name, starts_at, ends_at, studio, location, status, price_cents, record_url,
          first_seen_at, last_seen_at, updated_at)
        select id, r."recordId", r.name, r."startsAt", r."endsAt", r.studio, r.location, r.status, r."priceCents", r."recordUrl",
          now(), now(), now()
        from unnest(${ids}::uuid[]) as t (id) cross join jsonb_to_recordset(${rentals}::jsonb) as r ("recordId" text, name text,
          "startsAt" timestamptz, "endsAt" timestamptz, studio text, location text, status text, "priceCents" int, "recordUrl" text)`,
  );
}

/**
 * What the service knows of everybody after some weeks: a day of syncs, what was told of them and to whom, reminders and
 * calendars for some, and of every 20 users one who failed last, one who paused and one
 * who disconnected. Not by the service's own pool, which gives no
 * statement this long.
 */
export async function makeHistory(databaseUrl: string, syncsEach = 12): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const statement of historyOfAll(syncsEach)) await client.query(statement);
  } finally {
    await client.end();
  }
}

const historyOfAll = (syncsEach: number) => [
  `insert into sync_jobs (id, user_id, status, phase, done, total, attempt, bookings_synced, added, changed, removed,
      created_at, started_at, completed_at, reconciled_at, expected_total, expected_ms)
    select gen_random_uuid(), id, 'completed', 'completed', ${rentalsEach}, ${rentalsEach}, 1, ${rentalsEach}, 0, 0, 0,
      t.at, t.at, t.at + interval '5 seconds', t.at + interval '5 seconds', ${rentalsEach}, 5000
    from users cross join lateral (
      select now() - (n - random()) * interval '1 day' / ${syncsEach} as at from generate_series(1, ${syncsEach}) as n
    ) as t`,
  `insert into sync_job_logs (job_id, user_id, at, level, phase, message)
    select id, user_id, created_at, 'info', 'processing', 'Stored ${rentalsEach} rentals: 0 new, 0 changed, 0 gone.'
    from sync_jobs cross join generate_series(1, 2)`,
  `update portal_accounts set last_error_code = case n % 20 when 1 then 'portal_unavailable' end,
      consecutive_failures = case n % 20 when 1 then 1 else 0 end, paused_reason = case n % 20 when 2 then 'user' end,
      state = case n % 20 when 3 then 'disconnected' else state end
    from (select id as account, row_number() over (order by id) as n from portal_accounts) as t
    where account = id and n % 20 in (1, 2, 3)`,
  `insert into delivery_targets (user_id, channel, address)
    select id, channel, channel || ':' || id from users cross join unnest('{mail,push}'::text[]) as channel
    where channel = 'mail' or hashtext(id::text) % 3 = 0`,
  `update users set remind_before = '2h' where hashtext(id::text) % 3 = 0`,
  `insert into events (user_id, type, data, at)
    select id, 'booking.changed', '{"name": "R-100001"}', now() - n * interval '7 hours'
    from users cross join generate_series(1, 4) as n`,
  `insert into calendar_connections (user_id, server_url, username, password_sealed, calendar_url, name, state)
    select id, 'https://calendar.test', email, '', 'https://calendar.test/' || id, 'Rentals', 'ok' from users`,
  'analyze',
  `insert into deliveries (user_id, target_id, event_seq, lane, status, tries, created_at, done_at)
    select t.user_id, t.id, e.seq, e.seq::text, 'delivered', 1, e.at, e.at
    from delivery_targets t join events e on e.user_id = t.user_id`,
  'analyze',
];

/** From `first` on, everybody within `withinMs` milliseconds. */
export async function makeDue({ em }: World, people: Person[], first: Date, withinMs: number): Promise<void> {
  const ids = people.map(({ id }) => id);
  await affected(
    em(),
    sql`update portal_accounts set next_sync_at = ${first}::timestamptz + random() * ${withinMs}::float8 * interval '1 millisecond',
          schedule_reason = 'interval' where user_id = any(${ids}::uuid[])`,
  );
}
