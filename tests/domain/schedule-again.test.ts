import { describe, expect, it } from 'vitest';
import { noFailures } from '#domain/failure-streak.ts';
import { plannedSyncs } from '#domain/planned-syncs.ts';
import type { ScheduledAccount } from '#domain/schedule.ts';
import { account, after, ended, failures, hour, minute, now } from './scheduled-account.ts';

/** In New York it is seven in the morning. */
const quiet = { from: '06:00', to: '09:00', timeZone: 'America/New_York' };

describe('a pause until a time', () => {
  const until = now + 5 * hour;
  const paused = { pausedReason: 'user', pausedUntil: until } as const;

  it('is the user’s own, and the last word about its end counts', () => {
    expect(after({ type: 'paused', until })).toMatchObject(paused);
    expect(after({ type: 'paused', until: until + hour }, paused)).toMatchObject({ pausedUntil: until + hour });
    expect(after({ type: 'paused' }, paused)).toMatchObject({ pausedReason: 'user', pausedUntil: null });
    const locked = { pausedReason: 'account_locked', nextSyncAt: null } as const;
    expect(after({ type: 'paused', until }, locked)).toMatchObject({ ...locked, pausedUntil: null });
  });

  it('stays that of whoever made it', () => {
    const byOperator = { ...paused, pausedBy: 'operator' } as const;
    expect(after({ type: 'paused', by: 'operator' })).toMatchObject({ pausedReason: 'user', pausedBy: 'operator' });
    expect(after({ type: 'paused', by: 'operator' }, paused)).toMatchObject({ pausedBy: null });
    expect(after({ type: 'paused', until }, byOperator)).toMatchObject({ pausedUntil: until, pausedBy: 'operator' });
    expect(after({ type: 'restored' }, byOperator)).toMatchObject(byOperator);
    expect(after({ type: 'resumed' }, byOperator)).toMatchObject({ pausedReason: null, pausedBy: null });
  });

  it.each([
    ['a sync that ends', () => ended(null, paused)],
    ['a failure that would pause', () => ended('invalid_credentials', paused)],
    ['a workflow that begins anew', () => after({ type: 'restored' }, paused)],
    ['new settings', () => after({ type: 'settings_changed', last: null, intervalBefore: 60 }, paused)],
  ])('goes on over %s', (_, event) => {
    expect(event()).toMatchObject(paused);
  });

  it('ends with everything that ends a pause', () => {
    for (const type of ['resumed', 'disconnected', 'pause_ended'] as const)
      expect(after({ type }, { ...paused, connected: type !== 'disconnected' })).toMatchObject({
        pausedReason: null,
        pausedUntil: null,
      });
  });

  it('ends by itself as it began: what is owed comes then, and not in quiet hours, for nobody waits', () => {
    const owed = { nextSyncAt: until, reason: 'pause_ended', pausedReason: null, streak: noFailures };
    expect(after({ type: 'pause_ended' }, { ...paused, streak: failures(9) })).toMatchObject(owed);
    const planned = { nextSyncAt: until + hour, reason: 'backoff' } as const;
    expect(after({ type: 'pause_ended' }, { ...paused, ...planned })).toMatchObject(planned);
    const inThem = { ...paused, pausedUntil: now, quiet };
    expect(after({ type: 'pause_ended' }, inThem)).toMatchObject({ reason: 'quiet_hours', pausedReason: null });
    expect(after({ type: 'pause_ended' }, { ...inThem, revision: 2 })).toMatchObject({
      nextSyncAt: now,
      reason: 'awaited',
    });
  });

  it('that is over changes nothing of a pause that a failure caused', () => {
    const locked = { pausedReason: 'account_locked', nextSyncAt: null, reason: null } as const;
    expect(after({ type: 'pause_ended' }, locked)).toMatchObject(locked);
  });
});

describe('one more sync', () => {
  const againAt = now + hour;
  const due = { nextSyncAt: againAt, reason: 'again', againAt } as const;
  const usual = { nextSyncAt: now + 2 * hour, reason: 'interval' } as const;
  const last = { completedAt: now, errorCode: null };
  const set = (at: number | null, values: Partial<ScheduledAccount>) => {
    const wanted = after({ type: 'again', at }, values);
    return after({ type: 'settings_changed', last, intervalBefore: 120 }, { ...values, ...wanted });
  };

  it('comes before what is due later, and after what is due before', () => {
    expect(set(againAt, usual)).toMatchObject(due);
    expect(set(now + 3 * hour, usual)).toMatchObject({ ...usual, againAt: now + 3 * hour });
    expect(set(againAt, { nextSyncAt: now, reason: 'awaited' })).toMatchObject({ nextSyncAt: now, reason: 'awaited' });
  });

  it('that is moved or no longer wanted leaves what was due without it', () => {
    expect(set(now + 3 * hour, { ...usual, ...due })).toMatchObject({ ...usual, againAt: now + 3 * hour });
    expect(set(null, { ...usual, ...due })).toMatchObject({ ...usual, againAt: null });
    const backingOff = { ...due, streak: failures(2) };
    const failed = { completedAt: now, errorCode: 'portal_unavailable' } as const;
    const wanted = after({ type: 'again', at: null }, backingOff);
    const event = { type: 'settings_changed', last: failed, intervalBefore: 120 } as const;
    expect(after(event, { ...backingOff, ...wanted })).toMatchObject({
      nextSyncAt: now + 4 * hour,
      reason: 'backoff',
    });
  });

  it('begins in quiet hours, too, for the user chose the time', () => {
    const inThem = now + minute;
    expect(set(inThem, { ...usual, quiet })).toMatchObject({ nextSyncAt: inThem, reason: 'again' });
    const waiting = { ...usual, nextSyncAt: now, reason: 'again', againAt: now, quiet } as const;
    expect(after({ type: 'due' }, waiting).nextSyncAt).toBeLessThanOrEqual(now);
  });

  it('is put off by the portal’s circuit like any other, and not asked for again meanwhile', () => {
    const waiting = { nextSyncAt: now, reason: 'again', againAt: now } as const;
    expect(after({ type: 'circuit_open' }, waiting)).toMatchObject({ reason: 'circuit_open', againAt: null });
  });

  it('is over with the first sync that began then, and two hours after that comes the next', () => {
    const waiting = { nextSyncAt: now - minute, reason: 'again', againAt: now - minute } as const;
    const end = (begunAt: number | null) => {
      const sync = { completedAt: now, begunAt, errorCode: null, askedFor: true, usedRevision: 1 };
      return after({ type: 'sync_ended', sync }, waiting);
    };
    expect(end(now - minute)).toMatchObject({ ...usual, againAt: null });
    expect(end(null)).toMatchObject({ ...usual, againAt: null });
    expect(end(now - 10 * minute)).toMatchObject(waiting);
    expect(ended(null, { againAt })).toMatchObject(due);
    expect(ended('portal_changed', { ...waiting, streak: noFailures })).toMatchObject({ ...usual, againAt: null });
  });

  it('that fell into a pause is owed with the rest', () => {
    const paused = { pausedReason: 'user', pausedUntil: now, nextSyncAt: now - hour, againAt: now - hour } as const;
    expect(after({ type: 'resumed' }, paused)).toMatchObject({ nextSyncAt: now, reason: 'awaited', againAt: null });
    expect(after({ type: 'pause_ended' }, paused)).toMatchObject({ reason: 'pause_ended', againAt: null });
  });

  it('goes with the connection', () => {
    expect(after({ type: 'disconnected' }, { ...due, connected: false })).toMatchObject({ againAt: null });
  });
});

describe('the next five', () => {
  const next = (values: Partial<ScheduledAccount>) =>
    plannedSyncs(account(values), now, 5).map(({ at, reason }) => [(at - now) / hour, reason] as const);
  /** In the middle of each even hour, so that no sync moves. */
  const settled = { intervalMinutes: 120, reason: 'interval', nextSyncAt: now + hour } as const;

  it('follow one another by the interval, moving to the user’s own place', () => {
    const found = next(settled);
    expect(found.map(([, reason]) => reason)).toEqual(Array.from({ length: 5 }, () => 'interval'));
    expect(found[0]![0]).toBe(1);
    for (let index = 1; index < 5; index += 1)
      expect(Math.abs(found[index]![0] - found[index - 1]![0] - 2)).toBeLessThanOrEqual(0.2);
  });

  it('hold the one more that is wanted, and go on from it', () => {
    const found = next({ ...settled, againAt: now + 2 * hour });
    expect(found.slice(0, 2)).toEqual([
      [1, 'interval'],
      [2, 'again'],
    ]);
    expect(found[2]![0]).toBeGreaterThan(3.5);
    expect(found.filter(([, reason]) => reason === 'again')).toHaveLength(1);
  });

  it('leave quiet hours out', () => {
    const night = { from: '08:00', to: '14:00', timeZone: 'America/New_York' };
    const [first, second] = next({ ...settled, nextSyncAt: now + hour / 2, quiet: night });
    expect(first).toEqual([0.5, 'interval']);
    expect(second![1]).toBe('quiet_hours');
    expect(second![0]).toBeGreaterThanOrEqual(7);
  });

  it('begin after a pause that ends by itself, and are none while the user has to act', () => {
    const paused = { ...settled, pausedReason: 'user', pausedUntil: now + 24 * hour } as const;
    expect(next(paused)[0]).toEqual([24, 'pause_ended']);
    expect(next({ ...settled, pausedReason: 'user' })).toEqual([]);
    expect(next({ nextSyncAt: null, pausedReason: 'account_locked' })).toEqual([]);
    expect(next({ connected: false })).toEqual([]);
  });

  it('tell of one that is overdue as of now', () => {
    expect(next({ nextSyncAt: now - hour })[0]).toEqual([0, 'interval']);
  });
});
