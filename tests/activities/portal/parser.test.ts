import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { publicMessage } from '#activities/failures.ts';
import { foldLabel, unusableColumns } from '#activities/portal/columns.ts';
import { parseRow, recordIdOf, recordUrlOf } from '#activities/portal/parser.ts';
import { RowStore } from '#activities/portal/row-store.ts';
import { viewerOf, type Told } from '#domain/rental-list/viewer.ts';
import type { RawRow } from '#activities/portal/page-observations.ts';

const portal = 'https://portal.test';
const id = 'a0YRt0000012345AAA';
const labels = [
  'Item Number',
  'Rental Name',
  'Rental Start Date/Time',
  'Rental End Date/Time',
  'Studio',
  'Price',
  'Status',
  'Location',
  'Action',
];

function raw(values: Partial<RawRow> = {}, cells: Record<string, string> = {}): RawRow {
  return {
    key: id,
    replaces: null,
    recordId: id,
    name: 'R-490015',
    href: `/s/booking-item/${id}/r490015`,
    cells: {
      'Item Number': '',
      'Rental Name': 'R-490015',
      'Rental Start Date/Time': '6/9/2025 7:00 PM',
      'Rental End Date/Time': '6/9/2025 8:00 PM',
      Studio: 'Studio A',
      Price: '$19.00',
      Status: 'Approved',
      Location: '280 Broadway (Lower Manhattan)',
      Action: '',
      ...cells,
    },
    ...values,
  };
}

const reading = { viewer: viewerOf({}), dates: { order: 'mdy', halves: true } } as const;

describe('a row', () => {
  it('becomes a rental', () => {
    expect(parseRow(raw(), 3, portal, reading)).toEqual({
      ordinal: 3,
      recordId: id,
      name: 'R-490015',
      startsAt: new Date('2025-06-09T23:00:00Z'),
      endsAt: new Date('2025-06-10T00:00:00Z'),
      studio: 'Studio A',
      location: '280 Broadway (Lower Manhattan)',
      status: 'Approved',
      priceCents: 1_900,
      recordUrl: `${portal}/s/booking-item/${id}/r490015`,
      problem: null,
      unreadable: [],
      raw: raw().cells,
    });
  });

  it('is read by its labels, however they are written', () => {
    const cells = Object.fromEntries(
      Object.entries(raw().cells).map(([label, text]) => [` ${label.toUpperCase().replace('/', '\u00a0/ ')}`, text]),
    );
    expect(parseRow(raw({ cells }), 0, portal, reading)).toMatchObject({ problem: null, priceCents: 1_900 });
  });

  it.each([
    ['the row has no record id', raw({ recordId: null }), []],
    ['the row has no name', raw({ name: '' }), ['name']],
    ['the start time cannot be read', raw({}, { 'Rental Start Date/Time': 'soon' }), ['starts_at', 'ends_at']],
    ['the price cannot be read', raw({}, { Price: '19 or 20' }), ['price_cents']],
    ['the row has no status', raw({}, { Status: '' }), ['status']],
    [
      'the end time cannot be read, the price cannot be read',
      raw({}, { 'Rental End Date/Time': '', Price: '?' }),
      ['starts_at', 'ends_at', 'price_cents'],
    ],
  ])('says that %s, and what else it says is read', (problem, row, unreadable) => {
    const rental = parseRow(row, 0, portal, reading);
    expect(rental).toMatchObject({ problem, unreadable, studio: 'Studio A' });
    expect(rental.status).toBe(unreadable.includes('status') ? '' : 'Approved');
  });

  it('whose cells do not correspond to the header says nothing but its name', () => {
    const { problem, unreadable, name } = parseRow(raw({ cells: {} }), 0, portal, reading);
    expect({ problem, name }).toEqual({ problem: 'the cells do not correspond to the header', name: 'R-490015' });
    expect(unreadable).toEqual(['starts_at', 'ends_at', 'studio', 'location', 'price_cents', 'status']);
  });

  it.each(['', 'Free', 'TBD'])('with the price %j has no price, and nothing is wrong with it', (Price) => {
    expect(parseRow(raw({}, { Price }), 0, portal, reading)).toMatchObject({ priceCents: null, problem: null });
  });

  it('is never thrown at, whatever its cells hold', () => {
    const cells = fc.dictionary(fc.oneof(fc.constantFrom(...labels), fc.string()), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(cells, fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (texts, name, href) => {
        const rental = parseRow(raw({ cells: texts, name, href }), 0, portal, reading);
        expect(new URL(rental.recordUrl).origin).toBe(portal);
        expect(rental.unreadable.includes('starts_at')).toBe(rental.startsAt === null);
      }),
      { numRuns: 500 },
    );
  });
});

describe('record ids', () => {
  it('are 18 letters and digits, kept as they are', () => {
    expect(recordIdOf(id)).toBe(id);
    expect(recordIdOf(id.toLowerCase())).toBe(id.toLowerCase());
    for (const wrong of [null, '', id.slice(1), `${id}A`, ` ${id.slice(1)}`, `${id.slice(0, 17)}-`]) {
      expect(recordIdOf(wrong)).toBeNull();
    }
  });
});

describe('the address of a record', () => {
  it.each([
    ['/s/booking-item/x/y', `${portal}/s/booking-item/x/y`],
    [`${portal}/s/booking-item/x/y?tab=1`, `${portal}/s/booking-item/x/y?tab=1`],
    ['https://elsewhere.test/s/booking-item/x', `${portal}/s/booking-item/${id}`],
    ['javascript:void(0)', `${portal}/s/booking-item/${id}`],
    ['', `${portal}/s/booking-item/${id}`],
  ])('of %j stays in the portal', (href, url) => {
    expect(recordUrlOf(href, id, portal)).toBe(url);
  });
});

describe('columns', () => {
  it('are usable in any order and among others', () => {
    expect(unusableColumns(labels)).toEqual([]);
    expect(unusableColumns(['Notes', ...labels.toReversed()])).toEqual([]);
  });

  it('are not usable where one is missing, renamed, or there twice', () => {
    expect(unusableColumns(labels.filter((label) => label !== 'Studio'))).toEqual(['Studio']);
    expect(unusableColumns(labels.map((label) => (label === 'Price' ? 'Cost' : label)))).toEqual(['Price']);
    expect(unusableColumns([...labels, 'status'])).toEqual(['Status']);
  });

  it('are the same whatever the case and the spaces', () => {
    expect(foldLabel('  Rental\n Start \u00a0Date / Time\u200b ')).toBe(foldLabel('Rental Start Date/Time'));
  });
});

describe('the rows of a reading', () => {
  function storeOf(told: Told): RowStore {
    const store = new RowStore(portal);
    store.tell(told);
    return store;
  }
  const take = (store: RowStore, ...rows: RawRow[]) => store.take({ rows, reset: false });

  it('are kept once each, with their newest values and their first place', () => {
    const store = storeOf({ userLocale: 'en_US' });
    take(store, raw({ key: 'a', recordId: id }), raw({ key: 'b', recordId: 'b'.repeat(18) }));
    take(store, raw({ key: 'a', recordId: id }, { Status: 'Canceled' }));
    expect(store.all().map(({ ordinal, status }) => [ordinal, status])).toEqual([
      [0, 'Canceled'],
      [1, 'Approved'],
    ]);
  });

  it('count a row that got its record id later only once', () => {
    const store = storeOf({ userLocale: 'en_US' });
    take(store, raw({ key: 'row 1', recordId: null }));
    take(store, raw({ key: id, replaces: 'row 1' }));
    expect(store.size).toBe(1);
    expect(store.allIdentified()).toBe(true);
  });

  it('are all read anew when a later row shows how dates are written', () => {
    const store = new RowStore(portal);
    const day = (text: string) => ({
      'Rental Start Date/Time': `${text} 19:00`,
      'Rental End Date/Time': `${text} 20:00`,
    });
    take(store, raw({}, day('12/06/2025')));
    expect(() => store.all()).toThrow(/month or with the day/);
    take(store, raw({ key: 'b', recordId: 'b'.repeat(18) }, day('13/05/2025')));
    expect(store.all().map(({ startsAt }) => startsAt)).toEqual([
      new Date('2025-06-12T23:00:00Z'),
      new Date('2025-05-13T23:00:00Z'),
    ]);
  });

  it.each([
    ['no time can be read', {}, 'soon', /no rental of the list can be read: the start time cannot be read/],
    ['the page tells a zone that there is not', { timezone: 'Mars/Olympus' }, '6/13/2025 7:00 PM', /time zone/],
  ])('are refused as a whole where %s', (_, told, start, message) => {
    const store = storeOf(told);
    take(store, raw({}, { 'Rental Start Date/Time': start, 'Rental End Date/Time': start }));
    expect(() => store.all()).toThrow(message);
  });

  it('give rows without record id the last places', () => {
    const store = storeOf({ userLocale: 'en_US' });
    take(store, raw({ key: 'row 1', recordId: null }), raw());
    expect(store.all().map(({ ordinal, recordId }) => [ordinal, recordId])).toEqual([
      [0, id],
      [1, null],
    ]);
  });
});

describe('messages for the history', () => {
  it('are short, of one line, and hold neither markup nor queries', () => {
    expect(publicMessage('see <a href="x">\nhttps://portal.test/s/login?startURL=%2Fs&sid=1 now')).toBe(
      'see https://portal.test/s/login now',
    );
    expect(publicMessage('x'.repeat(500))).toHaveLength(200);
  });
});
