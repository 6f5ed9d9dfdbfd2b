import { describe, expect, it } from 'vitest';
import { activeWords, bookingHref, exportHref, readBookingQuery } from '#lib/bookings/booking-query.ts';
import { historyHref, jobFilterOf, readHistoryQuery } from '#lib/sync/history-query.ts';

const read = (search: string) => readBookingQuery(new URLSearchParams(search));

describe('the address of the bookings', () => {
  it('is short where nothing is asked for', () => {
    expect(bookingHref('list', read(''))).toBe('/bookings');
    expect(bookingHref('month', read(''))).toBe('/bookings/month');
  });

  it('holds what is asked for, and is read back the same', () => {
    const query = read(
      'q=a%26b&studio=Studio+A&when=past&canceled&date=2026-11-24&year=2025&group=0000000a-0000-4000-8000-000000000001',
    );
    expect(query).toEqual({
      q: 'a&b',
      studio: 'Studio A',
      location: '',
      status: '',
      group: '0000000a-0000-4000-8000-000000000001',
      when: 'past',
      canceled: true,
      date: '2026-11-24',
      year: 2025,
    });
    for (const path of ['list', 'week', 'totals'] as const) {
      const href = bookingHref(path, query);
      expect(bookingHref(path, readBookingQuery(new URL(href, 'http://x').searchParams))).toBe(href);
    }
    expect(bookingHref('list', query)).toBe(
      '/bookings?q=a%26b&studio=Studio+A&group=0000000a-0000-4000-8000-000000000001&when=past&canceled',
    );
    expect(bookingHref('totals', query)).toBe(
      '/bookings/totals?q=a%26b&studio=Studio+A&group=0000000a-0000-4000-8000-000000000001&year=2025',
    );
  });

  it('changes one thing and keeps the rest', () => {
    const query = read('studio=Studio+A&canceled');
    expect(bookingHref('week', query, { date: '2026-11-29' })).toBe(
      '/bookings/week?studio=Studio+A&canceled&date=2026-11-29',
    );
    expect(bookingHref('list', query, { studio: '', canceled: false })).toBe('/bookings');
    expect(activeWords(query)).toEqual([['studio', 'Studio A']]);
  });

  it('forgives what cannot be read', () => {
    const query = read(`date=2026-02-30&year=last&when=never&group=Winter&q=${'x'.repeat(300)}`);
    expect(query).toMatchObject({ date: null, year: null, when: 'upcoming', group: '' });
    expect(query.q).toHaveLength(200);
    expect(read('q=a%00b').q).toBe('ab');
  });

  it('names the file that holds the same rentals', () => {
    const href = (shown: Parameters<typeof exportHref>[2]) =>
      exportHref('csv', read('studio=Studio+A'), shown).replace('/api/v1/user/bookings/export?format=csv', '');
    const days = { from: '2026-11-01', to: '2026-11-30' };
    expect(href({})).toBe('&studio=Studio+A');
    expect(href({ when: 'past', canceled: true })).toBe('&studio=Studio+A&when=past');
    expect(href({ canceled: false, span: days })).toBe(
      '&studio=Studio+A&canceled=false&from=2026-11-01&to=2026-11-30&include_underway=true',
    );
    expect(href({ starts: days })).toBe('&studio=Studio+A&from=2026-11-01&to=2026-11-30');
  });
});

describe('the address of the history', () => {
  const history = (search: string) => readHistoryQuery(new URLSearchParams(search));

  it('narrows the list of syncs', () => {
    expect(jobFilterOf(history('outcome=partial&trigger=scheduled'))).toEqual({
      status: 'completed',
      partial: true,
      triggeredManually: false,
    });
    expect(jobFilterOf(history('outcome=completed'))).toEqual({ status: 'completed', partial: false });
    expect(jobFilterOf(history('outcome=failed&kind=timed_out&trigger=manual'))).toEqual({
      status: 'failed',
      triggeredManually: true,
      errorCode: 'timed_out',
    });
  });

  it('forgives what cannot be read, and is short where nothing is asked for', () => {
    expect(jobFilterOf(history('outcome=__proto__&trigger=x&kind=toString'))).toEqual({});
    expect(historyHref(history(''))).toBe('/history');
    expect(historyHref(history('kind=timed_out'), 'c=')).toBe('/history?kind=timed_out&before=c%3D');
  });
});
