import { describe, expect, it } from 'vitest';
import { nextAttempt } from '#domain/failure-kinds.ts';

const long = { remainingMs: 300_000 };

describe('the attempt after one that failed', () => {
  it.each([
    [['portal_unavailable'], long, { delayMs: 2_000, left: 3 }],
    [['portal_unavailable', 'portal_unavailable'], long, { delayMs: 8_000, left: 2 }],
    [['interrupted', 'portal_unavailable'], long, { delayMs: 2_000, left: 3 }],
    [['portal_unavailable'], { ...long, retryAfterMs: 120_000 }, { delayMs: 120_000, left: 2 }],
    [['portal_unavailable'], { remainingMs: 9_000 }, { delayMs: 2_000, left: 1 }],
  ] as const)('after %j comes when the table says, as often as the time allows', (failures, given, next) => {
    expect(nextAttempt([...failures], given)).toEqual(next);
  });

  it('does not come where the kind says so, its attempts are used up, or the time is', () => {
    expect(nextAttempt(['portal_changed'], long)).toBeNull();
    expect(
      nextAttempt(
        Array.from({ length: 4 }, () => 'portal_unavailable' as const),
        long,
      ),
    ).toBeNull();
    expect(nextAttempt(['portal_unavailable'], { remainingMs: 2_000 })).toBeNull();
  });
});
