import { screen, within } from '@testing-library/svelte';
import { createRawSnippet } from 'svelte';
import { describe, expect, it } from 'vitest';
import type { BookingView, ChangeGroupView, ChangeView } from '#domain/shapes/bookings.ts';
import type { JobView, PortalHealthView, StatusView } from '#domain/shapes/sync.ts';
import Dashboard from '#lib/dashboard/dashboard.svelte';
import { createSyncLive } from '#lib/sync/sync-live.svelte.ts';
import {
  booking,
  change,
  entry,
  group,
  iso,
  job,
  minutes,
  notConnected,
  now,
  running,
  status,
} from './support/fixtures.ts';
import { playedServer, renderAt } from './support/render.ts';

interface Given {
  view?: StatusView;
  upcoming?: BookingView[];
  earlier?: BookingView[] | null;
  earlierCount?: number;
  upcomingCount?: number;
  portalHealth?: PortalHealthView;
  changes?: ChangeView[];
  changeGroups?: ChangeGroupView[];
  jobs?: JobView[];
}

function show({ view = status(), jobs = [], ...given }: Given) {
  const {
    upcoming = [],
    earlier = null,
    earlierCount = 0,
    changes = [],
    changeGroups = [],
    upcomingCount,
    portalHealth,
  } = given;
  const sync = createSyncLive(view, playedServer(), () => {});
  const { container } = renderAt(Dashboard, {
    sync,
    upcoming,
    upcomingCount,
    ...(portalHealth && { portalHealth }),
    earlier,
    earlierCount,
    changes,
    changeGroups,
    jobs,
    links: { showEarlier: '?earlier=', hideEarlier: '/', olderEarlier: null, connect: '#connect', history: '/history' },
    actions: { sync: '?/sync', cancel: '?/cancel', resume: '?/resume' },
    refusal: null,
    connect: createRawSnippet(() => ({ render: () => '<p>the form</p>' })),
  });
  return () => container.textContent.replace(/\s+/g, ' ');
}

const tomorrow = () => booking({ startsAt: '2026-11-24T23:00:00Z', endsAt: '2026-11-25T01:00:00Z' });

describe('while a sync reads', () => {
  it.each([
    [iso(now), 137, 'Your rentals stay as they are'],
    [iso(now), 0, 'Your rentals appear once'],
    [null, null, 'Your rentals appear once'],
  ])(
    'what is said of rentals fits whether there are any (last sync %s, of %s)',
    (lastSyncAt, bookingsSynced, words) => {
      const jobs = lastSyncAt ? [job({ bookingsSynced })] : [];
      const text = show({ view: { ...running('reading', 3), lastSyncAt }, jobs });
      expect(text()).toContain(words);
    },
  );
});

describe('a first sync that has just ended', () => {
  const ended = status({ lastSyncAt: iso(now) }, { id: 'j', status: 'completed', bookingsSynced: 5 });

  it('is not called empty before the page has read its rentals', () => {
    const text = show({ view: ended, jobs: [job({ id: 'j', status: 'running', completedAt: null })] });
    expect(text()).toContain('Your rentals are on their way.');
    expect(text()).not.toContain('nothing changed');
  });

  it('is called empty where there are none', () => {
    const text = show({ view: ended, jobs: [job({ id: 'j', status: 'completed' })] });
    expect(text()).toContain('No rentals yet.');
  });
});

describe('the next rental', () => {
  it('is said in words, with time, studio, address and how long until then', () => {
    show({ upcoming: [tomorrow()] });
    const next = screen.getByRole('region', { name: 'Next rental' });
    for (const text of ['Tomorrow,', 'Tue Nov 24', '6:00 – 8:00 PM', 'Studio A', '280 Broadway', 'in 27 h 44 min'])
      expect(next.textContent).toContain(text);
  });

  it('lets each name run in its own direction', () => {
    show({ upcoming: [booking({ studio: 'סטודיו א', name: 'חזרה 3' })] });
    for (const name of ['סטודיו א', 'חזרה 3'])
      for (const element of screen.getAllByText(name)) expect(element.tagName).toBe('BDI');
  });

  it('names the one after it', () => {
    const text = show({
      upcoming: [tomorrow(), booking({ startsAt: '2026-11-27T16:00:00Z', endsAt: '2026-11-27T18:00:00Z' })],
    });
    expect(text()).toContain('Then Fri Nov 27, 11:00 AM');
  });

  it('says right there that the last sync found it moved', () => {
    const next = tomorrow();
    show({
      upcoming: [next, booking(), booking()],
      jobs: [job({ id: 'j' })],
      changes: [
        change({
          bookingId: next.id,
          kind: 'moved',
          before: { starts_at: '2026-11-24T22:00:00Z' },
          after: { starts_at: next.startsAt },
        }),
      ],
    });
    expect(screen.getByRole('region', { name: 'Next rental' }).textContent).toContain('moved from 5:00 PM');
  });

  it('no longer says so after a sync that changed nothing', () => {
    const next = tomorrow();
    show({
      upcoming: [next],
      jobs: [job({ id: 'later' }), job({ id: 'j' })],
      changes: [
        change({ bookingId: next.id, kind: 'moved', before: { starts_at: '2026-11-24T22:00:00Z' }, after: null }),
      ],
    });
    expect(screen.getByRole('region', { name: 'Next rental' }).textContent).not.toContain('moved');
  });

  it('is the one that is going on, with what is left of it', () => {
    const text = show({
      upcoming: [booking({ startsAt: iso(now - minutes(30)), endsAt: iso(now + minutes(45)) }), tomorrow()],
    });
    expect(text()).toContain('On now, 45 min left');
  });
});

describe('a dashboard without a next rental', () => {
  it('asks for the Gibney sign-in first', () => {
    expect(show({ view: notConnected() })()).toContain('the form');
  });

  it('says that the first sync is on its way', () => {
    const first = { ...running('reading', 50), lastSyncAt: null, nextSyncAt: null };
    expect(show({ view: first })()).toContain('Your rentals are on their way.');
  });

  it('says that Gibney lists none', () => {
    expect(show({ jobs: [job({ bookingsSynced: 0 })] })()).toContain('Gibney lists no rentals for this account.');
  });

  it('says that nothing is coming up, and shows what was', () => {
    const text = show({ jobs: [job()], earlier: [booking({ status: 'Completed' })], earlierCount: 1 });
    expect(text()).toContain('Nothing coming up.');
    expect(screen.getByRole('table', { name: /Past and canceled/ })).toBeTruthy();
  });
});

describe('the coming days', () => {
  const evening = () => tomorrow();
  const late = () => booking({ startsAt: '2026-11-25T00:30:00Z', endsAt: '2026-11-25T02:00:00Z', name: 'R-2' });

  it('are a table with a row for each rental', () => {
    const bookings = [evening(), booking({ startsAt: '2026-11-27T16:00:00Z', endsAt: '2026-11-27T18:00:00Z' })];
    show({ upcoming: bookings });
    const table = screen.getByRole('table', { name: /Upcoming rentals/ });
    expect([...table.querySelectorAll('[data-record]')].map((row) => row.getAttribute('data-record'))).toEqual(
      bookings.map(({ recordId }) => recordId),
    );
    expect(table.textContent).toContain('after 2 free days');
  });

  it('say which two collide, and for how long', () => {
    expect(show({ upcoming: [{ ...evening(), name: 'R-1' }, late()] })()).toContain('Overlaps R-1 by 30 min');
  });

  it('lead to the rental on the portal', () => {
    show({ upcoming: [{ ...evening(), name: 'R-7', recordUrl: 'https://portal.example/s/booking-item/7' }] });
    expect(screen.getByRole('link', { name: /^R-7/ }).getAttribute('href')).toBe(
      'https://portal.example/s/booking-item/7',
    );
  });

  it('are counted in full where not all of them are shown, and lead to the others', () => {
    const text = show({ upcoming: [evening(), evening()], upcomingCount: 150 });
    expect(text()).toContain('Coming days 150 rentals');
    expect(screen.getByRole('link', { name: 'See all 150 coming rentals' }).getAttribute('href')).toBe('/bookings');
  });

  it('lead nowhere else where all of them are shown', () => {
    expect(show({ upcoming: [evening()], upcomingCount: 1 })()).toContain('Coming days 1 rental');
    expect(screen.queryByRole('link', { name: /See all/ })).toBeNull();
  });

  it('offer the past and canceled ones', () => {
    show({ upcoming: [evening()], earlierCount: 119 });
    expect(screen.getByRole('link', { name: 'Show 119 past and canceled' }).getAttribute('href')).toBe('?earlier=');
  });

  it('mark canceled and removed ones in the past list by a word', () => {
    show({
      upcoming: [evening()],
      earlier: [booking({ status: 'Canceled' }), booking({ removedAt: iso(now) })],
      earlierCount: 2,
    });
    const rows = screen.getByRole('table', { name: /Past and canceled/ }).textContent;
    expect(rows).toContain('Canceled');
    expect(rows).toContain('No longer on Gibney');
  });
});

describe('the margin', () => {
  it('counts the rentals of a first sync instead of listing them', () => {
    const first = Array.from({ length: 6 }, () => entry({ kind: 'added', before: null, after: {} }));
    const changeGroups = [group(first, { counts: { added: 137 }, total: 137 })];
    const text = show({ jobs: [job({ id: 'later' })], changeGroups });
    expect(text()).toContain('137 rentals are new');
    expect(text()).not.toContain('Studio A');
  });

  it('lists single changes in words', () => {
    const entries = [
      entry({ kind: 'price', before: { price_cents: 3_800 }, after: { price_cents: 4_200 } }),
      entry({ kind: 'removed', before: null, after: null }),
      entry({ kind: 'status', before: { status: 'Pending' }, after: { status: 'Canceled' } }),
      entry({ kind: 'added', before: null, after: {} }),
    ];
    show({ jobs: [job({ id: 'j' })], changeGroups: [group(entries)] });
    const lines = within(screen.getByRole('region', { name: 'What changed' })).getAllByRole('listitem');
    const slot = 'Tue Nov 24, 6:00 – 8:00 PM, Studio A';
    expect(lines.map(({ textContent }) => textContent.replace(/\s+/g, ' ').trim())).toEqual([
      `${slot} now $42.00, was $38.00`,
      `${slot} is no longer on Gibney`,
      `${slot} now Canceled, was Pending`,
      `${slot} new`,
    ]);
  });

  it('has one mark a sync, each with outcome, length and how it was started', () => {
    const jobs = [
      job({ triggeredManually: true }),
      job({ status: 'failed', errorCode: 'portal_unavailable', bookingsSynced: null }),
      job({ partial: true }),
    ];
    show({ jobs });
    const marks = within(screen.getByRole('region', { name: 'Last syncs' })).getAllByRole('listitem');
    expect(marks.map((mark) => mark.querySelector('a')!.getAttribute('data-shape'))).toEqual([
      'half',
      'cross',
      'check',
    ]);
    expect(marks[2]!.textContent).toContain('Completed: Today, 2:12 PM · took 3.6 s · started by you · 137 rentals');
    expect(marks[0]!.querySelector('a')!.getAttribute('href')).toBe(`/history/${jobs[2]!.id}`);
  });

  it('tells of the mark that has the focus', async () => {
    const jobs = [job(), job({ status: 'failed', errorCode: 'timed_out', bookingsSynced: null })];
    show({ jobs });
    const region = screen.getByRole('region', { name: 'Last syncs' });
    within(region).getAllByRole('link')[0]!.focus();
    await expect.poll(() => region.querySelector('.described')!.textContent).toContain('Failed');
  });
});

describe('trouble of everybody', () => {
  const portalHealth = { state: 'down' as const, since: iso(now - minutes(30)) };

  it('is said once: not again where syncs wait for it anyway', () => {
    expect(show({ jobs: [job()], portalHealth })()).toContain('Gibney has been failing since 1:46 PM for everybody');
    const text = show({ view: status({ scheduleReason: 'circuit_open' }), jobs: [job()], portalHealth });
    expect(text()).toContain('Gibney is having problems for many dancers right now');
    expect(document.body.lastElementChild!.textContent).not.toContain('for everybody');
  });
});
