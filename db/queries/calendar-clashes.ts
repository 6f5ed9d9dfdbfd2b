/** When people have something else during their rentals, according to calendars of theirs. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { FoundCalendar } from '#domain/shapes/calendar-connections.ts';
import { studioZone } from '#domain/studio-zone.ts';
import { anyOf, kysely, now, type Row } from '../kysely.ts';
import { isHeld } from '../rental-status.ts';
import type { BookingRow } from './bookings.ts';

export type Clash = Pick<Row<'calendar_clashes'>, 'bookingId' | 'startsAt' | 'endsAt'>;

/** Which calendars are read from now on; none: what was found is forgotten. False where there is no such connection. */
export function watchCalendars(
  em: EntityManager,
  { userId, id, calendars }: { userId: string; id: string; calendars: FoundCalendar[] },
): Promise<boolean> {
  return em.transactional(async (tx) => {
    const { numAffectedRows } =
      await sql`update calendar_connections set busy_calendars = ${JSON.stringify(calendars)}::jsonb,
        busy_read_at = null, updated_at = now(), due_at = case when state = 'needs_you' then due_at else now() end
      where id = ${id} and user_id = ${userId} and removing_at is null`.execute(kysely(tx));
    if (!numAffectedRows) return false;
    await kysely(tx).deleteFrom('calendar_clashes').where('connectionId', '=', id).execute();
    return true;
  });
}

const watchedDays = 60;

/** Rentals that are held and come in the next 60 days, the nearest first. */
export function listWatchedRentals(
  em: EntityManager,
  userId: string,
  limit: number,
): Promise<Pick<BookingRow, 'id' | 'startsAt' | 'endsAt'>[]> {
  return kysely(em)
    .selectFrom('bookings as b')
    .select(['b.id', 'b.startsAt', 'b.endsAt'])
    .where('b.userId', '=', userId)
    .where('b.endsAt', '>', now)
    .where('b.startsAt', '<', sql<Date>`now() + make_interval(days => ${sql.lit(watchedDays)})`)
    .where(isHeld)
    .orderBy('b.startsAt')
    .orderBy('b.id')
    .limit(limit)
    .execute();
}

export async function readOwner(em: EntityManager, userId: string): Promise<{ email: string; timeZone: string }> {
  const found = kysely(em).selectFrom('users').select(['email', 'timeZone']).where('id', '=', userId);
  const { email, timeZone } = await found.executeTakeFirstOrThrow();
  return { email, timeZone: timeZone ?? studioZone };
}

/** What is now known of these rentals. Nothing where the connection is gone or is no longer to be read. */
export async function storeClashes(
  em: EntityManager,
  connectionId: string,
  bookingIds: string[],
  clashes: Clash[],
): Promise<void> {
  const rows = JSON.stringify(
    clashes.map(({ bookingId, startsAt, endsAt }) => ({ booking_id: bookingId, starts_at: startsAt, ends_at: endsAt })),
  );
  await em.transactional(async (tx) => {
    const db = kysely(tx);
    const known = db.deleteFrom('calendar_clashes').where('connectionId', '=', connectionId);
    await known.where('bookingId', '=', anyOf(bookingIds)).execute();
    await sql`insert into calendar_clashes (connection_id, booking_id, starts_at, ends_at)
      select c.id, k.booking_id, k.starts_at, k.ends_at from jsonb_to_recordset(${rows}::jsonb)
        as k (booking_id uuid, starts_at timestamptz, ends_at timestamptz)
      cross join (select id from calendar_connections
        where id = ${connectionId} and busy_calendars <> '[]' and removing_at is null for key share) c
      on conflict do nothing`.execute(db);
  });
}

/** Everything was read, so the password is taken: what is known of rentals other than these is out of date. */
export async function noteBusyRead(em: EntityManager, connectionId: string, bookingIds: string[]): Promise<void> {
  await em.transactional(async (tx) => {
    const db = kysely(tx);
    const known = db.deleteFrom('calendar_clashes').where('connectionId', '=', connectionId);
    await known.where((eb) => eb.not(eb('bookingId', '=', anyOf(bookingIds)))).execute();
    const connection = db.updateTable('calendar_connections').where('id', '=', connectionId);
    await connection.set({ busyReadAt: now }).execute();
    const wasTold = connection.where('toldOf', '=', 'credentials_refused').where('state', '<>', 'needs_you');
    await wasTold.set({ refusedSince: null, toldOf: null }).execute();
  });
}

/** What was read longer ago is worth nothing any more. */
const shownFor = sql`interval '3 days'`;

/**
 * When the user has something else during upcoming rentals, or during this one, in order: of what was read, that which is still
 * at the time of a rental that is still held.
 */
export async function listClashes(em: EntityManager, userId: string, bookingId?: string): Promise<Clash[]> {
  return kysely(em)
    .selectFrom('calendar_clashes as k')
    .innerJoin('calendar_connections as c', 'c.id', 'k.connectionId')
    .innerJoin('bookings as b', 'b.id', 'k.bookingId')
    .select(['k.bookingId', 'k.startsAt', 'k.endsAt'])
    .distinct()
    .where('c.userId', '=', userId)
    .where('b.userId', '=', userId)
    .where('c.removingAt', 'is', null)
    .where(sql<boolean>`coalesce(c.busy_read_at, c.updated_at) > now() - ${shownFor}`)
    .where('b.endsAt', '>', now)
    .where(isHeld)
    .whereRef('k.startsAt', '<', 'b.endsAt')
    .whereRef('k.endsAt', '>', 'b.startsAt')
    .$if(bookingId !== undefined, (found) => found.where('b.id', '=', bookingId!))
    .orderBy('k.startsAt')
    .orderBy('k.bookingId')
    .orderBy('k.endsAt')
    .limit(200)
    .execute();
}
