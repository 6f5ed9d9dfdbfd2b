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

const dayMs = 24 * 3_600_000;

export async function rentalsAsOf(
  { orm, config }: Pick<Services, 'orm' | 'config'>,
  userId: string,
  given: z.output<typeof pastMoment>,
): Promise<z.input<typeof rememberedBookings>> {
  const at = new Date(given.at);
  const em = orm.em.fork();
  const rememberedSince = await queries.rememberedSince(em, userId, new Date(Date.now() - config.HISTORY_DAYS * dayMs));
  if (!rememberedSince || at < rememberedSince) return { at, rememberedSince, bookings: [] };
  const [rows, since] = await Promise.all([
    queries.listSeenUntil(em, userId, at),
    queries.listChangesSince(em, userId, at),
  ]);
  const bookings = rewind(rows, since, rememberedSince)
    .map((row) => ({ ...row, seenSince: seenSince(row, rememberedSince) }))
    .sort((one, other) => one.startsAt.getTime() - other.startsAt.getTime());
  return { at, rememberedSince, bookings };
}

const kindOf = {
  name: 'renamed',
  startsAt: 'moved',
  studio: 'studio',
  location: 'location',
  status: 'status',
  priceCents: 'price',
} as const;

/** What never changed is as it was when the rental was first seen, if all changes since are kept. */
function seenSince(
  { firstSeenAt, lastChanges }: Pick<queries.PastRow, 'firstSeenAt' | 'lastChanges'>,
  rememberedSince: Date,
): z.input<typeof rememberedBooking>['seenSince'] {
  const first = firstSeenAt >= rememberedSince ? firstSeenAt : undefined;
  const seen = Object.entries(kindOf).map(([field, kind]) => {
    const changed = lastChanges[kind];
    return [field, changed === undefined ? first : new Date(changed)] as const;
  });
  return Object.fromEntries(seen.filter(([, at]) => at !== undefined));
}

const moment = (at: Date | string | null | undefined) =>
  at === null || at === undefined ? '' : new Date(at).toISOString();

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
  'Time seen (UTC)': ({ seenSince: { startsAt } }) => moment(startsAt),
  'Studio seen (UTC)': ({ seenSince: { studio } }) => moment(studio),
  'Location seen (UTC)': ({ seenSince: { location } }) => moment(location),
  'Name seen (UTC)': ({ seenSince: { name } }) => moment(name),
  'Status seen (UTC)': ({ seenSince: { status } }) => moment(status),
  'Price seen (UTC)': ({ seenSince: { priceCents } }) => moment(priceCents),
};

// A file to keep: what the API answers as JSON is the call without `/export`.
export const pastTypes = { csv: 'text/csv; charset=utf-8', json: 'application/octet-stream' };

export async function exportAsOf(
  services: Pick<Services, 'orm' | 'config'>,
  userId: string,
  { format, ...given }: z.output<typeof pastExport>,
): Promise<{ name: string; type: string; text: string }> {
  const found = await rentalsAsOf(services, userId, given);
  const text =
    format === 'csv' ? csvOf(columns, found.bookings) : JSON.stringify(snakeAnswer(rememberedBookings, found), null, 2);
  const stamp = studioWallClock(new Date(found.at)).replace(' ', '-').replace(':', '');
  return { name: `rentals-as-of-${stamp}.${format}`, type: pastTypes[format], text };
}
