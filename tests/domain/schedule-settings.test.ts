import { describe, expect, it } from 'vitest';
import { type FailureKind } from '#domain/failure-kinds.ts';
import { noFailures } from '#domain/failure-streak.ts';
import { isAwaited, type ScheduledAccount } from '#domain/schedule.ts';
import { account, after, failures, hour, minute, now } from './scheduled-account.ts';

/** In New York it is seven in the morning. */
const quiet = { from: '06:00', to: '09:00', timeZone: 'America/New_York' };
const awake = now + 2 * hour;

describe('quiet hours', () => {
  const isAfterThem = (nextSyncAt: number | null) => nextSyncAt! >= awake && nextSyncAt! < awake + 5 * minute;

  it('put off what would fall into them, and say so', () => {
    const event = { type: 'sync_ended' } as const;
    const sync = { completedAt: now - hour, errorCode: null, askedFor: true, usedRevision: 1 };
    const next = after({ ...event, sync }, { quiet });
    expect(next.reason).toBe('quiet_hours');
    expect(isAfterThem(next.nextSyncAt)).toBe(true);
    expect(after({ ...event, sync: { ...sync, completedAt: now } }, { quiet })).toMatchObject({
      nextSyncAt: awake,
      reason: 'interval',
    });
  });

  it('hold back a scheduled sync that is due, and nothing else does', () => {
    expect(after({ type: 'due' }, { quiet })).toMatchObject({ reason: 'quiet_hours' });
    expect(after({ type: 'due' })).toMatchObject({ nextSyncAt: now });
  });

  it('put off what the circuit would let begin in them', () => {
    expect(after({ type: 'circuit_open' }, { quiet })).toMatchObject({ reason: 'quiet_hours' });
    const waits = [0, 1].map((random) => after({ type: 'circuit_open' }, {}, random));
    expect(waits.map(({ nextSyncAt }) => (nextSyncAt! - now) / minute)).toEqual([8, 12]);
    expect(waits[0]).toMatchObject({ reason: 'circuit_open', streak: noFailures });
  });

  it('put nothing off for which somebody waits', () => {
    expect(isAwaited(account())).toBe(false);
    for (const values of [
      { lastSyncAt: null },
      { lastRevision: null },
      { revision: 2 },
      { reason: 'awaited' as const },
    ])
      expect(isAwaited(account(values))).toBe(true);
    for (const type of ['resumed', 'credentials_saved', 'restored'] as const)
      expect(after({ type }, { quiet, nextSyncAt: null })).toMatchObject({ nextSyncAt: now, reason: 'awaited' });
  });

  it.each([0, 0.3, 0.6, 0.9, 0.999])(
    'of 24 hours but one minute never get a sync, whatever its place (%f)',
    (place) => {
      const allDay = { from: '00:00', to: '23:59', timeZone: 'UTC' };
      for (let hours = 0; hours < 24; hours += 1) {
        const sync = { completedAt: now + hours * hour, errorCode: null, askedFor: false, usedRevision: 1 };
        const { nextSyncAt } = after({ type: 'sync_ended', sync }, { quiet: allDay, userId: `${place}-${hours}` });
        expect(new Date(nextSyncAt!).toISOString()).toMatch(/T23:59:/);
      }
    },
  );
});

describe('a pause', () => {
  it('keeps the schedule, so that what falls due meanwhile is owed', () => {
    expect(after({ type: 'paused' })).toMatchObject({ nextSyncAt: now, pausedReason: 'user' });
    expect(after({ type: 'paused' }, { pausedReason: 'account_locked' })).toMatchObject({
      pausedReason: 'account_locked',
    });
  });

  it('that ends starts what is owed, and else goes on as planned', () => {
    const owed = { nextSyncAt: now, reason: 'awaited', pausedReason: null, streak: noFailures };
    const before = { pausedReason: 'user', streak: failures(9) } as const;
    expect(after({ type: 'resumed' }, { ...before, nextSyncAt: now - hour })).toMatchObject(owed);
    expect(after({ type: 'resumed' }, { ...before, pausedReason: 'account_locked', nextSyncAt: null })).toMatchObject(
      owed,
    );
    expect(after({ type: 'resumed' }, { ...before, nextSyncAt: now + 3 * hour })).toMatchObject({
      nextSyncAt: now + 3 * hour,
      reason: 'interval',
    });
    expect(after({ type: 'resumed' }, { ...before, nextSyncAt: now + hour, quiet })).toMatchObject({
      reason: 'quiet_hours',
    });
  });
});

describe('settings that were saved', () => {
  const saved = (
    values: Partial<ScheduledAccount>,
    last: { errorCode: FailureKind | null; ago: number },
    before = 120,
  ) =>
    after(
      {
        type: 'settings_changed',
        last: { completedAt: now - last.ago, errorCode: last.errorCode },
        intervalBefore: before,
      },
      values,
    );
  const well = { errorCode: null, ago: hour / 2 };

  it('move nothing that they do not concern', () => {
    for (const reason of ['interval', 'backoff', 'retry_soon', 'circuit_open', 'awaited'] as const) {
      const planned = { nextSyncAt: now + 2.1 * hour, reason };
      expect(saved(planned, well)).toMatchObject(planned);
    }
    expect(saved({ nextSyncAt: null, pausedReason: 'account_locked' }, well)).toMatchObject({ nextSyncAt: null });
  });

  it('as a new interval count from the last sync on', () => {
    const planned = { nextSyncAt: now + 1.6 * hour, intervalMinutes: 60 };
    expect(saved(planned, well)).toMatchObject({ nextSyncAt: now + hour / 2, reason: 'interval' });
    expect(saved(planned, { errorCode: null, ago: 3 * hour })).toMatchObject({ nextSyncAt: now });
    const failed = { errorCode: 'portal_unavailable', ago: 0 } as const;
    expect(saved({ ...planned, reason: 'backoff', streak: failures(2) }, failed)).toMatchObject({
      nextSyncAt: now + 2 * hour,
      reason: 'backoff',
    });
  });

  it('bring what quiet hours had put off to its usual time, or to the end of the new ones', () => {
    const planned = { nextSyncAt: now + 6 * hour, reason: 'quiet_hours' } as const;
    expect(saved(planned, well)).toMatchObject({ nextSyncAt: now + 1.5 * hour, reason: 'interval' });
    expect(saved({ ...planned, quiet }, well)).toMatchObject({ reason: 'quiet_hours' });
    expect(saved({ ...planned, nextSyncAt: now + hour, reason: 'interval', quiet }, well)).toMatchObject({
      reason: 'quiet_hours',
    });
    // Of rows that no reason was written to yet, it is not known what put them off.
    expect(saved({ ...planned, reason: null }, well)).toMatchObject({ nextSyncAt: now + 1.5 * hour });
  });

  it('as new credentials are due at once, and wait for the end of a pause of the user’s own', () => {
    const due = { nextSyncAt: now, reason: 'awaited', streak: noFailures };
    expect(saved({ revision: 2, nextSyncAt: now + hour, streak: failures(3), quiet }, well)).toMatchObject(due);
    expect(saved({ revision: 2, nextSyncAt: null, pausedReason: 'user' }, well)).toMatchObject({
      ...due,
      pausedReason: 'user',
    });
  });
});
