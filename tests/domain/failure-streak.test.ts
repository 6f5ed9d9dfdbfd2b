import { describe, expect, it } from 'vitest';
import { failureKinds, type FailureKind } from '#domain/failure-kinds.ts';
import { noFailures, noticeOf, stillHolds, streakAfter } from '#domain/failure-streak.ts';

const dayMs = 86_400_000;
const now = Date.UTC(2026, 10, 23, 12);

/** After one more failure, of `failures` in all since `days` ago. */
function after(failures: number, days: number, kind: FailureKind | null = 'portal_unavailable') {
  const before = {
    consecutiveFailures: failures - 1,
    failingSince: now - days * dayMs,
    warning: null,
    lastSyncAt: null,
  };
  return streakAfter(before, kind, now);
}

describe('failures in a row', () => {
  it.each([
    [1, 0, null, false],
    [19, 30, null, false],
    [200, 3.9, null, false],
    [20, 4, 'pausing_soon', false],
    [29, 30, 'pausing_soon', false],
    [200, 6.9, 'pausing_soon', false],
    [30, 7, 'pausing_soon', true],
  ] as const)('%i in %f days: warning %s, too long %s', (failures, days, warning, tooLong) => {
    expect(after(failures, days)).toEqual({
      streak: { consecutiveFailures: failures, failingSince: now - days * dayMs, warning },
      tooLong,
    });
  });

  it('end with a success', () => {
    expect(after(200, 30, null)).toEqual({ streak: noFailures, tooLong: false });
  });

  it('are not counted where the user stopped the sync, or we could not run it', () => {
    expect(after(30, 7, 'cancelled')).toMatchObject({ streak: { consecutiveFailures: 29 }, tooLong: false });
    expect(Object.entries(failureKinds).filter(([, { counts }]) => !counts)).toHaveLength(3);
  });

  it('begin with the first of them, and after the last success where nobody noted the first', () => {
    const before = { ...noFailures, lastSyncAt: now - 9 * dayMs };
    expect(streakAfter(before, 'timed_out', now).streak.failingSince).toBe(now);
    const unnoted = { ...before, consecutiveFailures: 29 };
    expect(streakAfter(unnoted, 'timed_out', now)).toMatchObject({
      streak: { failingSince: now - 9 * dayMs },
      tooLong: true,
    });
  });
});

describe('the user', () => {
  const well = { pausedReason: null, warning: null };
  const warned = { pausedReason: null, warning: 'pausing_soon' } as const;
  const paused = { pausedReason: 'repeated_failure', warning: 'pausing_soon' } as const;

  it('is told once of a warning and once of the pause, and of nothing else', () => {
    expect(noticeOf(well, warned)).toBe('pausing_soon');
    expect(noticeOf(warned, warned)).toBeNull();
    expect(noticeOf(warned, paused)).toBe('repeated_failure');
    expect(noticeOf(paused, paused)).toBeNull();
    expect(noticeOf(warned, well)).toBeNull();
    expect(noticeOf(warned, { ...warned, pausedReason: 'user' })).toBeNull();
    expect(noticeOf(well, { ...warned, pausedReason: 'invalid_credentials' })).toBeNull();
  });

  it('is not told any more of what is over', () => {
    expect([stillHolds('pausing_soon', warned), stillHolds('repeated_failure', paused)]).toEqual([true, true]);
    expect([stillHolds('pausing_soon', well), stillHolds('pausing_soon', paused)]).toEqual([false, false]);
    expect(stillHolds('repeated_failure', well)).toBe(false);
  });
});
