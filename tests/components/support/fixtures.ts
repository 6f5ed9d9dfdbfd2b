/** Views as the server sends them, each with one thing set apart by the test that uses it. */
import type { BookingView, ChangeEntryView, ChangeGroupView, ChangeView } from '#domain/shapes/bookings.ts';
import { blankRental } from '#domain/rental-list/fields.ts';
import type { JobView, StatusJobView, StatusView } from '#domain/shapes/sync.ts';
import { failureText } from '#domain/failure-kinds.ts';
import type { FailureKind } from '#domain/failure-kinds.ts';
import { phaseText } from '#domain/phases.ts';
import { sortOf } from '#lib/changes/change-display.ts';
import type { Phase } from '#domain/phases.ts';

/** Monday, Nov 23 2026, 2:16 PM in New York. */
export const now = Date.parse('2026-11-23T19:16:00Z');
export const minutes = (count: number) => count * 60_000;
export const iso = (ms: number) => new Date(ms).toISOString();

let serial = 0;

export function booking(given: Partial<BookingView> = {}): BookingView {
  serial += 1;
  return {
    ...blankRental,
    id: `00000000-0000-4000-8000-${String(serial).padStart(12, '0')}`,
    recordId: `a0YRt0000${String(serial).padStart(9, '0')}`,
    name: `R-${490_000 + serial}`,
    startsAt: '2026-11-24T23:00:00.000Z',
    endsAt: '2026-11-25T01:00:00.000Z',
    studio: 'Studio A',
    location: '280 Broadway (Lower Manhattan)',
    status: 'Approved',
    priceCents: 3_800,
    recordUrl: 'https://portal.example/s/booking-item/1',
    removedAt: null,
    groupId: null,
    ...given,
  };
}

export function job(given: Partial<JobView> = {}): JobView {
  serial += 1;
  const completedAt = given.completedAt ?? iso(now - minutes(4));
  return {
    id: `10000000-0000-4000-8000-${String(serial).padStart(12, '0')}`,
    status: 'completed',
    triggeredManually: false,
    createdAt: iso(Date.parse(completedAt) - 4_000),
    startedAt: iso(Date.parse(completedAt) - 3_600),
    completedAt,
    bookingsSynced: 137,
    added: 0,
    changed: 2,
    removed: 0,
    partial: false,
    errorCode: null,
    errorMessage: null,
    ...given,
  };
}

export function change(given: Partial<ChangeView> = {}): ChangeView {
  serial += 1;
  return {
    id: `20000000-0000-4000-8000-${String(serial).padStart(12, '0')}`,
    at: iso(now - minutes(4)),
    kind: 'status',
    bookingId: 'b',
    jobId: 'j',
    name: 'R-490001',
    before: { status: 'Pending' },
    after: { status: 'Approved' },
    ...given,
  };
}

/** A change with the rental that it is about. */
export function entry(given: Partial<ChangeEntryView>): ChangeEntryView {
  const { startsAt, endsAt, studio, location, id: bookingId } = booking();
  return { ...change({ bookingId }), startsAt, endsAt, studio, location, ...given };
}

/** What one sync found. */
export function group(entries: ChangeEntryView[], given: Partial<ChangeGroupView> = {}): ChangeGroupView {
  const counts: ChangeGroupView['counts'] = {};
  for (const sort of entries.map(sortOf)) counts[sort] = (counts[sort] ?? 0) + 1;
  const at = iso(now - minutes(4));
  return { at, jobId: 'j', triggeredManually: true, unseen: false, counts, total: entries.length, entries, ...given };
}

/** A status whose last sync went well, four minutes ago. */
export function status(given: Partial<StatusView> = {}, jobGiven: Partial<StatusJobView> | null = {}): StatusView {
  return {
    job: jobGiven && { ...completedJob, ...jobGiven },
    lastSyncAt: iso(now - minutes(4)),
    nextSyncAt: iso(now + minutes(116)),
    state: 'sleeping',
    pausedReason: null,
    consecutiveFailures: 0,
    warning: null,
    scheduleReason: 'interval',
    intervalMinutes: 120,
    live: true,
    ...given,
  };
}

const completedJob: StatusJobView = {
  id: 'j',
  status: 'completed',
  progress: phaseText('completed', { done: 137, total: 137 }),
  phase: 'completed',
  done: 137,
  total: 137,
  bookingsSynced: 137,
  startedAt: iso(now - minutes(4) - 3_600),
  completedAt: iso(now - minutes(4)),
  triggeredManually: true,
  errorCode: null,
  errorMessage: null,
  partial: false,
};

/** A sync that runs, in the phase that is asked for. */
export function running(phase: Phase, done = 0, total: number | null = null): StatusView {
  return status(
    { state: 'running' },
    {
      id: 'k',
      status: 'running',
      phase,
      progress: phaseText(phase, { done, total }),
      done,
      total,
      bookingsSynced: null,
      startedAt: iso(now - 2_000),
      completedAt: null,
    },
  );
}

/** A sync that waits for a free browser. */
export function pending(): StatusView {
  const view = running('initializing');
  return { ...view, state: 'pending', job: { ...view.job!, status: 'pending', startedAt: null } };
}

/** A sync that failed of this kind, as the user is told. */
export function failed(kind: FailureKind, given: Partial<StatusView> = {}): StatusView {
  const text = failureText(kind);
  return status(
    { consecutiveFailures: 1, ...given },
    { status: 'failed', phase: 'failed', progress: text, errorCode: kind, errorMessage: text, bookingsSynced: null },
  );
}

export const notConnected = () => status({ state: 'not_connected', lastSyncAt: null, nextSyncAt: null }, null);
