import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { publicMessage } from '#activities/failures.ts';
import { foldLabel, unusableColumns } from '#activities/portal/columns.ts';
import { centsOf, parseRow, recordIdOf, recordUrlOf } from '#activities/portal/parser.ts';
import { RowStore } from '#activities/portal/row-store.ts';
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

describe('a row', () => {
  it('becomes a rental', () => {
    expect(parseRow(raw(), 3, portal)).toEqual({
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
      raw: raw().cells,
    });
  });

  it('is read by its labels, however they are written', () => {
    const cells = Object.fromEntries(
      Object.entries(raw().cells).map(([label, text]) => [` ${label.toUpperCase().replace('/', '\u00a0/ ')}`, text]),
    );
    expect(parseRow(raw({ cells }), 0, portal)).toMatchObject({ problem: null, priceCents: 1_900 });
  });

  it.each([
    ['the row has no record id', raw({ recordId: null })],
    ['the cells do not correspond to the header', raw({ cells: {} })],
    ['the row has no name', raw({ name: '' })],
    ['the start time cannot be read', raw({}, { 'Rental Start Date/Time': 'soon' })],
    ['the price cannot be read', raw({}, { Price: 'free' })],
    ['the row has no status', raw({}, { Status: '' })],
  ])('says that %s', (problem, row) => {
    expect(parseRow(row, 0, portal).problem).toBe(problem);
  });

  it('is never thrown at, whatever its cells hold', () => {
    const cells = fc.dictionary(fc.oneof(fc.constantFrom(...labels), fc.string()), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(cells, fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (texts, name, href) => {
        const rental = parseRow(raw({ cells: texts, name, href }), 0, portal);
        expect(new URL(rental.recordUrl).origin).toBe(portal);
        if (rental.problem === null) expect([rental.startsAt, rental.endsAt, rental.priceCents]).not.toContain(null);
      }),
      { numRuns: 500 },
    );
  });
});

describe('amounts', () => {
  it.each([
    ['$19.00', 1_900],
    ['$0.00', 0],
    ['$1,234.50', 123_450],
    ['$1234.50', 123_450],
    ['$12,345,678.90', 1_234_567_890],
    ['$19', 1_900],
    [' $\u00a019.05 ', 1_905],
  ])('reads %j', (text, cents) => {
    expect(centsOf(text)).toBe(cents);
  });

  it.each([
    '',
    '19.00',
    '€19.00',
    '$',
    '$1,23.00',
    '$19.5',
    '$19.000',
    '-$19.00',
    '($19.00)',
    '$19.00 each',
    '$99,999,999.00',
  ])('knows no amount for %j', (text) => {
    expect(centsOf(text)).toBeNull();
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
    expect(unusableColumns(labels.filter((label) => label !== 'Studio'))).toEqual(['studio']);
    expect(unusableColumns(labels.map((label) => (label === 'Price' ? 'Cost' : label)))).toEqual(['price']);
    expect(unusableColumns([...labels, 'status'])).toEqual(['status']);
  });

  it('are the same whatever the case and the spaces', () => {
    expect(foldLabel('  Rental\n Start \u00a0Date / Time\u200b ')).toBe(foldLabel('Rental Start Date/Time'));
  });
});

describe('the rows of a reading', () => {
  const take = (store: RowStore, ...rows: RawRow[]) => store.take({ rows, reset: false });

  it('are kept once each, with their newest values and their first place', () => {
    const store = new RowStore(portal);
    take(store, raw({ key: 'a', recordId: id }), raw({ key: 'b', recordId: 'b'.repeat(18) }));
    take(store, raw({ key: 'a', recordId: id }, { Status: 'Canceled' }));
    expect(store.all().map(({ ordinal, status }) => [ordinal, status])).toEqual([
      [0, 'Canceled'],
      [1, 'Approved'],
    ]);
  });

  it('count a row that got its record id later only once', () => {
    const store = new RowStore(portal);
    take(store, raw({ key: 'row 1', recordId: null }));
    take(store, raw({ key: id, replaces: 'row 1' }));
    expect(store.size).toBe(1);
    expect(store.allIdentified()).toBe(true);
  });

  it('give rows without record id the last places', () => {
    const store = new RowStore(portal);
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
