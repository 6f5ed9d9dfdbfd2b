/** Call sheets, and the rentals that each shows. */
import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { lingerDays, longestLinkDays, type TimedChange } from '#domain/call-sheets.ts';
import { anyOf, kysely, now, type Row } from '../kysely.ts';
import { isUuid } from '#domain/ids.ts';
import { isHeld, isHeldStatus } from '../rental-status.ts';
import { bookingColumns, type BookingRow } from './bookings.ts';
import { NoSuchUserError } from './portal-accounts.ts';
import { lockUserAlone } from './users.ts';

type StoredSheet = Row<'call_sheets'>;

/** With what its reader has to know beside it. */
export interface CallSheetRow extends StoredSheet {
  /** Of the group that it is about. */
  groupName: string | null;
  /** When a sync of its owner's rentals succeeded last. */
  checkedAt: Date | null;
  /** Since when its owner's rentals are to be read; null where they are not. */
  connectedAt: Date | null;
  intervalMinutes: number | null;
  /** The last end of its rentals that goes beyond the link's own; null where there is none. */
  endBeyond: Date | null;
}

/** No sheet shows more. What is over gives way to what is to come, the earliest first, then the latest that are to come. */
export const mostRentals = 200;

/** Makes a sheet with what `make` says of its id. False where the user already has `most`. Throws {@link NoSuchUserError}. */
export function insertSheet(
  em: EntityManager,
  userId: string,
  most: number,
  make: (id: string) => Omit<StoredSheet, 'id' | 'userId' | 'createdAt' | 'updatedAt' | 'lastOpenedAt' | 'revokedAt'>,
): Promise<string | null> {
  return em.transactional(async (tx) => {
    if (!(await lockUserAlone(tx, userId))) throw new NoSuchUserError();
    const db = kysely(tx);
    const { count } = await db
      .selectFrom('call_sheets')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('userId', '=', userId)
      .executeTakeFirstOrThrow();
    if (count >= most) return null;
    const id = randomUUID();
    await db
      .insertInto('call_sheets')
      .values({ id, userId, ...make(id) })
      .execute();
    return id;
  });
}

/** Of the sheet `s`, a rental `b` that starts in its period, or did before it was moved out of there. */
const isInPeriod = sql<boolean>`(s.period_from is not null and (
  (b.starts_at >= s.period_from and b.starts_at < s.period_to) or exists (
    select 1 from booking_changes c where c.booking_id = b.id and c.kind = 'moved' and c.at > s.created_at
      and (c.before ->> 'starts_at')::timestamptz >= s.period_from and (c.before ->> 'starts_at')::timestamptz < s.period_to)))`;

/** A rental of its group that was not over when the sheet was made. */
const isInGroup = sql<boolean>`(s.group_id is not null and b.group_id = s.group_id and b.ends_at >= s.created_at)`;

/** Of the sheet `s`, the ends of its rentals `b` that stand. What a group got only after the link had ended revives no link. */
const ends = sql`from bookings b where b.user_id = s.user_id and ${isHeld}
  and (b.id = s.booking_id or ${isInPeriod} or (${isInGroup} and b.first_seen_at < s.expires_at))`;

const linger = sql`make_interval(days => ${sql.lit(lingerDays)})`;

/** Of the sheet `s`: until when its link works if it follows the rentals; null where that is no later than it works anyway. */
export const wantedEnd = sql`select max(least(b.ends_at + ${linger},
  now() + make_interval(days => ${sql.lit(longestLinkDays)}))) as until ${ends} and b.ends_at > s.expires_at - ${linger}`;

/**
 * Lets links that follow their rentals work on where those have moved; none ever ends sooner than it was said before.
 * Called before each reading: an answer is never about a link that has just been found to work longer.
 */
async function followRentals(em: EntityManager, whose: { userId: string } | { tokenHash: string }): Promise<void> {
  const asked = 'userId' in whose ? sql`s.user_id = ${whose.userId}` : sql`s.token_hash = ${whose.tokenHash}`;
  await sql`update call_sheets followed set expires_at = wanted.until
    from call_sheets s cross join lateral (${wantedEnd}) wanted
    where followed.id = s.id and ${asked} and s.follows_rentals and s.revoked_at is null
      and wanted.until > s.expires_at`.execute(kysely(em));
}

function sheetsToRead(em: EntityManager) {
  return kysely(em)
    .selectFrom('call_sheets as s')
    .innerJoin('users as u', 'u.id', 's.userId')
    .leftJoin('groups as g', 'g.id', 's.groupId')
    .leftJoin('portal_accounts as a', 'a.userId', 's.userId')
    .selectAll('s')
    .select(['g.name as groupName', 'a.lastSyncAt as checkedAt', 'u.intervalMinutes'])
    .select(sql<Date | null>`case when a.state = 'connected' then a.created_at end`.as('connectedAt'))
    .select(sql<Date | null>`(select max(b.ends_at) ${ends} and b.ends_at > s.expires_at)`.as('endBeyond'));
}

/** The user's sheets, newest first, or the one with this id. */
export async function listSheets(em: EntityManager, userId: string, id?: string): Promise<CallSheetRow[]> {
  if (id !== undefined && !isUuid(id)) return [];
  await followRentals(em, { userId });
  return sheetsToRead(em)
    .where('s.userId', '=', userId)
    .$if(id !== undefined, (found) => found.where('s.id', '=', id!))
    .orderBy('s.createdAt', 'desc')
    .orderBy('s.id', 'desc')
    .execute();
}

export async function findSheetByToken(em: EntityManager, tokenHash: string): Promise<CallSheetRow | null> {
  await followRentals(em, { tokenHash });
  const found = sheetsToRead(em).where('s.tokenHash', '=', tokenHash);
  return (await found.executeTakeFirst()) ?? null;
}

/** False where there is no such sheet of the user. */
export async function updateSheet(
  em: EntityManager,
  userId: string,
  id: string,
  values: Partial<
    Pick<
      CallSheetRow,
      | 'title'
      | 'note'
      | 'hostName'
      | 'namesShown'
      | 'expiresAt'
      | 'followsRentals'
      | 'revokedAt'
      | 'tokenHash'
      | 'tokenSealed'
    >
  >,
): Promise<boolean> {
  if (!isUuid(id)) return false;
  const { numUpdatedRows } = await kysely(em)
    .updateTable('call_sheets')
    .set({ ...values, updatedAt: now })
    .where((eb) => eb.and({ id, userId }))
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** With its guests and their answers. False where there is no such sheet of the user. */
export async function deleteSheet(em: EntityManager, userId: string, id: string): Promise<boolean> {
  if (!isUuid(id)) return false;
  const gone = kysely(em)
    .deleteFrom('call_sheets')
    .where((eb) => eb.and({ id, userId }));
  return (await gone.executeTakeFirst()).numDeletedRows > 0n;
}

export async function noteOpened(em: EntityManager, id: string, at: Date): Promise<void> {
  await kysely(em).updateTable('call_sheets').set({ lastOpenedAt: at }).where('id', '=', id).execute();
}

/** What was lost before the sheet was made is no news to its guests; what was lost since then was held at some moment since. */
const isNews = sql<boolean>`(${isHeld} or (b.removed_at >= s.created_at and ${isHeldStatus(sql`b.status`)}) or exists (
  select 1 from booking_changes c where c.booking_id = b.id and c.kind = 'status' and c.at >= s.created_at
    and ${isHeldStatus(sql`(c.before ->> 'status')`)}))`;

const isOver = sql<boolean>`(b.ends_at < now())`;

export interface ListedRentals {
  /** By start. */
  bookings: BookingRow[];
  /** How many more there are, see {@link mostRentals}. */
  leftOut: number;
}

/** The rentals of a sheet. */
export async function listSheetRentals(em: EntityManager, sheetId: string): Promise<ListedRentals> {
  const found = await kysely(em)
    .selectFrom('call_sheets as s')
    .innerJoin('bookings as b', 'b.userId', 's.userId')
    .select(bookingColumns)
    .select((eb) => eb.fn.countAll<number>().over().as('all'))
    .where('s.id', '=', sheetId)
    .where(sql<boolean>`(b.id = s.booking_id or ((${isInPeriod} or ${isInGroup}) and ${isNews}))`)
    .orderBy(isOver)
    .orderBy(sql`case when ${isOver} then b.starts_at end`, 'desc')
    .orderBy('b.startsAt')
    .orderBy('b.id')
    .limit(mostRentals)
    .execute();
  const bookings = found.map(({ all: _, ...booking }) => booking);
  bookings.sort((one, other) => +one.startsAt - +other.startsAt);
  return { bookings, leftOut: (found[0]?.all ?? 0) - bookings.length };
}

/** When the last rental of a group ends; null where it has none. */
export async function lastEndOfGroup(em: EntityManager, groupId: string): Promise<Date | null> {
  const { end } = await kysely(em)
    .selectFrom('bookings as b')
    .select((eb) => eb.fn.max('b.endsAt').as('end'))
    .where('b.groupId', '=', groupId)
    .where(isHeld)
    .executeTakeFirstOrThrow();
  return end;
}

/** What changed about time and place after this moment, newest first. */
export function listMoves(em: EntityManager, bookingIds: string[], since: Date): Promise<TimedChange[]> {
  return kysely(em)
    .selectFrom('booking_changes as c')
    .select(['c.bookingId', 'c.kind', 'c.before', 'c.at'])
    .where('c.bookingId', '=', anyOf(bookingIds))
    .where('c.kind', 'in', ['moved', 'studio', 'location'])
    .where('c.at', '>', since)
    .orderBy('c.at', 'desc')
    .orderBy('c.id', 'desc')
    .execute();
}
