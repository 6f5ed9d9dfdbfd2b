/**
 * The statements of the reconcile. `listed` is a query of what the portal showed, one row per record id; a booking
 * keeps its own values where those there are `unreadable`. Each statement writes its changes with it, and all times are
 * the transaction's.
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql, type RawBuilder } from 'kysely';
import { columnsOf, rentalFields } from '#domain/rental-list/fields.ts';
import { iso, kysely } from '../kysely.ts';

type Fragment = RawBuilder<unknown>;

export interface Reconciling {
  userId: string;
  jobId: string;
  listed: Fragment;
}

/** What any attempt of the job staged was there today: a reading that lacks it does not confirm that it is gone. */
const seenBy = (jobId: string, recordId: Fragment): Fragment =>
  sql`exists (select 1 from staged_rentals s where s.job_id = ${jobId}::uuid and s.record_id = ${recordId})`;

const columns = rentalFields.flatMap((field) => columnsOf(field).map((name) => ({ name, field })));
type Column = (typeof columns)[number];

const list = (parts: Fragment[]) => sql.join(parts, sql`, `);
const of = (row: string, { name }: Column) => sql.ref(`${row}.${name}`);
const allOf = (row: string) => list(columns.map((column) => of(row, column)));
const names = list(columns.map(({ name }) => sql.ref(name)));

/** The value of a listed row `l`, or of the booking `b` where that cannot be read. */
const readOrKept = (column: Column) =>
  sql`case when ${of('l', column)} is null and not ${sql.lit(column.field.optional === true)}
    or ${sql.lit(column.name)} = any(l.unreadable) then ${of('b', column)} else ${of('l', column)} end`;

async function countOf(tx: EntityManager, statement: RawBuilder<{ count: number }>): Promise<number> {
  const { rows } = await statement.execute(kysely(tx));
  return rows[0]!.count;
}

/** The values of a row's columns, by name. */
function json(row: string, some: Column[]): Fragment {
  const value = (column: Column) => (column.name.endsWith('_at') ? iso(of(row, column)) : of(row, column));
  return sql`jsonb_build_object(${list(some.map((column) => sql`${sql.lit(column.name)}, ${value(column)}`))})`;
}

/**
 * Gives bookings that the list lacks the record id under which it holds a rental of the same name and start: the portal
 * renumbered its records, as it does when it moves. Only where no other booking and no other rental could be meant.
 * For a whole list only. Returns how many.
 */
export function adoptRenumbered(tx: EntityManager, { userId, listed }: Reconciling): Promise<number> {
  return countOf(
    tx,
    sql`with listed as materialized (${listed}), missing as (
          select b.id, b.name, b.starts_at from bookings b where b.user_id = ${userId} and b.removed_at is null
            and not exists (select 1 from listed where listed.record_id = b.record_id)
        ), unknown as (
          select record_id, name, starts_at from listed where name <> '' and starts_at is not null
            and not exists (select 1 from bookings b where b.user_id = ${userId} and b.record_id = listed.record_id)
        ), pairs as (
          select id, record_id, count(*) over (partition by id) as rentals, count(*) over (partition by record_id) as bookings
          from missing join unknown using (name, starts_at)
        ), adopted as (
          update bookings b set record_id = pairs.record_id, updated_at = now()
          from pairs where b.id = pairs.id and rentals = 1 and bookings = 1 returning 1
        )
        select count(*) as count from adopted`,
  );
}

/**
 * Notes that the list lacks past bookings, for {@link markMissing} to keep them: those that an earlier completed
 * sync lacked as well are left to it. For a whole list only. Returns how many are kept.
 */
export function missPast(tx: EntityManager, { userId, jobId }: Reconciling): Promise<number> {
  return countOf(
    tx,
    sql`with missed as (
          update bookings b set missed_by = ${jobId}::uuid
          where user_id = ${userId} and removed_at is null and starts_at <= now()
            and not ${seenBy(jobId, sql.ref('b.record_id'))}
            and not exists (select 1 from sync_jobs j
              where j.id = b.missed_by and j.user_id = b.user_id and j.status = 'completed')
          returning 1
        )
        select count(*) as count from missed`,
  );
}

/** Marks what no attempt of this job saw and this job does not keep. For a whole list only. Returns how many. */
export function markMissing(tx: EntityManager, { userId, jobId }: Reconciling): Promise<number> {
  return countOf(
    tx,
    sql`with gone as (
          update bookings b set removed_at = now(), missed_by = null, sequence = sequence + 1, updated_at = now()
          where user_id = ${userId} and removed_at is null and missed_by is distinct from ${jobId}::uuid
            and not ${seenBy(jobId, sql.ref('b.record_id'))}
          returning b.*
        ), noted as (
          insert into booking_changes (user_id, booking_id, job_id, kind, before, at)
          select user_id, id, ${jobId}::uuid, 'removed', ${json('gone', columns)}, now() from gone
        )
        select count(*) as count from gone`,
  );
}

/** What can change about a booking, from `was` to `fresh`. */
const changeKinds = sql`(values ('restored', was.removed_at is not null, null::jsonb, ${json('fresh', columns)}), ${list(
  rentalFields.map((field) => {
    const own = columns.filter((column) => column.field === field);
    const differs = own.map((column) => sql`${of('was', column)} is distinct from ${of('fresh', column)}`);
    return sql`(${sql.lit(field.change)}, ${sql.join(differs, sql` or `)}, ${json('was', own)}, ${json('fresh', own)})`;
  }),
)}) as change (kind, applies, before, after)`;

/** Writes what differs and brings back what was removed; `sequence` rises once. Returns how many bookings. */
export function updateChanged(tx: EntityManager, { userId, jobId, listed }: Reconciling): Promise<number> {
  return countOf(
    tx,
    sql`with listed as materialized (${listed}), was as (
          select b.* from bookings b join listed l on l.record_id = b.record_id
          where b.user_id = ${userId} and (b.removed_at is not null or
            (${list(columns.map(readOrKept))}) is distinct from (${allOf('b')}))
        ), fresh as (
          update bookings b set removed_at = null, sequence = b.sequence + 1, updated_at = now(),
            ${list(columns.map((column) => sql`${sql.ref(column.name)} = ${readOrKept(column)}`))}
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

/** Notes that the listed bookings were seen. The link is no visible change, so it is written here. Returns how many. */
export function touchListed(tx: EntityManager, { userId, listed }: Reconciling): Promise<number> {
  return countOf(
    tx,
    sql`with listed as materialized (${listed}), touched as (
          update bookings b set last_seen_at = now(), missed_by = null, record_url = l.record_url
          from listed l where b.user_id = ${userId} and b.record_id = l.record_id returning 1
        )
        select count(*) as count from touched`,
  );
}

/**
 * The same for the same record, so that calendars and receivers recognize a booking that a restored database does not know. One
 * whose record was renumbered keeps its id, and then it is taken.
 */
const idOf = (userId: string, row: string) => {
  const record = sql`md5(${userId}::text || ' ' || ${sql.ref(`${row}.record_id`)})`;
  const id = sql`overlay(overlay(${record} placing '8' from 13 for 1) placing 'a' from 17 for 1)::uuid`;
  return sql`case when exists (select 1 from bookings o where o.id = ${id}) then gen_random_uuid() else ${id} end`;
};

/** Adds what was never seen before, if its times can be read. Returns how many. */
export function insertNew(tx: EntityManager, { userId, jobId, listed }: Reconciling): Promise<number> {
  return countOf(
    tx,
    sql`with listed as materialized (${listed}), added as (
          insert into bookings (id, user_id, record_id, ${names}, record_url, first_seen_at, last_seen_at, updated_at)
          select ${idOf(userId, 'listed')}, ${userId}::uuid, record_id, ${names}, record_url, now(), now(), now()
          from listed where starts_at is not null and ends_at is not null
            and not exists (select 1 from bookings b where b.user_id = ${userId} and b.record_id = listed.record_id)
          returning *
        ), noted as (
          insert into booking_changes (user_id, booking_id, job_id, kind, after, at)
          select user_id, id, ${jobId}::uuid, 'added', ${json('added', columns)}, now() from added
        )
        select count(*) as count from added`,
  );
}
