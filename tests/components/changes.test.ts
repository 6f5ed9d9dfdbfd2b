import { screen } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import BookingDetail from '#lib/bookings/booking-detail.svelte';
import { changeDisplay, countsText, splitByNumber } from '#lib/changes/change-display.ts';
import ChangeList from '#lib/changes/change-list.svelte';
import ChangeGroup from '#lib/changes/change-group.svelte';
import type { ChangeEntryView } from '#domain/shapes/bookings.ts';
import { booking, change, entry, group, iso, minutes, now } from './support/fixtures.ts';
import { renderAt } from './support/render.ts';

const moved = entry({
  kind: 'moved',
  before: { starts_at: '2026-11-24T22:00:00Z', ends_at: '2026-11-25T00:00:00Z' },
  after: { starts_at: '2026-11-24T23:00:00Z', ends_at: '2026-11-25T01:00:00Z' },
});

describe('what one sync found', () => {
  it.each([
    ['moved', moved, 'Moved', 'from Tue Nov 24, 5:00 PM to 6:00 PM'],
    ['canceled', entry({ after: { status: 'Canceled' }, before: { status: 'Approved' } }), 'Canceled', 'was Approved'],
    ['another status', entry({}), 'Status', 'now Approved, was Pending'],
    [
      'a price',
      entry({ kind: 'price', before: { price_cents: 1_900 }, after: { price_cents: 2_200 } }),
      'Price',
      'now $22.00, was $19.00',
    ],
    ['gone', entry({ kind: 'removed', before: {}, after: null }), 'Gone', 'is no longer on Gibney'],
    ['back again', entry({ kind: 'restored', before: null, after: {} }), 'Back again', 'is back on Gibney'],
    ['new', entry({ kind: 'added', before: null, after: {} }), 'New', 'Tue Nov 24, 6:00 – 8:00 PM'],
  ] as [string, ChangeEntryView, string, string][])('reads: %s', (_case, one, word, words) => {
    renderAt(ChangeGroup, { group: group([one]) });
    const line = screen.getByRole('listitem');
    expect(line.textContent).toContain(word);
    expect(line.textContent).toContain(words);
    expect(screen.getByRole('link', { name: /Tue Nov 24/ }).getAttribute('href')).toBe(`/bookings/${one.bookingId}`);
  });

  it('says when it was, how the sync began, and leads to it', () => {
    const { container } = renderAt(ChangeGroup, { group: group([moved]) });
    const text = container.textContent.replace(/\s+/g, ' ');
    expect(text).toContain('Today, 2:12 PM');
    expect(text).toContain('1 moved, the sync, started by you');
    expect(screen.getByRole('link', { name: 'the sync' }).getAttribute('href')).toBe('/history/j');
  });

  it('folds what is many of a kind, and opens on request', () => {
    const gone = Array.from({ length: 7 }, () =>
      entry({ kind: 'removed', before: {}, after: null, endsAt: iso(now - minutes(60)) }),
    );
    const { container } = renderAt(ChangeGroup, { group: group([moved, ...gone]) });
    const folded = container.querySelector('details')!;
    expect(folded.open).toBe(false);
    expect(folded.querySelector('summary')!.textContent).toContain('7 gone');
    expect(folded.querySelectorAll('li')).toHaveLength(7);
    expect(container.querySelectorAll('li')).toHaveLength(8);
  });

  it('is marked while it is unread', () => {
    renderAt(ChangeGroup, { group: group([moved], { unseen: true }) });
    expect(screen.getByText('unread')).toBeDefined();
  });

  it('leads to all of it where only the first are shown', () => {
    renderAt(ChangeGroup, { group: group([entry({ kind: 'added' })], { total: 1_370 }) });
    expect(screen.getByRole('link', { name: 'All 1,370 of this sync' }).getAttribute('href')).toBe('/changes/j');
  });

  it('counts the rest where the sync is no longer kept', () => {
    const { container } = renderAt(ChangeGroup, {
      group: group([moved], { total: 3, jobId: null, triggeredManually: null }),
    });
    expect(container.textContent).toContain('and 2 more');
    expect(container.textContent).not.toContain('the sync');
  });
});

describe('kinds of changes', () => {
  it('are counted in words, what matters most first', () => {
    expect(countsText({ added: 87, moved: 1, removed: 2 })).toBe('1 moved, 2 gone, 87 new');
  });

  it('of one sort count a canceled and a declined rental as what they are, and never fold those that were to come', () => {
    const past = { startsAt: iso(now - minutes(1_000)), endsAt: iso(now - minutes(900)) };
    const lost = (status: string, given = {}) => entry({ kind: 'status', after: { status }, ...given });
    const found = group([
      ...[1, 2, 3, 4, 5, 6, 7].map(() => lost('Canceled')),
      lost('Declined'),
      ...[1, 2, 3, 4, 5, 6, 7, 8].map(() => lost('Approved')),
    ]);
    expect(countsText(found.counts)).toBe('7 canceled, 1 declined, 8 with another status');
    const { few, many } = splitByNumber(found);
    expect(few.map(({ after }) => after!.status)).toEqual([...Array.from({ length: 7 }, () => 'Canceled'), 'Declined']);
    expect(many).toEqual([['status', 8]]);
    const over = splitByNumber(group([1, 2, 3, 4, 5, 6, 7].map((one) => lost('Canceled', one > 1 ? past : {}))));
    expect([over.few.length, over.many]).toEqual([1, [['canceled', 7]]]);
  });

  it('lead from many of one sort to all of them', () => {
    renderAt(ChangeList, {
      groups: [
        group(
          [1, 2, 3, 4, 5, 6, 7].map(() => entry({ kind: 'price' })),
          { jobId: 'j' },
        ),
      ],
    });
    expect(screen.getByRole('link', { name: '7 with another price' }).getAttribute('href')).toBe('/changes/j');
  });

  it('tell a canceled rental from another status by shape and word', () => {
    expect(changeDisplay({ kind: 'status', after: { status: 'Canceled' } })).toMatchObject({
      word: 'Canceled',
      shape: 'cross',
    });
    expect(changeDisplay({ kind: 'status', after: { status: 'Approved' } })).toMatchObject({
      word: 'Status',
      shape: 'dot',
    });
  });
});

describe('one rental', () => {
  const detail = (given = {}, overlaps: ReturnType<typeof booking>[] = []) => ({
    booking: booking(given),
    firstSeenAt: iso(now - minutes(60 * 24 * 3)),
    lastSeenAt: iso(now - minutes(4)),
    overlaps,
    shortWays: [],
    busy: [],
  });

  it('says all about itself, in words and figures', () => {
    const one = detail({ name: 'R-7' });
    const { container } = renderAt(BookingDetail, { detail: one, changes: [] });
    const text = container.textContent.replace(/\s+/g, ' ');
    for (const part of ['R-7', 'in 27 h 44 min', 'Tomorrow,', '6:00 – 8:00 PM', '280 Broadway, New York, NY 10007'])
      expect(text).toContain(part);
    for (const part of ['$38.00', 'Approved', '2 h', 'Nothing changed since we first saw it.'])
      expect(text).toContain(part);
    expect(screen.getByRole('link', { name: /Open on Gibney/ }).getAttribute('href')).toBe(one.booking.recordUrl);
  });

  it('tells its story, newest first, down to when it was first seen', () => {
    renderAt(BookingDetail, {
      detail: detail(),
      changes: [moved, change({ kind: 'added', before: null, after: { starts_at: '2026-11-24T22:00:00Z' } })],
    });
    const lines = screen.getAllByRole('listitem').map(({ textContent }) => textContent.replace(/\s+/g, ' ').trim());
    expect(lines[0]).toMatch(/Moved from Tue Nov 24, 5:00 PM to 6:00 PM/);
    expect(lines[1]).toMatch(/New first seen: Tue Nov 24, 5:00 PM/);
  });

  it('warns where it overlaps another', () => {
    const other = booking({ name: 'R-8', studio: 'Studio 3' });
    renderAt(BookingDetail, { detail: detail({}, [other]), changes: [] });
    expect(screen.getByRole('link', { name: 'R-8, Studio 3' }).getAttribute('href')).toBe(`/bookings/${other.id}`);
  });

  it('says when there is something else in the calendar, in New York, and nothing of what it is', () => {
    const one = detail();
    const bookingId = one.booking.id;
    const at = (startsAt: string, endsAt: string) => ({ bookingId, startsAt, endsAt });
    const busy = [
      at('2026-11-24T23:30:00Z', '2026-11-25T00:30:00Z'),
      at('2026-11-24T16:30:00Z', '2026-11-24T17:30:00Z'),
      at('2026-11-24T05:00:00Z', '2026-11-25T05:00:00Z'),
    ];
    const { container } = renderAt(BookingDetail, { detail: { ...one, busy }, changes: [] });
    const text = container.textContent.replace(/\s+/g, ' ');
    for (const time of ['from 6:30 to 7:30 PM', 'from 11:30 AM to 12:30 PM', 'all day'])
      expect(text).toContain(`You have something else ${time} in your calendar.`);
  });

  it('warns where the way to or from the other house is too short', () => {
    const [first, second] = [
      booking({ startsAt: '2026-11-24T20:00:00Z', endsAt: '2026-11-24T22:00:00Z' }),
      booking({
        startsAt: '2026-11-24T22:10:00Z',
        endsAt: '2026-11-24T23:00:00Z',
        location: '890 Broadway (Union Square)',
      }),
    ];
    const warning = 'Only 10 minutes to get from 280 to 890 Broadway';
    for (const [one, other] of [
      [first, second],
      [second, first],
    ] as const) {
      const shortWays = [{ booking: other, minutesBetween: 10 }];
      const { container, unmount } = renderAt(BookingDetail, { detail: { ...detail(one), shortWays }, changes: [] });
      expect(container.textContent.replace(/\s+/g, ' ')).toContain(warning);
      unmount();
    }
  });

  it.each([
    ['canceled', { status: 'Canceled' }, 'Canceled'],
    ['gone', { removedAt: iso(now - minutes(60)) }, 'No longer on Gibney'],
    ['past', { startsAt: '2026-11-22T23:00:00Z', endsAt: '2026-11-23T01:00:00Z' }, 'Past'],
    ['going on', { startsAt: '2026-11-23T19:00:00Z', endsAt: '2026-11-23T20:00:00Z' }, 'On now, 44 min left'],
  ])('says that it is %s', (_case, given, expected) => {
    const { container } = renderAt(BookingDetail, { detail: detail(given), changes: [] });
    expect(container.querySelector('.when')!.textContent).toBe(expected);
    const isOff = 'status' in given || 'removedAt' in given;
    expect(screen.queryByRole('link', { name: 'Add to a calendar' }) === null).toBe(isOff);
  });
});
