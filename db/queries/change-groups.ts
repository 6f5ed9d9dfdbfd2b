/** What changed, as the syncs found it: one group per sync. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql, type RawBuilder } from 'kysely';
import { decodeTimeCursor, encodeTimeCursor, page } from '../cursor.ts';
import { kysely, type Row } from '../kysely.ts';
import { meaningOf } from '../rental-status.ts';
import { isUuid } from '#domain/ids.ts';
import type { ChangeSort } from '#domain/shapes/bookings.ts';
import { changeColumns, type BookingChangeRow } from './booking-changes.ts';

/** A change with the rental that it is about, as that is now. */
export type ChangeEntryRow = BookingChangeRow & Pick<Row<'bookings'>, 'startsAt' | 'endsAt' | 'studio' | 'location'>;

export interface ChangeGroupRow {
  /** All changes of one sync have this one time. */
  at: Date;
  /** Null once the job is past its retention. */
  jobId: string | null;
  triggeredManually: boolean | null;
  /** The user has confirmed knowing each of them. */
  acknowledged: boolean;
  /** How many of each sort. */
  counts: Partial<Record<ChangeSort, number>>;
  /** The first of them: those of known rentals before new ones, then upcoming rentals, the nearest first. */
  entries: ChangeEntryRow[];
}

const meaning = meaningOf(sql`coalesce(after ->> 'status', '')`);

interface MostEntries {
  perGroup: number;
  newPerGroup: number;
}

/**
 * One page of syncs that found something, newest first, with at most `perGroup` changes of known rentals each, and
 * `newPerGroup` new ones. Throws `BadCursorError`.
 */
export async function listChangeGroups(
  em: EntityManager,
  userId: string,
  { limit, cursor, ...most }: MostEntries & { limit: number; cursor?: string | null },
): Promise<{ groups: ChangeGroupRow[]; nextCursor: string | null }> {
  const after = decodeTimeCursor('change groups', cursor);
  const found = await kysely(em)
    .with('g', (db) =>
      db
        .selectFrom('booking_changes as c')
        .select(['c.at', 'c.jobId'])
        .distinct()
        .where('c.userId', '=', userId)
        .$if(after !== null, (changes) => changes.where('c.at', '<', after!.at))
        .orderBy('c.at', 'desc')
        .limit(limit + 1),
    )
    .selectFrom('g')
    .leftJoin('sync_jobs as j', 'j.id', 'g.jobId')
    .select(['g.at', 'g.jobId', 'j.triggeredManually'])
    .select(
      sql<boolean>`not exists (select from booking_changes
          where user_id = ${userId} and at = g.at and acknowledged_at is null)`.as('acknowledged'),
    )
    .select(
      sql<ChangeGroupRow['counts']>`(select jsonb_object_agg(sort, number) from (
          select sort, count(*) as number from (
            select case when kind = 'status' and ${meaning} in ('canceled', 'declined') then ${meaning} else kind end as sort
            from booking_changes where user_id = ${userId} and at = g.at
          ) sorted group by sort
        ) sorts)`.as('counts'),
    )
    .orderBy('g.at', 'desc')
    .execute();
  const { items, nextCursor } = page(found, limit, ({ at }) => encodeTimeCursor('change groups', { at, id: userId }));
  const times = items.map(({ at }) => at);
  const entries = times.length > 0 ? await firstEntries(em, userId, times, most) : [];
  const groups = items.map((group) => ({
    ...group,
    entries: entries.filter(({ at }) => at.getTime() === group.at.getTime()),
  }));
  return { groups, nextCursor };
}

const entriesOf = (em: EntityManager, userId: string) =>
  kysely(em)
    .selectFrom('booking_changes as c')
    .innerJoin('bookings as b', 'b.id', 'c.bookingId')
    .select([...changeColumns, 'b.startsAt', 'b.endsAt', 'b.studio', 'b.location'])
    .where('c.userId', '=', userId);

async function firstEntries(
  em: EntityManager,
  userId: string,
  times: Date[],
  { perGroup, newPerGroup }: MostEntries,
): Promise<ChangeEntryRow[]> {
  const place = sql<number>`row_number() over (
    partition by c.at, c.kind = 'added' order by b.ends_at <= c.at, abs(extract(epoch from b.starts_at - c.at)), c.id
  )`;
  const ranked = entriesOf(em, userId).where('c.at', 'in', times).select(place.as('place'));
  const found = await kysely(em)
    .selectFrom(ranked.as('ranked'))
    .selectAll()
    .where('place', '<=', sql<number>`case kind when 'added' then ${newPerGroup}::int else ${perGroup}::int end`)
    .orderBy('at', 'desc')
    .orderBy(sql`kind = 'added'`)
    .orderBy('place')
    .execute();
  return found.map(({ place: _place, ...entry }) => entry);
}

const startsAt = sql`b.starts_at`;

/** Where a rental that starts at `at` stands among what was found at `c.at`: what was to come before what was past, the nearest first. */
const placeFrom = (at: RawBuilder<unknown>) => sql`${at} < c.at, abs(extract(epoch from ${at} - c.at))`;

/** Everything that one sync found, what was to come first. Throws `BadCursorError`. */
export async function listChangesOfJob(
  em: EntityManager,
  userId: string,
  { jobId, limit, cursor }: { jobId: string; limit: number; cursor?: string | null },
): Promise<{ entries: ChangeEntryRow[]; nextCursor: string | null }> {
  const after = decodeTimeCursor('changes of a job', cursor);
  if (!isUuid(jobId)) return { entries: [], nextCursor: null };
  const found = await entriesOf(em, userId)
    .where('c.jobId', '=', jobId)
    .$if(after !== null, (entries) =>
      entries.where(
        sql<boolean>`(${placeFrom(startsAt)}, c.id) > (${placeFrom(sql`${after!.at}::timestamptz`)}, ${after!.id}::uuid)`,
      ),
    )
    .orderBy(sql`${startsAt} < c.at`)
    .orderBy(sql`abs(extract(epoch from ${startsAt} - c.at))`)
    .orderBy('c.id')
    .limit(limit + 1)
    .execute();
  const { items, nextCursor } = page(found, limit, ({ startsAt, id }) =>
    encodeTimeCursor('changes of a job', { at: startsAt, id }),
  );
  return { entries: items, nextCursor };
}
