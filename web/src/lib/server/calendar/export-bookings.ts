/** A user's bookings as a file to keep. */
import type { z } from 'zod';
import { listBookings } from '#db/queries/bookings.ts';
import type { BookingFilter, BookingRow } from '#db/queries/bookings.ts';
import { dayKey } from '#lib/time/new-york.ts';
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

/** All that the filters let through, past, canceled and removed ones included, by start. */
export async function exportBookings(
  { orm, config }: Pick<Services, 'orm' | 'config'>,
  userId: string,
  { format, from, to, ...words }: z.output<typeof bookingExport>,
): Promise<ExportedFile> {
  const times = { from: from ? new Date(from) : undefined, to: to ? new Date(to) : undefined };
  const bookings = await readAll(orm.em.fork(), userId, { ...withoutEmpty(words), ...times });
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

/** An empty filter is how a form says "all". */
function withoutEmpty<Words extends Record<string, string | undefined>>(words: Words): Words {
  return Object.fromEntries(Object.entries(words).filter(([, value]) => value)) as Words;
}
