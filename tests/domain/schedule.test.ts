import { describe, expect, it } from 'vitest';
import { failureKinds, retryDelayMs, type FailureKind } from '#domain/failure-kinds.ts';
import { noFailures } from '#domain/failure-streak.ts';
import { scheduleAfter, type ScheduledAccount } from '#domain/schedule.ts';
import { account, after, ended, failures, hour, minute, now } from './scheduled-account.ts';

/** What each kind means for the schedule and within the sync, as it is promised. */
const promised: Record<FailureKind, { retries: number; schedule: 'pause' | 'keep' | 'backoff' | 'soon' }> = {
  invalid_credentials: { retries: 0, schedule: 'pause' },
  account_locked: { retries: 0, schedule: 'pause' },
  verification_required: { retries: 0, schedule: 'pause' },
  action_required: { retries: 0, schedule: 'pause' },
  portal_changed: { retries: 0, schedule: 'backoff' },
  portal_unavailable: { retries: 3, schedule: 'backoff' },
  portal_rate_limited: { retries: 2, schedule: 'backoff' },
  timed_out: { retries: 0, schedule: 'keep' },
  no_capacity: { retries: 0, schedule: 'soon' },
  interrupted: { retries: 8, schedule: 'soon' },
  cancelled: { retries: 0, schedule: 'keep' },
  internal: { retries: 2, schedule: 'keep' },
};
const kinds = Object.entries(promised) as [FailureKind, (typeof promised)[FailureKind]][];

describe('after a failure', () => {
  it('of every kind it is said what follows', () => {
    expect(Object.keys(promised).sort()).toEqual(Object.keys(failureKinds).sort());
  });

  it.each(kinds)('of the kind %s', (kind, { schedule, retries }) => {
    const after = [0, 1, 2, 49].map((before) => ended(kind, { streak: failures(before) }));
    const waits = after.map(({ nextSyncAt }) => nextSyncAt && (nextSyncAt - now) / hour);
    const [first] = after;
    if (schedule === 'pause') expect(first).toMatchObject({ nextSyncAt: null, reason: null, pausedReason: kind });
    if (schedule === 'keep') expect(waits).toEqual([2, 2, 2, 2]);
    if (schedule === 'backoff') expect(waits).toEqual([2, 4, 6, 6]);
    if (schedule === 'backoff')
      expect(after.map(({ reason }) => reason)).toEqual(['interval', 'backoff', 'backoff', 'backoff']);
    if (schedule === 'soon') expect(waits).toEqual([0.1, 0.1, 0.1, 0.1]);
    const counts = schedule === 'soon' || kind === 'cancelled' ? 0 : 1;
    expect(first!.streak.consecutiveFailures).toBe(counts);
    const delays = Array.from({ length: 10 }, (_, index) => retryDelayMs(kind, index + 1));
    const waited = delays.filter((delay) => delay !== null);
    expect(waited).toHaveLength(retries);
    // Each wait within the sync is longer than the one before it.
    expect(waited).toEqual([...new Set(waited)].sort((a, b) => a - b));
  });

  it('a long interval is not shortened by a back-off, and a short one is stretched from its own length on', () => {
    const next = (intervalMinutes: number, before: number) =>
      ended('portal_unavailable', { intervalMinutes, streak: failures(before) }).nextSyncAt! - now;
    expect(next(24 * 60, 4)).toBe(24 * hour);
    expect(next(30, 2)).toBe(2 * hour);
  });

  it('waits within the sync as long as the portal asks for', () => {
    expect(retryDelayMs('portal_rate_limited', 1, 60_000)).toBe(60_000);
    expect(retryDelayMs('portal_rate_limited', 1, 1)).toBe(15_000);
  });

  it.each(['no_capacity', 'interrupted'] as const)('of our own (%s) the next comes within minutes', (kind) => {
    const at = (random: number, reason: ScheduledAccount['reason']) =>
      (ended(kind, { reason }, random).nextSyncAt! - now) / minute;
    expect([at(0, 'interval'), at(1, 'interval')]).toEqual([2, 10]);
    // A worker that dies of this very sync must not be killed by it every few minutes.
    expect([at(0, 'retry_soon'), at(1, 'retry_soon')]).toEqual([10, 30]);
    expect(ended(kind)).toMatchObject({ reason: 'retry_soon', streak: noFailures });
    expect(ended(kind, { streak: failures(40) }).streak).toMatchObject(failures(40));
  });

  it('too many in too many days pause, unless the user did or has to act', () => {
    const streak = { ...failures(29), failingSince: now - 8 * 24 * hour };
    expect(ended('portal_changed', { streak })).toMatchObject({ nextSyncAt: null, pausedReason: 'repeated_failure' });
    expect(ended('invalid_credentials', { streak })).toMatchObject({ pausedReason: 'invalid_credentials' });
    expect(ended('portal_changed', { streak, pausedReason: 'user' })).toMatchObject({ pausedReason: 'user' });
  });

  it('of credentials that were replaced meanwhile, the new ones are due at once', () => {
    const due = { nextSyncAt: now, reason: 'awaited', pausedReason: null, streak: noFailures };
    for (const kind of ['invalid_credentials', 'portal_changed', null] as const)
      expect(ended(kind, { revision: 2, streak: failures(9) })).toMatchObject(due);
    expect(ended(null, { revision: 2, pausedReason: 'user' })).toMatchObject({ ...due, pausedReason: 'user' });
  });
});

describe('after a success', () => {
  it('the next one is an interval later, and no failure counts any more', () => {
    const streak = failures(7);
    expect(ended(null, { streak })).toMatchObject({
      nextSyncAt: now + 2 * hour,
      reason: 'interval',
      pausedReason: null,
      streak: noFailures,
    });
  });

  it('that nobody asked for, users who are due together drift apart: over a fifth of the interval, then over all of it', () => {
    const users = Array.from({ length: 1_000 }, (_, index) => account({ userId: `user-${index}` }));
    let due = users.map(() => now);
    const spreads: number[] = [];
    for (let cycle = 0; cycle < 12; cycle += 1) {
      const before = due;
      due = users.map((user, index) => {
        const sync = { completedAt: before[index]!, errorCode: null, askedFor: false, usedRevision: 1 };
        return scheduleAfter(user, { type: 'sync_ended', sync }, { now, random: 0 }).nextSyncAt!;
      });
      due.forEach((next, index) => expect(Math.abs(next - before[index]! - 2 * hour)).toBeLessThanOrEqual(0.2 * hour));
      spreads.push((Math.max(...due) - Math.min(...due)) / hour);
    }
    expect(spreads[0]).toBeGreaterThan(0.39);
    expect(spreads.at(-1)).toBeGreaterThan(1.8);
    // No minute has much more than its share of a thousand in two hours.
    const minutes = new Map<number, number>();
    for (const next of due) minutes.set(Math.floor(next / minute), (minutes.get(Math.floor(next / minute)) ?? 0) + 1);
    expect(Math.max(...minutes.values())).toBeLessThan(30);
  });

  it.each([
    ['first', { lastSyncAt: null, lastRevision: null }],
    ['first with new credentials', { lastRevision: null }],
    ['owed after a resume', { reason: 'awaited' as const }],
  ])('of one that somebody waited for (%s) the interval is true to 2 %%', (_, values) => {
    const next = Array.from({ length: 200 }, (_, index) => {
      const sync = { completedAt: now, errorCode: null, askedFor: false, usedRevision: 1 };
      return after({ type: 'sync_ended', sync }, { ...values, userId: `user-${index}` }).nextSyncAt! - now;
    });
    for (const wait of next) expect(Math.abs(wait - 2 * hour)).toBeLessThanOrEqual(0.04 * hour);
    expect(new Set(next).size).toBeGreaterThan(100);
  });
});

describe('a trial of new credentials that ended', () => {
  it('leaves the earlier ones as if it had not been', () => {
    const event = { type: 'trial_ended', completedAt: now } as const;
    const streak = failures(3);
    const usual = { nextSyncAt: now + 2 * hour, reason: 'interval', streak: noFailures };
    expect(after(event, { streak, revision: 2 })).toMatchObject({ ...usual, pausedReason: null });
    expect(after(event, { streak, revision: 2, pausedReason: 'user' })).toMatchObject({
      ...usual,
      pausedReason: 'user',
    });
  });
});

describe('credentials', () => {
  it('that were saved are due at once; that were deleted are not', () => {
    const before = { nextSyncAt: null, pausedReason: 'account_locked', streak: failures(9) } as const;
    const due = { nextSyncAt: now, reason: 'awaited', pausedReason: null, streak: noFailures };
    expect(after({ type: 'credentials_saved' }, before)).toMatchObject(due);
    const paused = { ...before, pausedReason: 'user' } as const;
    expect(after({ type: 'credentials_saved' }, paused)).toMatchObject({ nextSyncAt: null, pausedReason: 'user' });
    expect(after({ type: 'resumed' }, { revision: 2, nextSyncAt: now + hour })).toMatchObject(due);
    const nothing = { nextSyncAt: null, reason: null, pausedReason: null, streak: noFailures };
    expect(after({ type: 'disconnected' }, before)).toMatchObject(nothing);
    for (const type of ['resumed', 'paused', 'restored'] as const)
      expect(after({ type }, { ...before, connected: false })).toMatchObject(nothing);
  });
});

describe('a workflow that begins anew', () => {
  it('goes on with what is stored, and starts what is new or lost', () => {
    expect(after({ type: 'restored' }, { nextSyncAt: now + hour })).toMatchObject({ nextSyncAt: now + hour });
    expect(after({ type: 'restored' }, { nextSyncAt: now + hour, revision: 2 })).toMatchObject({ nextSyncAt: now });
    expect(after({ type: 'restored' }, { nextSyncAt: null })).toMatchObject({ nextSyncAt: now, reason: 'awaited' });
    const paused = { nextSyncAt: null, pausedReason: 'user', streak: failures(4) } as const;
    expect(after({ type: 'restored' }, paused)).toMatchObject({ ...paused, reason: 'interval' });
  });
});
