/** What a bare date means wherever one is given: a day in New York. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { pastMoment } from '#lib/server/schemas/booking-inputs.ts';
import { newCallSheet } from '#lib/server/schemas/call-sheet-inputs.ts';
import { groupBookingList } from '#lib/server/schemas/group-inputs.ts';
import { againRequest, bookingExport, bookingList, pauseRequest, syncRequest } from '#lib/server/schemas/inputs.ts';
import { recovery } from '#lib/server/schemas/webhook-inputs.ts';

beforeEach(() => void vi.useFakeTimers({ now: new Date('2026-11-23T12:00:00Z'), toFake: ['Date'] }));
afterEach(() => void vi.useRealTimers());

const options = (given: object) => syncRequest.parse({ options: given }).options!;

describe('a bare date', () => {
  it.each([
    ['rentals', (given: object) => bookingList.parse(given)],
    ['an export', (given: object) => bookingExport.parse(given)],
    ['a group', (given: object) => groupBookingList.parse(given)],
    ['a sync', options],
  ])('begins a span in New York, and is the last day of one: %s', (_, parse) => {
    // An evening in New York is the next day in UTC, in summer and in winter.
    expect(parse({ from: '2026-07-04', to: '2026-07-04' })).toMatchObject({
      from: '2026-07-04T04:00:00.000Z',
      to: '2026-07-05T04:00:00.000Z',
    });
    expect(parse({ from: '2026-11-01', to: '2026-11-30' })).toMatchObject({
      from: '2026-11-01T04:00:00.000Z',
      to: '2026-12-01T05:00:00.000Z',
    });
  });

  it('is meant from its beginning where it is one moment, and is the last day of a link', () => {
    const begins = '2026-11-24T05:00:00.000Z';
    expect(pauseRequest.parse({ until: '2026-11-24' }).until).toEqual(new Date(begins));
    expect(againRequest.parse({ at: '2026-11-24' }).at).toEqual(new Date(begins));
    expect(pastMoment.parse({ at: '2026-11-23' }).at).toBe('2026-11-23T05:00:00.000Z');
    expect(recovery.parse({ since: '2026-11-20' }).since).toBe('2026-11-20T05:00:00.000Z');
    const sheet = newCallSheet.parse({ title: 'x', from: '2026-11-24', to: '2026-11-24', expiresAt: '2026-11-24' });
    expect(sheet.expiresAt).toEqual(new Date('2026-11-25T05:00:00Z'));
  });
});

it('an end that is meant to be none is one, and years that no calendar has are named', () => {
  expect(options({ to: '9999-12-31' })).toEqual({ to: '9999-12-31T05:00:00.000Z' });
  for (const from of ['0000-01-01', '9999-12-31T23:59:59-05:00'])
    expect(() => options({ from })).toThrow('in the years 1 to 9999');
});

it('a moment with its zone is that moment', () => {
  const given = { from: '2026-11-24T18:00:00-05:00', to: '2026-11-25T00:00:00Z' };
  expect(bookingList.parse(given)).toMatchObject(given);
  expect(options(given)).toEqual(given);
  expect(pauseRequest.parse({ until: given.to }).until).toEqual(new Date(given.to));
});
