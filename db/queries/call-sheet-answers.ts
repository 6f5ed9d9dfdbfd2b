/** Who can come to the rentals of a call sheet. */
import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sheetState, type Answer } from '#domain/call-sheets.ts';
import { kysely, now, type Row } from '../kysely.ts';
import { isUuid } from '#domain/ids.ts';
import { lockUser } from './users.ts';

export interface AnswerRow extends Pick<
  Row<'call_sheet_answers'>,
  'bookingId' | 'guestId' | 'answer' | 'comment' | 'answeredAt'
> {
  callSheetId: string;
  name: string;
  secretHash: string;
}

const columns = [
  ...(['a.bookingId', 'a.guestId', 'a.answer', 'a.comment', 'a.answeredAt'] as const),
  ...(['g.callSheetId', 'g.name', 'g.secretHash'] as const),
];

/** In the order in which guests answered. */
export function listAnswers(em: EntityManager, sheetId: string): Promise<AnswerRow[]> {
  return kysely(em)
    .selectFrom('call_sheet_answers as a')
    .innerJoin('call_sheet_guests as g', 'g.id', 'a.guestId')
    .select(columns)
    .where('g.callSheetId', '=', sheetId)
    .orderBy('g.createdAt')
    .orderBy('g.id')
    .execute();
}

/** From all sheets of the user that ask about this rental. */
export function listAnswersTo(em: EntityManager, userId: string, bookingId: string): Promise<AnswerRow[]> {
  return kysely(em)
    .selectFrom('call_sheet_answers as a')
    .innerJoin('call_sheet_guests as g', 'g.id', 'a.guestId')
    .innerJoin('call_sheets as s', 's.id', 'g.callSheetId')
    .select(columns)
    .where('s.userId', '=', userId)
    .where('a.bookingId', '=', bookingId)
    .orderBy('g.createdAt')
    .orderBy('g.id')
    .execute();
}

export async function findGuest(
  em: EntityManager,
  sheetId: string,
  secretHash: string,
): Promise<Pick<Row<'call_sheet_guests'>, 'id' | 'name'> | null> {
  const found = kysely(em)
    .selectFrom('call_sheet_guests')
    .select(['id', 'name'])
    .where((eb) => eb.and({ callSheetId: sheetId, secretHash }));
  return (await found.executeTakeFirst()) ?? null;
}

export interface GivenAnswers {
  userId: string;
  sheetId: string;
  secretHash: string;
  name: string;
  /** Null takes an answer back. */
  answers: { bookingId: string; answer: Answer | null; comment: string }[];
}

/** `gone` and `closed`: its owner deleted it or took it back while the guest answered. `full`: it already has so many others. */
export type StoredAnswers = 'stored' | 'gone' | 'closed' | 'full';

/** Stores what a guest says; rentals that they do not mention stay as they are. Where it is refused, says why: nothing is stored then. */
export function storeAnswers(em: EntityManager, given: GivenAnswers, mostGuests: number): Promise<StoredAnswers> {
  const { userId, sheetId, secretHash, name } = given;
  return em.transactional(async (tx) => {
    await lockUser(tx, userId);
    const db = kysely(tx);
    // One after the other, so that nobody is counted twice or not at all.
    const locked = db
      .selectFrom('call_sheets')
      .select(['revokedAt', 'expiresAt'])
      .where('id', '=', sheetId)
      .forUpdate();
    const sheet = await locked.executeTakeFirst();
    if (!sheet) return 'gone';
    if (sheetState(sheet, new Date()) !== 'open') return 'closed';
    const known = await findGuest(tx, sheetId, secretHash);
    if (!known && (await countGuests(db, sheetId)) >= mostGuests) return 'full';
    const guestId = known?.id ?? randomUUID();
    await db
      .insertInto('call_sheet_guests')
      .values({ id: guestId, callSheetId: sheetId, secretHash, name })
      .onConflict((conflict) => conflict.columns(['callSheetId', 'secretHash']).doUpdateSet({ name }))
      .execute();
    for (const one of given.answers) await storeAnswer(db, guestId, one);
    return 'stored';
  });
}

type Db = ReturnType<typeof kysely>;

async function countGuests(db: Db, sheetId: string): Promise<number> {
  const { count } = await db
    .selectFrom('call_sheet_guests')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('callSheetId', '=', sheetId)
    .executeTakeFirstOrThrow();
  return count;
}

async function storeAnswer(
  db: Db,
  guestId: string,
  { bookingId, answer, comment }: GivenAnswers['answers'][number],
): Promise<void> {
  if (answer === null) {
    await db
      .deleteFrom('call_sheet_answers')
      .where((eb) => eb.and({ guestId, bookingId }))
      .execute();
    return;
  }
  await db
    .insertInto('call_sheet_answers')
    .values({ guestId, bookingId, answer, comment, answeredAt: now })
    .onConflict((conflict) =>
      conflict.columns(['guestId', 'bookingId']).doUpdateSet({ answer, comment, answeredAt: now }),
    )
    .execute();
}

/** With their answers. False where no sheet of the user has such a guest. */
export async function deleteGuest(
  em: EntityManager,
  userId: string,
  { sheetId, guestId }: { sheetId: string; guestId: string },
): Promise<boolean> {
  if (!isUuid(sheetId) || !isUuid(guestId)) return false;
  const { numDeletedRows } = await kysely(em)
    .deleteFrom('call_sheet_guests')
    .where('id', '=', guestId)
    .where('callSheetId', 'in', (eb) =>
      eb
        .selectFrom('call_sheets')
        .select('id')
        .where((one) => one.and({ id: sheetId, userId })),
    )
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** How many guests answered each of the user's sheets. */
export async function countGuestsBySheet(em: EntityManager, userId: string): Promise<Map<string, number>> {
  const counted = await kysely(em)
    .selectFrom('call_sheet_guests as g')
    .innerJoin('call_sheets as s', 's.id', 'g.callSheetId')
    .select(['s.id', (eb) => eb.fn.countAll<number>().as('count')])
    .where('s.userId', '=', userId)
    .groupBy('s.id')
    .execute();
  return new Map(counted.map(({ id, count }) => [id, count]));
}
