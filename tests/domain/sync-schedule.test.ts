import { describe, expect, it } from 'vitest';
import { failureKinds, type FailureKind } from '#domain/failure-kinds.ts';
import { heldBackUntil, nextSyncAfter, retryDelayMs } from '#domain/sync-schedule.ts';

const completedAt = Date.UTC(2026, 10, 23, 12);
const hour = 60;
const middle = 0.5;

/** Minutes until the next sync, jitter left out; null where there is none. */
function wait(errorCode: FailureKind | null, consecutiveFailures: number, intervalMinutes = 2 * hour): number | null {
  const next = nextSyncAfter({ completedAt, intervalMinutes, errorCode, consecutiveFailures }, middle);
  return next === null ? null : (next - completedAt) / 60_000;
}

/** What each kind means for the schedule and within the sync, as it is promised. */
const promised: Record<FailureKind, { retries: number; schedule: 'pause' | 'keep' | 'backoff' }> = {
  invalid_credentials: { retries: 0, schedule: 'pause' },
  account_locked: { retries: 0, schedule: 'pause' },
  verification_required: { retries: 0, schedule: 'pause' },
  portal_changed: { retries: 0, schedule: 'backoff' },
  portal_unavailable: { retries: 3, schedule: 'backoff' },
  portal_rate_limited: { retries: 2, schedule: 'backoff' },
  timed_out: { retries: 0, schedule: 'keep' },
  no_capacity: { retries: 0, schedule: 'keep' },
  interrupted: { retries: 8, schedule: 'keep' },
  cancelled: { retries: 0, schedule: 'keep' },
  internal: { retries: 2, schedule: 'keep' },
};
const kinds = Object.entries(promised) as [FailureKind, (typeof promised)[FailureKind]][];

describe('the schedule after each kind of failure', () => {
  it('covers every kind', () => {
    expect(Object.keys(promised).sort()).toEqual(Object.keys(failureKinds).sort());
  });

  it.each(kinds)('%s', (kind, { schedule, retries }) => {
    const waits = [1, 2, 3, 50].map((failures) => wait(kind, failures));
    if (schedule === 'pause') expect(waits).toEqual([null, null, null, null]);
    if (schedule === 'keep') expect(waits).toEqual([2 * hour, 2 * hour, 2 * hour, 2 * hour]);
    if (schedule === 'backoff') expect(waits).toEqual([2 * hour, 4 * hour, 6 * hour, 6 * hour]);
    const delays = Array.from({ length: 10 }, (_, index) => retryDelayMs(kind, index + 1));
    expect(delays.filter((delay) => delay !== null)).toHaveLength(retries);
    // Each wait within the sync is longer than the one before it.
    const waited = delays.slice(0, retries) as number[];
    expect(waited).toEqual([...new Set(waited)].sort((a, b) => a - b));
  });

  it('is the interval after a success, and never shortened by a back-off', () => {
    expect(wait(null, 0)).toBe(2 * hour);
    expect(wait('portal_unavailable', 5, 24 * hour)).toBe(24 * hour);
    expect(wait('portal_unavailable', 3, 30)).toBe(2 * hour);
  });

  it('waits as long as the portal asks for', () => {
    expect(retryDelayMs('portal_rate_limited', 1, 60_000)).toBe(60_000);
    expect(retryDelayMs('portal_rate_limited', 1, 1)).toBe(15_000);
  });
});

describe('jitter', () => {
  const spread = (at: (random: number) => number) => [0, 1].map((random) => at(random) / 60_000);

  it('moves a sync by at most 2 % of its interval', () => {
    const sync = { completedAt: 0, intervalMinutes: 120, errorCode: null, consecutiveFailures: 0 };
    const [earliest, latest] = spread((random) => nextSyncAfter(sync, random)!);
    expect(earliest).toBeCloseTo(120 * 0.98);
    expect(latest).toBeCloseTo(120 * 1.02);
  });

  it('spreads those who were held back over four minutes', () => {
    const [earliest, latest] = spread((random) => heldBackUntil(0, random));
    expect(earliest).toBeCloseTo(8);
    expect(latest).toBeCloseTo(12);
  });
});
