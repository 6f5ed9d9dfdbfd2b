/** Call sheets, and the rentals that each shows. */
import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { TimedChange } from '#domain/call-sheets.ts';
import { anyOf, kysely, now, type Row } from '../kysely.ts';
import { isUuid } from '../text.ts';
import { isHeld } from '../rental-status.ts';
import { bookingColumns, type BookingRow } from './bookings.ts';
import { NoSuchUserError } from './portal-accounts.ts';
import { lockUserAlone } from './users.ts';

/** With the name of the group that it is about. */
export type CallSheetRow = Row<'call_sheets'> & { groupName: string | null };

/** No sheet shows more; the earliest come first. */
export const mostRentals = 200;

/** Makes a sheet with what `make` says of its id. False where the user already has `most`. Throws {@link NoSuchUserError}. */
export function insertSheet(
  em: EntityManager,
  userId: string,
  most: number,
  make: (
    id: string,
  ) => Omit<CallSheetRow, 'id' | 'userId' | 'createdAt' | 'updatedAt' | 'lastOpenedAt' | 'revokedAt' | 'groupName'>,
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

function sheetsWithGroup(em: EntityManager) {
  const sheets = kysely(em).selectFrom('call_sheets as s').leftJoin('groups as g', 'g.id', 's.groupId');
  return sheets.selectAll('s').select('g.name as groupName');
}

/** The user's sheets, newest first, or the one with this id. */
export function listSheets(em: EntityManager, userId: string, id?: string): Promise<CallSheetRow[]> {
  if (id !== undefined && !isUuid(id)) return Promise.resolve([]);
  return sheetsWithGroup(em)
    .where('s.userId', '=', userId)
    .$if(id !== undefined, (found) => found.where('s.id', '=', id!))
    .orderBy('s.createdAt', 'desc')
    .orderBy('s.id', 'desc')
    .execute();
}

export async function findSheetByToken(em: EntityManager, tokenHash: string): Promise<CallSheetRow | null> {
  const found = sheetsWithGroup(em).where('s.tokenHash', '=', tokenHash);
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
      'title' | 'note' | 'hostName' | 'namesShown' | 'expiresAt' | 'revokedAt' | 'tokenHash' | 'tokenSealed'
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

/** Of the sheet `s`, a rental `b` that starts in its period, or did before it was moved out of there. */
const isInPeriod = sql<boolean>`(s.period_from is not null and (
  (b.starts_at >= s.period_from and b.starts_at < s.period_to) or exists (
    select 1 from booking_changes c where c.booking_id = b.id and c.kind = 'moved' and c.at > s.created_at
      and (c.before ->> 'starts_at')::timestamptz >= s.period_from and (c.before ->> 'starts_at')::timestamptz < s.period_to)))`;

/** A rental of its group that was not over when the sheet was made. */
const isInGroup = sql<boolean>`(s.group_id is not null and b.group_id = s.group_id and b.ends_at >= s.created_at)`;

/** What was lost before the sheet was made is no news to its guests. */
const isNews = sql<boolean>`(${isHeld} or b.updated_at >= s.created_at)`;

/** The rentals of a sheet, by start. */
export function listSheetRentals(em: EntityManager, sheetId: string): Promise<BookingRow[]> {
  return kysely(em)
    .selectFrom('call_sheets as s')
    .innerJoin('bookings as b', 'b.userId', 's.userId')
    .select(bookingColumns)
    .where('s.id', '=', sheetId)
    .where(sql<boolean>`(b.id = s.booking_id or ((${isInPeriod} or ${isInGroup}) and ${isNews}))`)
    .orderBy('b.startsAt')
    .orderBy('b.id')
    .limit(mostRentals)
    .execute();
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
