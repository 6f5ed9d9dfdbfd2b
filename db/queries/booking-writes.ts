/**
 * The four statements of the reconcile. `listed` is a query of what the portal showed, one row a record id; where it is
 * not `readable` its values are null and the booking keeps its own. Each statement writes its changes with it, and all
 * times are the transaction's.
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql, type RawBuilder } from 'kysely';
import { kysely } from '../kysely.ts';

type Fragment = RawBuilder<unknown>;

export interface Reconciling {
  userId: string;
  jobId: string;
  listed: Fragment;
}

async function countOf(tx: EntityManager, statement: RawBuilder<{ count: number }>): Promise<number> {
  const { rows } = await statement.execute(kysely(tx));
  return rows[0]!.count;
}

const iso = (column: Fragment) => sql`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

const times = (row: Fragment) =>
  sql`jsonb_build_object('starts_at', ${iso(sql`${row}.starts_at`)}, 'ends_at', ${iso(sql`${row}.ends_at`)})`;

/** Everything that is seen of a booking. */
const everything = (row: Fragment) =>
  sql`(${times(row)} || jsonb_build_object('name', ${row}.name, 'studio', ${row}.studio, 'location', ${row}.location,
    'status', ${row}.status, 'price_cents', ${row}.price_cents))`;

/** Marks what the list does not hold. For a whole list only. Returns how many. */
export function markMissing(tx: EntityManager, { userId, jobId, listed }: Reconciling): Promise<number> {
  return countOf(
    tx,
    sql`with listed as materialized (${listed}), gone as (
          update bookings b set removed_at = now(), sequence = sequence + 1, updated_at = now()
          where user_id = ${userId} and removed_at is null
            and not exists (select 1 from listed where listed.record_id = b.record_id)
          returning b.*
        ), noted as (
          insert into booking_changes (user_id, booking_id, job_id, kind, before, at)
          select user_id, id, ${jobId}::uuid, 'removed', ${everything(sql`gone`)}, now() from gone
        )
        select count(*) as count from gone`,
  );
}

/** What can change of a booking, from `was` to `fresh`. */
const changeKinds = sql`(values
    ('restored', was.removed_at is not null, null::jsonb, ${everything(sql`fresh`)}),
    ('moved', (was.starts_at, was.ends_at) <> (fresh.starts_at, fresh.ends_at), ${times(sql`was`)}, ${times(sql`fresh`)}),
    ('renamed', was.name <> fresh.name,
      jsonb_build_object('name', was.name), jsonb_build_object('name', fresh.name)),
    ('studio', was.studio <> fresh.studio,
      jsonb_build_object('studio', was.studio), jsonb_build_object('studio', fresh.studio)),
    ('location', was.location <> fresh.location,
      jsonb_build_object('location', was.location), jsonb_build_object('location', fresh.location)),
    ('price', was.price_cents is distinct from fresh.price_cents,
      jsonb_build_object('price_cents', was.price_cents), jsonb_build_object('price_cents', fresh.price_cents)),
    ('status', was.status <> fresh.status,
      jsonb_build_object('status', was.status), jsonb_build_object('status', fresh.status))
  ) as change (kind, applies, before, after)`;

/** Writes what differs and brings back what was removed; `sequence` rises once. Returns how many bookings. */
export function updateChanged(tx: EntityManager, { userId, jobId, listed }: Reconciling): Promise<number> {
  return countOf(
    tx,
    sql`with listed as materialized (${listed}), was as (
          select b.* from bookings b join listed l on l.record_id = b.record_id
          where b.user_id = ${userId} and (b.removed_at is not null or (l.readable and
            (l.name, l.starts_at, l.ends_at, l.studio, l.location, l.status, l.price_cents) is distinct from
            (b.name, b.starts_at, b.ends_at, b.studio, b.location, b.status, b.price_cents)))
        ), fresh as (
          update bookings b set removed_at = null, sequence = b.sequence + 1, updated_at = now(),
            name = coalesce(l.name, b.name),
            starts_at = coalesce(l.starts_at, b.starts_at),
            ends_at = coalesce(l.ends_at, b.ends_at),
            studio = coalesce(l.studio, b.studio),
            location = coalesce(l.location, b.location),
            status = coalesce(l.status, b.status),
            price_cents = case when l.readable then l.price_cents else b.price_cents end
          from was join listed l on l.record_id = was.record_id
          where b.user_id = ${userId} and b.id = was.id
          returning b.*
        ), noted as (
          insert into booking_changes (user_id, booking_id, job_id, kind, before, after, at)
          select fresh.user_id, fresh.id, ${jobId}::uuid, kind, before, after, now()
          from fresh join was on was.id = fresh.id cross join lateral ${changeKinds}
          where applies
        )
        select count(*) as count from fresh`,
  );
}

/** Notes that the listed bookings were seen. The link is no visible change, so it is written here. */
export async function touchListed(tx: EntityManager, { userId, listed }: Reconciling): Promise<void> {
  await sql`with listed as materialized (${listed})
    update bookings b set last_seen_at = now(), record_url = coalesce(l.record_url, b.record_url)
    from listed l where b.user_id = ${userId} and b.record_id = l.record_id`.execute(kysely(tx));
}

/** Adds what was never seen before, if it can be read. Returns how many. */
export function insertNew(tx: EntityManager, { userId, jobId, listed }: Reconciling): Promise<number> {
  return countOf(
    tx,
    sql`with listed as materialized (${listed}), added as (
          insert into bookings (user_id, record_id, name, starts_at, ends_at, studio, location, status, price_cents,
            record_url, first_seen_at, last_seen_at, updated_at)
          select ${userId}::uuid, record_id, name, starts_at, ends_at, studio, location, status, price_cents,
            record_url, now(), now(), now()
          from listed where readable
            and not exists (select 1 from bookings b where b.user_id = ${userId} and b.record_id = listed.record_id)
          returning *
        ), noted as (
          insert into booking_changes (user_id, booking_id, job_id, kind, after, at)
          select user_id, id, ${jobId}::uuid, 'added', ${everything(sql`added`)}, now() from added
        )
        select count(*) as count from added`,
  );
}
