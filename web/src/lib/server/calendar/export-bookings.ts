/** A user's bookings as a file to keep. */
import type { z } from 'zod';
import { listBookings } from '#db/queries/bookings.ts';
import type { BookingFilter, BookingRow } from '#db/queries/bookings.ts';
import { dayKey } from '#lib/time/new-york.ts';
import { filterOf, sideOf } from '../bookings/overview.ts';
import type { bookingExport } from '../schemas/inputs.ts';
import type { Services } from '../services.ts';
import { renderCsv } from './csv.ts';
import { renderCalendar } from './ics.ts';

export interface ExportedFile {
  name: string;
  /** Its media type. */
  type: string;
  text: string;
}

export const exportTypes = { csv: 'text/csv; charset=utf-8', ics: 'text/calendar; charset=utf-8' };

const pageSize = 1_000;

/** All that the filters let through, by start; unless they say otherwise, with past, canceled and removed ones. */
export async function exportBookings(
  { orm, config }: Pick<Services, 'orm' | 'config'>,
  userId: string,
  { format, ...filters }: z.output<typeof bookingExport>,
): Promise<ExportedFile> {
  const bookings = await readAll(orm.em.fork(), userId, storedFilter(filters, new Date()));
  const options = { name: 'My rentals', alarmMinutes: [], refreshMinutes: config.SYNC_INTERVAL_MINUTES };
  const text = format === 'csv' ? renderCsv(bookings) : await renderCalendar(options, [bookings]);
  return { name: `rentals-${dayKey(new Date())}.${format}`, type: exportTypes[format], text };
}

async function readAll(
  em: Parameters<typeof listBookings>[0],
  userId: string,
  filter: BookingFilter,
): Promise<BookingRow[]> {
  const all: BookingRow[] = [];
  let cursor: string | null = null;
  do {
    const page = await listBookings(em, userId, { ...filter, order: 'oldest', limit: pageSize, cursor });
    all.push(...page.bookings);
    cursor = page.nextCursor;
  } while (cursor);
  return all;
}

type Filters = Omit<z.output<typeof bookingExport>, 'format'>;

function storedFilter(
  { from, to, when, canceled = true, includeUnderway, ...words }: Filters,
  now: Date,
): BookingFilter {
  const begins = from && new Date(from);
  const side = when ? sideOf(when, now) : {};
  const { endsAfter = begins } = side;
  return {
    ...filterOf(words, canceled || when === 'over'),
    ...side,
    to: to ? new Date(to) : undefined,
    ...(begins && (includeUnderway ? { endsAfter: new Date(Math.max(+begins, +endsAfter!)) } : { from: begins })),
  };
}
