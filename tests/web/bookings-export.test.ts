/** Bookings as files to keep. */
import { describe, expect, it } from 'vitest';
import { exportHref, noWords } from '#lib/bookings/booking-query.ts';
import { useApp } from './support/app.ts';
import type { TestUser } from './support/app.ts';
import { controls, daysAgo, notPrintable, parseCalendar, seedBooking, seedManyBookings } from './support/calendar.ts';
import { trpcClient } from './support/trpc.ts';

const app = await useApp();

const exported = ({ token }: TestUser, query = '') =>
  app.call('GET', `/api/v1/user/bookings/export${query}`, { token });

/** Reads CSV as RFC 4180 has it, quoted line breaks included. */
function parseCsv(text: string): Record<string, string>[] {
  const records: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/g)) {
    records.at(-1)!.push(quoted === undefined ? plain! : quoted.replaceAll('""', '"'));
    if (end === '\r\n') records.push([]);
  }
  expect(records.pop()).toEqual([]);
  const [names, ...rows] = records;
  return rows.map((row) => {
    expect(row).toHaveLength(names!.length);
    return Object.fromEntries(names!.map((name, index) => [name, row[index]!]));
  });
}

describe('CSV', () => {
  it('has every booking by start, on New York’s clock and in UTC', async () => {
    const user = await app.newUser();
    await seedBooking(app, user.id, { name: 'second', startsAt: '2026-11-01T06:15:00Z', recordId: 'a0B2' });
    await seedBooking(app, user.id, { name: 'first', startsAt: '2026-11-01T05:15:00Z', priceCents: null });
    const answer = await exported(user);
    expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="rentals-\d{4}-\d\d-\d\d\.csv"$/);
    const rows = parseCsv(answer.text);
    expect(rows.map((row) => [row.Rental, row.Start, row['Start (UTC)'], row['Price (USD)']])).toEqual([
      ['first', '2026-11-01 01:15', '2026-11-01T05:15:00.000Z', ''],
      ['second', '2026-11-01 01:15', '2026-11-01T06:15:00.000Z', '19.00'],
    ]);
    expect(rows[1]).toMatchObject({ Studio: 'Studio A', Status: 'Approved', 'Record id': 'a0B2', 'Removed (UTC)': '' });
  });

  it('quotes what CSV wants quoted, and begins with the mark that spreadsheets look for', async () => {
    const user = await app.newUser();
    const name = 'Plié, "grand"\r\n練習';
    await seedBooking(app, user.id, { name });
    const { token } = user;
    const bytes = await fetch(`${app.url}/api/v1/user/bookings/export?format=csv`, {
      headers: { authorization: `Bearer ${token}` },
    }).then((response) => response.bytes());
    expect([...bytes.slice(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    expect(parseCsv(new TextDecoder().decode(bytes))[0]!.Rental).toBe(name);
  });

  it.each(['=HYPERLINK("https://evil.test")', '+1', '-1+2', '@SUM(A1)', '\t=1', '  =1', '＝1'])(
    'keeps a spreadsheet from running %j',
    async (name) => {
      const user = await app.newUser();
      await seedBooking(app, user.id, { name });
      expect(parseCsv((await exported(user)).text)[0]!.Rental).toBe(`'${name}`);
    },
  );
});

it.each(['csv', 'ics'])('%s has no control characters and no separators that end a line', async (format) => {
  const user = await app.newUser();
  await seedBooking(app, user.id, { name: controls, studio: controls, status: controls, location: controls });
  const { text } = await exported(user, `?format=${format}`);
  expect(text).toContain('odd');
  expect(text).not.toMatch(notPrintable);
});

describe('an export', () => {
  it('takes the filters of the list', async () => {
    const user = await app.newUser();
    await seedBooking(app, user.id, { name: 'a', studio: 'Studio B', startsAt: '2026-05-01T15:00:00Z' });
    await seedBooking(app, user.id, { name: 'b', studio: 'Studio B', startsAt: '2026-06-01T15:00:00Z' });
    await seedBooking(app, user.id, { name: 'c', startsAt: '2026-06-01T15:00:00Z' });
    const query = '?studio=studio%20b&from=2026-05-15&to=&format=csv';
    expect(parseCsv((await exported(user, query)).text).map(({ Rental }) => Rental)).toEqual(['b']);
    expect((await exported(user, '?format=xls')).json.errors).toEqual({ format: ['Give csv or ics.'] });
  });

  it.each(['upcoming', 'past', 'over'] as const)('holds what the list of %s rentals shows', async (when) => {
    const user = await app.newUser();
    const inMinutes = (minutes: number) => new Date(Date.now() + minutes * 60_000).toISOString();
    await seedBooking(app, user.id, { name: 'over today', startsAt: inMinutes(-90), endsAt: inMinutes(-30) });
    await seedBooking(app, user.id, { name: 'under way', startsAt: inMinutes(-30), endsAt: inMinutes(30) });
    await seedBooking(app, user.id, { name: 'next' });
    await seedBooking(app, user.id, { name: 'canceled', status: 'Canceled' });
    await seedBooking(app, user.id, { name: 'gone', removedAt: daysAgo(1) });
    await seedBooking(app, user.id, { name: 'was canceled', status: 'Canceled', startsAt: daysAgo(3) });
    const { bookings } = trpcClient(app.url, user.token);
    for (const canceled of [false, true])
      for (const words of [{}, { status: 'Canceled' }]) {
        const { bookings: shown } = await bookings.page.query({ when, canceled, ...words });
        const href = exportHref('csv', { ...noWords, ...words }, { when: when as 'past', canceled });
        const file = parseCsv((await app.call('GET', href, { token: user.token })).text);
        expect(file.map(({ Rental }) => Rental).toSorted()).toEqual(shown.map(({ name }) => name).toSorted());
      }
  });

  it('of a span holds what takes place in it, as a week does, also if it began before', async () => {
    const user = await app.newUser();
    const [from, to] = ['2026-05-15T04:00:00Z', '2026-05-16T04:00:00Z'];
    await seedBooking(app, user.id, { name: 'before', startsAt: '2026-05-15T02:00:00Z', endsAt: from });
    await seedBooking(app, user.id, { name: 'late', startsAt: '2026-05-15T03:00:00Z', endsAt: '2026-05-15T05:00:00Z' });
    await seedBooking(app, user.id, { name: 'within', startsAt: '2026-05-15T15:00:00Z' });
    await seedBooking(app, user.id, { name: 'after', startsAt: to });
    const names = async (query: string) => parseCsv((await exported(user, query)).text).map(({ Rental }) => Rental);
    const query = new URL(exportHref('csv', noWords, { span: { from, to } }), app.url).search;
    expect(await names(query)).toEqual(['late', 'within']);
    expect(await names(`?from=${from}&to=${to}`)).toEqual(['within']);
    expect(await names(`${query}&when=upcoming`)).toEqual([]);
    expect((await exported(user, '?canceled=maybe')).json.errors).toEqual({ canceled: ['Give true or false.'] });
  });

  it('as a calendar holds past, canceled and removed ones too', async () => {
    const user = await app.newUser();
    await seedBooking(app, user.id, { name: 'R-past', startsAt: daysAgo(300), updatedAt: daysAgo(299) });
    await seedBooking(app, user.id, { name: 'R-off', status: 'Canceled', updatedAt: daysAgo(200) });
    await seedBooking(app, user.id, { name: 'R-gone', removedAt: daysAgo(100), updatedAt: daysAgo(100) });
    const answer = await exported(user, '?format=ics');
    expect(answer.headers.get('content-type')).toBe('text/calendar; charset=utf-8');
    const { event, events } = parseCalendar(answer.text);
    expect(events).toHaveLength(3);
    expect(event('R-off').component.getFirstPropertyValue('status')).toBe('CANCELLED');
  });

  it('has more than fits into one page of the list', async () => {
    const user = await app.newUser();
    await seedManyBookings(app, user.id, 2_500);
    const rows = parseCsv((await exported(user)).text);
    expect(new Set(rows.map((row) => row['Record id'])).size).toBe(2_500);
  });
});
