/** Users by the thousand, with the rows that each has after some weeks of use, written set by set and not one by one. */
import { randomUUID } from 'node:crypto';
import { secretContext } from '#db/secrets.ts';
import { affected, sql } from '../support/sql.ts';
import { listedRentals } from './rentals.ts';
import type { World } from './world.ts';

export const rentalsEach = 30;
const atOnce = 5_000;

export interface Person {
  id: string;
  email: string;
}

/** Connected users who have synced before; their next sync is due hours from now. */
export async function makePeople(
  world: World,
  group: string,
  count: number,
  password = 'pirouette',
): Promise<Person[]> {
  const people = Array.from({ length: count }, (_, index) => ({
    id: randomUUID(),
    email: `${group}-${index}@example.test`,
  }));
  for (let at = 0; at < count; at += atOnce) await insert(world, people.slice(at, at + atOnce), password);
  return people;
}

async function insert(world: World, people: Person[], password: string): Promise<void> {
  const { em, secrets, startedAt } = world;
  const [ids, emails] = [people.map(({ id }) => id), people.map(({ email }) => email)];
  await affected(
    em(),
    sql`insert into users (id, email, email_verified) select id, email, true from unnest(${ids}::uuid[], ${emails}::text[]) as t (id, email)`,
  );
  const accounts = people.map(() => randomUUID());
  const sealed = accounts.map((id) => secrets.seal(password, secretContext.portalPassword(id)));
  await affected(
    em(),
    sql`insert into portal_accounts (id, user_id, username, password_sealed, key_id, revision, last_revision, state, last_sync_at,
          next_sync_at, schedule_reason)
        select account, user_id, email, sealed, ${secrets.currentKeyId}, 1, 1, 'connected', now() - interval '10 minutes',
          now() + interval '4 hours' + random() * interval '2 hours', 'interval'
        from unnest(${accounts}::uuid[], ${ids}::uuid[], ${emails}::text[], ${sealed}::text[]) as t (account, user_id, email, sealed)`,
  );
  const rentals = JSON.stringify(listedRentals(rentalsEach, startedAt).map(({ raw: _, ...columns }) => columns));
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
