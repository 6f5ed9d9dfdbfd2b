import { fireEvent, screen } from '@testing-library/svelte';
import { flushSync } from 'svelte';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { BookingView } from '#domain/shapes/bookings.ts';
import { dayGroupsOf } from '#lib/bookings/day-groups.ts';
import { readBookingQuery } from '#lib/bookings/booking-query.ts';
import BookingList from '#lib/bookings/booking-list.svelte';
import OverlapNotice from '#lib/bookings/overlap-notice.svelte';
import { createClock } from '#lib/time/clock.svelte.ts';
import { booking } from './support/fixtures.ts';
import { renderAt } from './support/render.ts';

const at = (startsAt: string, endsAt: string, given = {}) => booking({ startsAt, endsAt, ...given });

describe('rentals by day', () => {
  it('keep the order of the days and go by the clock within one', () => {
    const evening = at('2026-11-20T23:00:00Z', '2026-11-21T00:00:00Z');
    const morning = at('2026-11-20T15:00:00Z', '2026-11-20T16:00:00Z');
    const before = at('2026-11-17T15:00:00Z', '2026-11-17T16:00:00Z');
    const days = dayGroupsOf([evening, morning, before]);
    expect(days.map(({ key }) => key)).toEqual(['2026-11-20', '2026-11-17']);
    expect(days[0]!.items.map((item) => item.booking)).toEqual([morning, evening]);
    expect(days.map(({ freeDaysBefore }) => freeDaysBefore)).toEqual([0, 0]);
  });

  it('count free days, gaps and collisions of those that take place only', () => {
    const first = at('2026-11-24T23:00:00Z', '2026-11-25T01:00:00Z');
    const canceled = at('2026-11-25T00:00:00Z', '2026-11-25T02:00:00Z', { status: 'Canceled' });
    const second = at('2026-11-25T01:00:00Z', '2026-11-25T02:00:00Z');
    const later = at('2026-11-27T16:00:00Z', '2026-11-27T17:00:00Z');
    const [tuesday, friday] = dayGroupsOf([first, canceled, second, later]);
    expect(tuesday!.items.map(({ gapMs, overlapsWith }) => [gapMs, overlapsWith])).toEqual([
      [null, null],
      [null, null],
      [0, null],
    ]);
    expect(friday!.freeDaysBefore).toBe(2);
  });
});

interface Given {
  search?: string;
  bookings?: BookingView[];
  counts?: { upcoming: number; past: number; canceled: number };
  nextCursor?: string | null;
  readMore?: (cursor: string) => Promise<{ bookings: BookingView[]; nextCursor: string | null }>;
}

function listOf({ search = '', bookings = [], counts, nextCursor = null, readMore }: Given) {
  return {
    query: readBookingQuery(new URLSearchParams(search)),
    counts: counts ?? { upcoming: bookings.length, past: 0, canceled: 0 },
    first: { bookings, nextCursor, total: counts?.upcoming ?? bookings.length },
    readMore: readMore ?? (() => Promise.reject(new Error('not asked for'))),
    moreHref: (cursor: string) => `/bookings?after=${cursor}`,
    groups: [],
    isLater: false,
  };
}

function show(given: Given) {
  const { container } = renderAt(BookingList, listOf(given));
  return () => container.textContent.replace(/\s+/g, ' ');
}

describe('the list', () => {
  it('says how many are to come and past, and offers the canceled ones', () => {
    show({ bookings: [booking()], counts: { upcoming: 1, past: 113, canceled: 6 } });
    expect(screen.getByRole('link', { name: /^Upcoming/ }).getAttribute('aria-current')).toBe('page');
    expect(screen.getByRole('link', { name: /^Past/ }).getAttribute('href')).toBe('/bookings?when=past');
    expect(screen.getByRole('link', { name: 'Show 6 canceled' }).getAttribute('href')).toBe('/bookings?canceled');
  });

  it('leads from each rental to its own page and to Gibney', () => {
    const one = booking();
    show({ bookings: [one] });
    expect(screen.getByRole('link', { name: new RegExp(`details of ${one.name}`) }).getAttribute('href')).toBe(
      `/bookings/${one.id}`,
    );
    expect(screen.getByRole('link', { name: /on Gibney/ }).getAttribute('href')).toBe(one.recordUrl);
  });

  it('adds the next page where it is, and says so', async () => {
    const more = [booking({ startsAt: '2026-12-24T23:00:00Z', endsAt: '2026-12-25T01:00:00Z' })];
    const readMore = vi.fn(() => Promise.resolve({ bookings: more, nextCursor: null }));
    const text = show({
      bookings: [booking()],
      counts: { upcoming: 2, past: 0, canceled: 0 },
      nextCursor: 'c',
      readMore,
    });
    expect(text()).toContain('1 of 2');
    await fireEvent.click(screen.getByRole('link', { name: 'Show later rentals' }));
    await vi.waitFor(() => expect(text()).toContain('Thursday, Dec 24'));
    expect(readMore).toHaveBeenCalledExactlyOnceWith('c');
    expect(screen.getByRole('status').textContent).toBe('1 rental more, 2 in all.');
    expect(screen.queryByRole('link', { name: 'Show later rentals' })).toBeNull();
  });

  it('names the days anew at midnight in New York', () => {
    const clock = createClock(Date.parse('2026-11-24T04:59:59Z'));
    const { container } = renderAt(BookingList, listOf({ bookings: [booking()] }), clock);
    expect(container.textContent).toContain('Tomorrow, Tue Nov 24');
    onTestFinished(() => void vi.useRealTimers());
    vi.useFakeTimers({ now: Date.parse('2026-11-24T05:00:00Z') });
    onTestFinished(clock.run());
    flushSync();
    expect(container.textContent).toContain('Today, Tue Nov 24');
  });

  it('leaves a click with a modifier key to the browser', async () => {
    const readMore = vi.fn();
    show({ bookings: [booking()], nextCursor: 'c', readMore });
    const link = screen.getByRole('link', { name: 'Show later rentals' });
    // jsdom cannot open pages; that the click was not taken is what counts.
    link.addEventListener('click', (event) => {
      expect(event.defaultPrevented).toBe(false);
      event.preventDefault();
    });
    await fireEvent.click(link, { ctrlKey: true });
    expect(readMore).not.toHaveBeenCalled();
    expect(link.getAttribute('href')).toBe('/bookings?after=c');
  });

  it.each([
    ['nothing at all', { search: '' }, 'No rentals yet.'],
    ['nothing that fits', { search: 'q=zzz' }, 'No rentals match.'],
    [
      'nothing to come',
      { counts: { upcoming: 0, past: 3, canceled: 0 } },
      'Nothing coming up. See 3 rentals in the past',
    ],
    [
      'nothing past that fits',
      { search: 'when=past&q=x', counts: { upcoming: 2, past: 0, canceled: 0 } },
      'Nothing in the past that matches your search.',
    ],
  ] as [string, Given, string][])('teaches the next step where there is %s', (_case, given, expected) => {
    expect(show(given)()).toContain(expected);
  });
});

describe('the warning of overlaps', () => {
  it('names each pair and leads to it', () => {
    const first = booking();
    const second = at('2026-11-25T00:00:00Z', '2026-11-25T02:00:00Z', { studio: 'Studio 3' });
    renderAt(OverlapNotice, { overlaps: [{ first, second }] });
    expect(screen.getByRole('region', { name: 'Two rentals overlap.' })).toBeDefined();
    const link = screen.getByRole('link');
    expect(link.textContent.trim().replace(/\s+/g, ' ')).toBe(
      'Tue Nov 24: 6:00 – 8:00 PM Studio A and 7:00 – 9:00 PM Studio 3',
    );
    expect(link.getAttribute('href')).toBe(`/bookings/${second.id}`);
  });

  it('is not there without any', () => {
    renderAt(OverlapNotice, { overlaps: [] });
    expect(screen.queryByRole('region')).toBeNull();
  });
});
