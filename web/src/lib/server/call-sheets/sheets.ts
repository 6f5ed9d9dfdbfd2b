/** Call sheets as their owner makes and keeps them. */
import type { z } from 'zod';
import { countGuestsBySheet, deleteGuest, listAnswersTo } from '#db/queries/call-sheet-answers.ts';
import * as queries from '#db/queries/call-sheets.ts';
import type { CallSheetRow } from '#db/queries/call-sheets.ts';
import { readBooking } from '#db/queries/bookings.ts';
import { readGroup } from '#db/queries/groups.ts';
import { sheetExpiry, sheetState } from '#domain/call-sheets.ts';
import type { callSheet, callSheetDetail, sheetAnswer } from '#domain/shapes/call-sheets.ts';
import { addDays, startOfDay } from '#lib/time/days.ts';
import { dayKey } from '#lib/time/new-york.ts';
import { ApiError, notFound } from '../errors.ts';
import type { callSheetChange, newCallSheet } from '../schemas/call-sheet-inputs.ts';
import type { Services } from '../services.ts';
import { linksOf, newSheetToken } from './links.ts';
import { answerView, readRentals, rentalView } from './rentals.ts';

type SheetServices = Pick<Services, 'config' | 'orm' | 'secrets' | 'limits'>;
type View = z.input<typeof callSheet>;

/** Each is a key that can leak. Those that have ended are deleted in time. */
const mostSheets = 100;

/** Newest first. */
export async function listCallSheets(services: SheetServices, userId: string): Promise<View[]> {
  const em = services.orm.em.fork();
  const [sheets, guests] = await Promise.all([queries.listSheets(em, userId), countGuestsBySheet(em, userId)]);
  return sheets.map((sheet) => viewOf(services, sheet, guests.get(sheet.id) ?? 0));
}

/** With its rentals and all answers. Throws `not_found`. */
export async function readCallSheet(
  services: SheetServices,
  userId: string,
  id: string,
): Promise<z.input<typeof callSheetDetail>> {
  const em = services.orm.em.fork();
  const [sheet] = await queries.listSheets(em, userId, id);
  if (!sheet) throw notFound('call sheet', id);
  const [found, guests] = await Promise.all([readRentals(em, sheet), countGuestsBySheet(em, userId)]);
  const rentals = found.bookings.map((booking) => ({
    ...rentalView(booking, found, sheet.createdAt),
    answers: found.answers
      .filter(({ bookingId }) => bookingId === booking.id)
      .map((answer) => answerView(booking, found.moves, answer)),
  }));
  return { ...viewOf(services, sheet, guests.get(id) ?? 0), rentals, leftOut: found.leftOut };
}

/** All of them, each with its rentals and answers. */
export async function exportCallSheets(services: SheetServices, userId: string) {
  const found: Awaited<ReturnType<typeof readCallSheet>>[] = [];
  for (const { id } of await queries.listSheets(services.orm.em.fork(), userId))
    found.push(await readCallSheet(services, userId, id));
  return found;
}

/** Throws `not_found` for a rental or a group of somebody else, and `validation_failed` where there are too many sheets. */
export async function createCallSheet(
  services: SheetServices,
  userId: string,
  { bookingId, groupId, from, to, expiresAt, ...words }: z.output<typeof newCallSheet>,
): Promise<View> {
  await services.limits.take('changes', userId);
  const em = services.orm.em.fork();
  const booking = bookingId ? await readBooking(em, userId, bookingId) : null;
  if (bookingId && !booking) throw notFound('booking', bookingId);
  // Whoever edits a group of somebody else may not hand it on.
  if (groupId && (await readGroup(em, userId, groupId))?.role !== 'owner') throw notFound('group', groupId);
  const period = from && to ? { from: new Date(startOfDay(from)), to: new Date(startOfDay(addDays(to, 1))) } : null;
  // Rentals may still come into a period.
  const lastEnd = booking?.endsAt ?? period?.to ?? (groupId ? await queries.lastEndOfGroup(em, groupId) : null);
  const id = await queries.insertSheet(em, userId, mostSheets, (sheetId) => ({
    ...words,
    bookingId: booking?.id ?? null,
    groupId: groupId ?? null,
    periodFrom: period?.from ?? null,
    periodTo: period?.to ?? null,
    expiresAt: expiresAt ?? sheetExpiry(lastEnd, new Date()),
    followsRentals: !expiresAt,
    ...newSheetToken(services, sheetId),
  }));
  if (!id)
    throw new ApiError('validation_failed', `You have ${mostSheets} call sheets. Delete one that you no longer use.`);
  return readView(services, userId, id);
}

/** Throws `not_found`. */
export async function changeCallSheet(
  services: SheetServices,
  userId: string,
  id: string,
  given: z.output<typeof callSheetChange>,
): Promise<View> {
  const { expiresAt, ...words } = given;
  const values = Object.fromEntries(Object.entries(words).filter(([, value]) => value !== undefined));
  if (expiresAt !== undefined) Object.assign(values, endOf(expiresAt));
  return write(services, userId, id, values);
}

/** Null: it follows the rentals, from a week from now on. */
function endOf(expiresAt: Date | null) {
  return { expiresAt: expiresAt ?? sheetExpiry(null, new Date()), followsRentals: expiresAt === null };
}

/** The link ends at once; what guests answered stays. Throws `not_found`. */
export function revokeCallSheet(services: SheetServices, userId: string, id: string): Promise<View> {
  return write(services, userId, id, { revokedAt: new Date() });
}

/**
 * A new link, also for a sheet whose link was taken back; the old one opens nothing any more. Where its time is over, it gets
 * another week; if it followed the rentals, it does so again. Throws `not_found`.
 */
export async function rotateCallSheet(services: SheetServices, userId: string, id: string): Promise<View> {
  const [sheet] = await queries.listSheets(services.orm.em.fork(), userId, id);
  const isOver = sheet && sheetState({ ...sheet, revokedAt: null }, new Date()) === 'expired';
  return write(services, userId, id, {
    ...newSheetToken(services, id),
    revokedAt: null,
    ...(isOver && { ...endOf(null), followsRentals: sheet.followsRentals }),
  });
}

/** With its answers. Throws `not_found`. */
export async function removeCallSheet({ orm }: SheetServices, userId: string, id: string): Promise<void> {
  if (!(await queries.deleteSheet(orm.em.fork(), userId, id))) throw notFound('call sheet', id);
}

/** Throws `not_found`. */
export async function removeSheetGuest(
  { orm }: SheetServices,
  userId: string,
  { id, guestId }: { id: string; guestId: string },
): Promise<void> {
  if (!(await deleteGuest(orm.em.fork(), userId, { sheetId: id, guestId }))) throw notFound('guest', guestId);
}

/** What guests of all sheets answered for a rental of the user. */
export async function listAnswersForBooking(
  { orm }: SheetServices,
  userId: string,
  bookingId: string,
): Promise<z.input<typeof sheetAnswer>[]> {
  const em = orm.em.fork();
  const [booking, answers] = await Promise.all([
    readBooking(em, userId, bookingId),
    listAnswersTo(em, userId, bookingId),
  ]);
  if (!booking || answers.length === 0) return [];
  const first = answers.map(({ answeredAt }) => answeredAt.getTime());
  const moves = await queries.listMoves(em, [bookingId], new Date(Math.min(...first)));
  return answers.map((answer) => answerView(booking, moves, answer));
}

async function write(
  services: SheetServices,
  userId: string,
  id: string,
  values: Parameters<typeof queries.updateSheet>[3],
): Promise<View> {
  await services.limits.take('changes', userId);
  if (!(await queries.updateSheet(services.orm.em.fork(), userId, id, values))) throw notFound('call sheet', id);
  return readView(services, userId, id);
}

async function readView(services: SheetServices, userId: string, id: string): Promise<View> {
  const found = (await listCallSheets(services, userId)).find((one) => one.id === id);
  if (!found) throw notFound('call sheet', id);
  return found;
}

function viewOf(services: SheetServices, sheet: CallSheetRow, guests: number): View {
  const { id, title, note, hostName, namesShown, bookingId, groupId, groupName, periodFrom, periodTo } = sheet;
  const { expiresAt, followsRentals, endBeyond, revokedAt, createdAt, lastOpenedAt } = sheet;
  return {
    ...{ id, title, note, hostName, namesShown, bookingId, groupId, groupName },
    from: periodFrom && dayKey(periodFrom),
    to: periodTo && addDays(dayKey(periodTo), -1),
    ...linksOf(services, sheet),
    state: sheetState(sheet, new Date()),
    ...{ expiresAt, followsRentals, endsEarly: endBeyond !== null, revokedAt, createdAt, lastOpenedAt, guests },
  };
}
