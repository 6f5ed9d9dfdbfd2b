/** A call sheet as a guest uses it, without an account. */
import type { z } from 'zod';
import { findGuest, storeAnswers } from '#db/queries/call-sheet-answers.ts';
import type { CallSheetRow } from '#db/queries/call-sheets.ts';
import type { BookingRow } from '#db/queries/bookings.ts';
import { fateOf } from '#domain/call-sheets.ts';
import type { guestSheet } from '#domain/shapes/call-sheets.ts';
import { hashOfToken, isToken, newToken } from '../auth/tokens.ts';
import { ApiError } from '../errors.ts';
import type { guestAnswers } from '../schemas/call-sheet-inputs.ts';
import type { Services } from '../services.ts';
import { closedSheet, linksOf, noSuchSheet, noteGuest, openSheet } from './links.ts';
import { answerView, readRentals, rentalView, slotKey, type SheetRentals } from './rentals.ts';

type GuestServices = Pick<Services, 'orm' | 'limits' | 'config' | 'secrets'>;

export interface Guest {
  token: string;
  clientAddress: string;
  /** What the guest's cookie holds, from an answer before. */
  secret: string | null;
}

/** More than any troupe has; each row is a stranger's. */
const mostGuests = 200;

const hashOfGuest = (secret: string | null) => (secret && isToken(secret) ? hashOfToken(secret) : null);

/** Throws as {@link openSheet}. */
export async function readAsGuest(
  services: GuestServices,
  { token, clientAddress, secret }: Guest,
  reader: { userAgent: string | null; userId: string | null },
): Promise<z.input<typeof guestSheet>> {
  const sheet = await openSheet(services, token, clientAddress);
  if (reader.userId !== sheet.userId) await noteGuest(services, sheet, reader.userAgent);
  const em = services.orm.em.fork();
  const secretHash = hashOfGuest(secret);
  const [rentals, guest] = await Promise.all([
    readRentals(em, sheet),
    secretHash && findGuest(em, sheet.id, secretHash),
  ]);
  const { title, note, hostName, namesShown, expiresAt } = sheet;
  const now = new Date();
  return {
    ...{ title, note, hostName, namesShown, expiresAt },
    calendarUrl: linksOf(services, sheet).calendarUrl,
    syncedAt: sheet.checkedAt,
    leftOut: rentals.leftOut,
    rentals: rentals.bookings.map((one) => guestRental(one, rentals, { sheet, guestId: guest ? guest.id : null, now })),
    myName: guest ? guest.name : null,
  };
}

function guestRental(
  booking: BookingRow,
  rentals: SheetRentals,
  { sheet, guestId, now }: { sheet: CallSheetRow; guestId: string | null; now: Date },
) {
  const given = rentals.answers.filter(({ bookingId }) => bookingId === booking.id);
  const own = given.find((one) => one.guestId === guestId);
  return {
    ...rentalView(booking, rentals, own?.answeredAt ?? sheet.createdAt),
    names: sheet.namesShown ? given.map(({ name, answer }) => ({ name, answer })) : [],
    mine: own ? answerView(booking, rentals.moves, own) : null,
    asks: isOpen(booking, now),
    seen: slotKey(booking),
  };
}

/** It still takes place, as far as is known, and has not begun. */
function isOpen(booking: BookingRow, now: Date): boolean {
  return booking.startsAt > now && ['stands', 'unconfirmed'].includes(fateOf(booking));
}

export interface Answered {
  /** For the guest's cookie. */
  secret: string;
  /** Until when it is of use. */
  expiresAt: Date;
  /** Rentals that moved, or were canceled, while the guest answered: nothing was stored for them. */
  missed: number;
}

/** Throws as {@link openSheet}, and `validation_failed` where too many have answered. */
export async function answerAsGuest(
  services: GuestServices,
  { token, clientAddress, secret }: Guest,
  { name, answers }: z.output<typeof guestAnswers>,
): Promise<Answered> {
  const sheet = await openSheet(services, token, clientAddress);
  await services.limits.take('callSheetAnswers', `${clientAddress} ${sheet.id}`);
  const { bookings } = await readRentals(services.orm.em.fork(), sheet);
  const now = new Date();
  const open = new Map(bookings.filter((one) => isOpen(one, now)).map((one) => [one.id, slotKey(one)]));
  const kept = answers.filter(({ bookingId, seen }) => open.get(bookingId) === seen);
  const fresh = hashOfGuest(secret) ? secret! : newToken().token;
  const given = { userId: sheet.userId, sheetId: sheet.id, secretHash: hashOfToken(fresh), name, answers: kept };
  const stored = kept.length === 0 ? 'stored' : await storeAnswers(services.orm.em.fork(), given, mostGuests);
  if (stored === 'gone') throw noSuchSheet();
  if (stored === 'closed') throw closedSheet();
  if (stored === 'full')
    throw new ApiError('validation_failed', 'Too many have answered here. Tell them who invited you.');
  return { secret: fresh, expiresAt: sheet.expiresAt, missed: answers.length - kept.length };
}
