/** What changed, as the syncs found it: one group a sync. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { decodeTimeCursor, encodeTimeCursor, page } from '../cursor.ts';
import { allOf, isUuid, rows, sql, withTimes, type AsRead, type Sql } from '../sql.ts';
import type { BookingChangeRow, ChangeKind } from './booking-changes.ts';

/** A change with the rental that it is about, as that is now. */
export interface ChangeEntryRow extends BookingChangeRow {
  startsAt: Date;
  endsAt: Date;
  studio: string;
  location: string;
}

export interface ChangeGroupRow {
  /** All changes of one sync have this one time. */
  at: Date;
  /** Null once the job is past its retention. */
  jobId: string | null;
  triggeredManually: boolean | null;
  /** How many of each kind. */
  counts: Partial<Record<ChangeKind, number>>;
  /** The first of them: what touches known rentals before new ones, then by start. */
  entries: ChangeEntryRow[];
}

type Group = Omit<ChangeGroupRow, 'entries'>;

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
  const found = await rows<AsRead<Group>>(
    em,
    sql`select g.at, g.job_id as "jobId", j.triggered_manually as "triggeredManually",
          (select jsonb_object_agg(kind, number) from (
            select c.kind, count(*)::int as number from booking_changes c
            where c.user_id = ${userId} and c.at = g.at group by c.kind
          ) kinds) as counts
        from (
          select distinct c.at, c.job_id from booking_changes c
          where ${allOf([sql`c.user_id = ${userId}`, after && sql`c.at < ${after.at}`])}
          order by c.at desc limit ${limit + 1}
        ) g left join sync_jobs j on j.id = g.job_id
        order by g.at desc`,
  );
  const { items, nextCursor } = page(
    found.map((group) => withTimes<Group>(group, 'at')),
    limit,
    ({ at }) => encodeTimeCursor('change groups', { at, id: userId }),
  );
  const entries = await firstEntries(em, userId, items, most);
  const groups = items.map((group) => ({
    ...group,
    entries: entries.filter(({ at }) => at.getTime() === group.at.getTime()),
  }));
  return { groups, nextCursor };
}

const entryColumns = sql`c.id, c.at, c.kind, c.booking_id as "bookingId", c.job_id as "jobId", b.name, c.before, c.after,
  b.starts_at as "startsAt", b.ends_at as "endsAt", b.studio, b.location`;

async function firstEntries(
  em: EntityManager,
  userId: string,
  groups: Group[],
  { perGroup, newPerGroup }: MostEntries,
) {
  if (groups.length === 0) return [];
  const times = groups.map(({ at }) => at.toISOString());
  return readEntries(
    em,
    sql`select * from (
          select ${entryColumns},
            row_number() over (partition by c.at, c.kind = 'added' order by b.starts_at, c.id) as place
          from booking_changes c join bookings b on b.id = c.booking_id
          where c.user_id = ${userId} and c.at = any(${times}::timestamptz[])
        ) ranked where place <= case kind when 'added' then ${newPerGroup}::int else ${perGroup}::int end
        order by at desc, kind = 'added', place`,
  );
}

/** All that one sync found, by start. Throws `BadCursorError`. */
export async function listChangesOfJob(
  em: EntityManager,
  userId: string,
  { jobId, limit, cursor }: { jobId: string; limit: number; cursor?: string | null },
): Promise<{ entries: ChangeEntryRow[]; nextCursor: string | null }> {
  const after = decodeTimeCursor('changes of a job', cursor);
  if (!isUuid(jobId)) return { entries: [], nextCursor: null };
  const found = await readEntries(
    em,
    sql`select ${entryColumns} from booking_changes c join bookings b on b.id = c.booking_id
        where ${allOf([
          sql`c.user_id = ${userId} and c.job_id = ${jobId}`,
          after && sql`(b.starts_at, c.id) > (${after.at}::timestamptz, ${after.id}::uuid)`,
        ])}
        order by b.starts_at, c.id limit ${limit + 1}`,
  );
  const { items, nextCursor } = page(found, limit, ({ startsAt, id }) =>
    encodeTimeCursor('changes of a job', { at: startsAt, id }),
  );
  return { entries: items, nextCursor };
}

async function readEntries(em: EntityManager, statement: Sql): Promise<ChangeEntryRow[]> {
  const found = await rows<AsRead<ChangeEntryRow & { place?: unknown }>>(em, statement);
  return found.map(({ place: _place, ...entry }) => withTimes<ChangeEntryRow>(entry, 'at', 'startsAt', 'endsAt'));
}
