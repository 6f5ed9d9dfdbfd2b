/** How the rentals of a call sheet stand, and who can come to them. */
import { listAnswers, type AnswerRow } from '#db/queries/call-sheet-answers.ts';
import { listMoves, listSheetRentals, type CallSheetRow, type ListedRentals } from '#db/queries/call-sheets.ts';
import type { BookingRow } from '#db/queries/bookings.ts';
import type { EntityManager } from '@mikro-orm/postgresql';
import { asksAgain, fateOf, slotBefore, type Slot, type TimedChange } from '#domain/call-sheets.ts';

export interface SheetRentals extends ListedRentals {
  moves: TimedChange[];
  answers: AnswerRow[];
}

export async function readRentals(em: EntityManager, sheet: CallSheetRow): Promise<SheetRentals> {
  const { bookings, leftOut } = await listSheetRentals(em, sheet.id);
  const ids = bookings.map(({ id }) => id);
  const [moves, answers] = await Promise.all([listMoves(em, ids, sheet.createdAt), listAnswers(em, sheet.id)]);
  return { bookings, leftOut, moves, answers };
}

/** A rental as both sides see it; `since` is when the reader last knew where it was. */
export function rentalView(booking: BookingRow, { moves, answers }: SheetRentals, since: Date) {
  const { id, startsAt, endsAt, studio, location } = booking;
  const was = slotBefore(booking, moves, since);
  const given = answers.filter(({ bookingId }) => bookingId === id);
  const howMany = (answer: AnswerRow['answer']) => given.filter((one) => one.answer === answer).length;
  const counts = { yes: howMany('yes'), maybe: howMany('maybe'), no: howMany('no') };
  return { bookingId: id, startsAt, endsAt, studio, location, fate: fateOf(booking), was, counts };
}

export function answerView(booking: BookingRow, moves: TimedChange[], answer: AnswerRow) {
  const { callSheetId, guestId, name, comment, answeredAt } = answer;
  const beforeMove = asksAgain(slotBefore(booking, moves, answeredAt), booking);
  return { callSheetId, guestId, name, answer: answer.answer, comment, answeredAt, beforeMove };
}

/** The same for the same time and place. */
export function slotKey({ startsAt, endsAt, location }: Slot): string {
  return [startsAt.getTime(), endsAt.getTime(), location].join(' ');
}
