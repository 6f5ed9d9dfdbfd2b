/** Rentals as they were known at a past moment. */
import type { z } from 'zod';
import { rewind } from '#domain/time-machine.ts';
import { rememberedBookings, type rememberedBooking } from '#domain/shapes/bookings.ts';
import { snakeAnswer } from '#domain/shapes/naming.ts';
import { studioWallClock } from '#domain/studio-clock.ts';
import * as queries from '#db/queries/time-machine.ts';
import { amount, csvOf, harmless, type CsvColumns } from '../files/csv.ts';
import type { pastExport, pastMoment } from '../schemas/booking-inputs.ts';
import type { Services } from '../services.ts';

export async function rentalsAsOf(
  { orm }: Pick<Services, 'orm'>,
  userId: string,
  given: z.output<typeof pastMoment>,
): Promise<z.input<typeof rememberedBookings>> {
  const at = new Date(given.at);
  const em = orm.em.fork();
  const rememberedSince = await queries.rememberedSince(em, userId);
  if (!rememberedSince || at < rememberedSince) return { at, rememberedSince, bookings: [] };
  const [rows, since] = await Promise.all([
    queries.listSeenUntil(em, userId, at),
    queries.listChangesSince(em, userId, at),
  ]);
  const bookings = rewind(rows, since).sort((one, other) => one.startsAt.getTime() - other.startsAt.getTime());
  return { at, rememberedSince, bookings };
}

const moment = (at: Date | string | null) => (at === null ? '' : new Date(at).toISOString());

const columns: CsvColumns<z.input<typeof rememberedBooking>> = {
  Start: ({ startsAt }) => studioWallClock(new Date(startsAt)),
  End: ({ endsAt }) => studioWallClock(new Date(endsAt)),
  Studio: ({ studio }) => harmless(studio),
  Location: ({ location }) => harmless(location),
  Rental: ({ name }) => harmless(name),
  Status: ({ status }) => harmless(status),
  'Price (USD)': ({ priceCents }) => amount(priceCents),
  'First seen (UTC)': ({ firstSeenAt }) => moment(firstSeenAt),
  'Removed (UTC)': ({ removedAt }) => moment(removedAt),
  'Changed since': ({ changedSince }) => (changedSince ? 'yes' : 'no'),
  'Start (UTC)': ({ startsAt }) => moment(startsAt),
  'End (UTC)': ({ endsAt }) => moment(endsAt),
  'Record id': ({ recordId }) => harmless(recordId),
};

// A file to keep: what the API answers as JSON is the call without `/export`.
export const pastTypes = { csv: 'text/csv; charset=utf-8', json: 'application/octet-stream' };

export async function exportAsOf(
  services: Pick<Services, 'orm'>,
  userId: string,
  { format, ...given }: z.output<typeof pastExport>,
): Promise<{ name: string; type: string; text: string }> {
  const found = await rentalsAsOf(services, userId, given);
  const text =
    format === 'csv' ? csvOf(columns, found.bookings) : JSON.stringify(snakeAnswer(rememberedBookings, found), null, 2);
  const stamp = studioWallClock(new Date(found.at)).replace(' ', '-').replace(':', '');
  return { name: `rentals-as-of-${stamp}.${format}`, type: pastTypes[format], text };
}
