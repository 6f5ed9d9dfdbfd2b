import { describe, expect, it } from 'vitest';
import { nearRentalTime } from '#domain/near-rentals.ts';
import { after, ended, failures, hour, minute, now } from './scheduled-account.ts';

/** Seven in the morning in New York. */
const usual = now + 2 * hour;
const wait = (starts: number[], endedAt = now) => {
  const next = nearRentalTime({ endedAt, usual: endedAt + 2 * hour, random: 0 }, starts);
  return next === null ? null : (next - endedAt) / minute;
};

describe('the sync after one that ended', () => {
  it.each([
    ['half an hour later where a rental begins tonight', [now + 12 * hour], 30],
    ['when the last day before a rental begins', [now + 25 * hour], 60],
    ['before the first of several', [now + 40 * hour, now + 25 * hour, now + 12 * hour], 30],
    ['as usual where none is near', [now + 40 * hour], null],
    ['as usual where it has begun, or will have', [now - hour, now + 20 * minute], null],
    ['as usual where there is none', [], null],
  ])('comes %s', (_, starts, minutes) => {
    expect(wait(starts)).toBe(minutes);
  });

  it('comes no closer at night in New York: with the morning, or as usual where that is before', () => {
    const [midnight, five] = [now + 17 * hour, now + 22 * hour];
    expect(wait([five + 10 * hour], midnight)).toBeNull();
    expect(wait([five + 10 * hour], five)).toBe(60);
  });

  it('says why, and keeps the interval where nobody asked for closer ones or the portal fails', () => {
    const closerBefore = [now + 12 * hour];
    const { nextSyncAt, reason } = ended(null, { closerBefore });
    expect(reason).toBe('rental_near');
    expect(nextSyncAt! - now).toBeLessThan(35 * minute);
    expect(ended(null).reason).toBe('interval');
    expect(ended('portal_unavailable', { closerBefore, streak: failures(1) })).toMatchObject({ reason: 'backoff' });
    const quiet = { from: '06:00', to: '09:00', timeZone: 'America/New_York' };
    expect(ended(null, { closerBefore, quiet })).toMatchObject({ reason: 'quiet_hours' });
  });

  it('follows the switch', () => {
    const event = {
      type: 'settings_changed',
      last: { completedAt: now, errorCode: null },
      intervalBefore: 120,
    } as const;
    const on = after(event, { nextSyncAt: usual, closerBefore: [now + 12 * hour] });
    expect(on).toMatchObject({ nextSyncAt: now + 30 * minute, reason: 'rental_near' });
    expect(after(event, on)).toMatchObject({ nextSyncAt: usual, reason: 'interval' });
  });
});
