/** A call sheet's rentals as a calendar, to subscribe to or to download. */
import { createHash } from 'node:crypto';
import type { BookingRow } from '#db/queries/bookings.ts';
import { listSheetRentals, type CallSheetRow } from '#db/queries/call-sheets.ts';
import { renderCalendar } from '../calendar/ics.ts';
import { etagOf, isNotModified } from '../calendar/preconditions.ts';
import { staleForGuests } from '../calendar/staleness.ts';
import { leftOutText } from '#lib/call-sheets/sheet-words.ts';
import { ApiError } from '../errors.ts';
import type { DirectCall, HttpAnswer } from '../http/exchange.ts';
import { asApiError } from '../known-errors.ts';
import { problemAnswer } from '../rest/problem.ts';
import { linksOf, noteGuest, openSheet } from './links.ts';

/** `?download` makes a file of it. */
export async function answerSheetCalendar(call: DirectCall, token: string): Promise<HttpAnswer> {
  const allowed = { allow: 'GET, HEAD, OPTIONS' };
  if (call.method === 'OPTIONS') return { status: 204, headers: allowed };
  if (call.method !== 'GET' && call.method !== 'HEAD') {
    const refusal = 'A calendar can be read, with GET, and nothing else.';
    return problemAnswer(new ApiError('method_not_allowed', refusal), allowed);
  }
  try {
    return await serve(call, token);
  } catch (error) {
    const known = asApiError(error);
    if (known.status >= 500) call.services.log.error({ err: error }, 'the calendar of a call sheet failed');
    return problemAnswer(known);
  }
}

async function serve({ services, clientAddress, headers, url }: DirectCall, token: string): Promise<HttpAnswer> {
  const sheet = await openSheet(services, token, clientAddress);
  await noteGuest(services, sheet, headers.get('user-agent'));
  const { bookings, leftOut } = await listSheetRentals(services.orm.em.fork(), sheet.id);
  const refreshMinutes = sheet.intervalMinutes ?? services.config.SYNC_INTERVAL_MINUTES;
  const stale = staleForGuests(sheet, refreshMinutes, new Date());
  const note = [stale?.note, leftOutText(leftOut), sheet.note].filter(Boolean).join(' ');
  const link = linksOf(services, sheet).url;
  const options = { name: sheet.title, alarmMinutes: [], refreshMinutes, stale, link, ...(note && { note }) };
  const text = await renderCalendar(options, [bookings.map((one) => asGuestsMaySee(one, sheet))]);
  const tag = createHash('sha256').update(text).digest('base64url');
  const kept = { etag: etagOf({ tag }, false), 'cache-control': 'private, no-cache' };
  if (isNotModified(headers, { tag })) return { status: 304, headers: kept };
  return {
    status: 200,
    headers: {
      ...kept,
      'content-type': 'text/calendar; charset=utf-8',
      'content-disposition': `${url.searchParams.has('download') ? 'attachment' : 'inline'}; filename="call-sheet.ics"`,
    },
    body: text,
  };
}

/** A rental's name is its number at the studio: guests read the sheet's title in its place. No price, no link. */
function asGuestsMaySee(booking: BookingRow, { title, updatedAt }: CallSheetRow): BookingRow {
  const changed = new Date(Math.max(updatedAt.getTime(), booking.updatedAt.getTime()));
  return { ...booking, name: title, recordId: '', priceCents: null, recordUrl: '', updatedAt: changed };
}
