import { describe, expect, it } from 'vitest';
import { deliveryAfter, isBack, mostTries, targetAfter, untoldWarning } from '#domain/deliveries.ts';
import type { TargetState, Tried } from '#domain/deliveries.ts';

const hour = 3_600_000;
const failed: Tried = { outcome: 'failed', error: 'not now' };
const delivered: Tried = { outcome: 'delivered' };
const fresh: TargetState = { failures: 0, failingSince: null, heldUntil: null, disabledReason: null, warned: 0 };

/** A target that takes nothing, tried whenever its time has come. */
function failForLong(random: number) {
  const warnings: unknown[] = [];
  let target = fresh;
  let now = 0;
  while (target.disabledReason === null) {
    const after = targetAfter(target, [failed], { now, random });
    warnings.push(untoldWarning({ warned: after.warned, told: target.warned }));
    target = after;
    now = after.heldUntil ?? now;
  }
  return { warnings, target, now };
}

describe('a delivery that fails', () => {
  it.each([0, 1])('is tried ten times over three days, and given up (chance %d)', (random) => {
    let state = { tries: 0, isTest: false, ageMs: 0 };
    let now = 0;
    const waits: number[] = [];
    for (;;) {
      const { status, tries, nextAt } = deliveryAfter(state, failed, { now, random });
      if (status === 'given_up') break;
      waits.push(nextAt! - now);
      now = nextAt!;
      state = { ...state, tries };
    }
    expect(waits).toHaveLength(mostTries - 1);
    expect(waits[0]).toBe(5_000 * (1 + random / 10));
    expect(now / hour).toBeGreaterThan(72);
    expect(now / hour).toBeLessThan(84);
  });

  it('waits for as long as the receiver says, a day at most', () => {
    const after = (retryAfterMs: number) =>
      deliveryAfter({ tries: 0, isTest: false, ageMs: 0 }, { ...failed, retryAfterMs }, { now: 0, random: 0 }).nextAt;
    expect(after(1_000)).toBe(5_000);
    expect(after(90_000)).toBe(90_000);
    expect(after(1_000 * hour)).toBe(24 * hour);
  });

  it('is given up where the receiver wants no more of it, and after its only try where it is a test', () => {
    const moment = { now: 0, random: 0 };
    expect(deliveryAfter({ tries: 0, isTest: false, ageMs: 0 }, { ...failed, abort: true }, moment).status).toBe(
      'given_up',
    );
    expect(deliveryAfter({ tries: 0, isTest: true, ageMs: 0 }, failed, moment).status).toBe('given_up');
  });
});

describe('what this service cannot send', () => {
  const ours: Tried = { ...failed, ours: true };
  const moment = { now: 0, random: 0 };

  it('is told soon after it can again, however often it could not, and costs few tries', () => {
    const waits = [0, 1, 2, 2].map((tries) => deliveryAfter({ tries, isTest: false, ageMs: 0 }, ours, moment));
    expect(waits.map(({ tries, nextAt }) => [tries, nextAt])).toEqual([
      [1, 5_000],
      ...[2, 2, 2].map((tries) => [tries, hour / 12]),
    ]);
    expect(deliveryAfter({ tries: 7, isTest: false, ageMs: 71 * hour }, ours, moment)).toEqual({
      ...{ status: 'pending', tries: 7, nextAt: hour / 12 },
    });
  });

  it('is given up after three days, and at once where it can never be sent', () => {
    const last = { tries: 2, isTest: false, ageMs: 72 * hour + 1 };
    expect(deliveryAfter(last, ours, moment).status).toBe('given_up');
    expect(deliveryAfter({ ...last, tries: mostTries - 1 }, ours, moment).status).toBe('given_up');
    expect(deliveryAfter({ ...last, tries: 0, ageMs: 0 }, { ...ours, abort: true }, moment).status).toBe('given_up');
  });
});

it('what is refused for what it is waits as where its receiver refuses it', () => {
  const moment = { now: 0, random: 0 };
  for (const tries of Array(mostTries).keys()) {
    const state = { tries, isTest: false, ageMs: 0 };
    const refused: Tried = { ...failed, ours: true, alone: true };
    expect(deliveryAfter(state, refused, moment)).toEqual(deliveryAfter(state, failed, moment));
  }
});

it('what somebody asks for after three days is tried again a little, where this service cannot send', () => {
  const old = { isTest: false, ageMs: 100 * hour };
  const statuses = [0, 1, 2].map(
    (tries) => deliveryAfter({ ...old, tries }, { ...failed, ours: true }, { now: 0, random: 0 }).status,
  );
  expect(statuses).toEqual(['pending', 'pending', 'given_up']);
});

describe('a target that takes nothing', () => {
  it('has its owner told at 50, 70, 90 and 100 percent, and is then disabled', () => {
    const { warnings, target, now } = failForLong(0);
    expect(warnings.filter((one) => one !== null)).toEqual([50, 70, 90, 100]);
    expect(warnings).toHaveLength(mostTries);
    expect(target).toMatchObject({ disabledReason: 'failing', failingSince: 0 });
    expect(now / hour).toBeGreaterThan(72);
  });

  it('is not disabled sooner because a person had it tried again and again', () => {
    let target = fresh;
    for (let press = 0; press < 30; press++) target = targetAfter(target, [failed], { now: press * 1_000, random: 0 });
    expect(target).toMatchObject({ disabledReason: null, warned: 90 });
  });

  it('is cleared by anything that is taken, and is then said to be back', () => {
    const twice = [0, 1].reduce((before) => targetAfter(before, [failed], { now: 0, random: 0 }), fresh);
    const after = targetAfter(twice, [failed, delivered], { now: 0, random: 0 });
    expect(after).toEqual(fresh);
    expect(isBack(twice, after)).toBe(true);
    expect(isBack(targetAfter(fresh, [failed], { now: 0, random: 0 }), fresh)).toBe(false);
  });

  it('is there where it wants no more of one delivery, however many it turns away', () => {
    const aborted: Tried = { ...failed, status: 500, abort: true };
    let target = targetAfter(fresh, [failed], { now: 0, random: 0 });
    for (let day = 1; day < 30; day++) target = targetAfter(target, [aborted], { now: day * 24 * hour, random: 0 });
    expect(target).toEqual(fresh);
    expect(targetAfter(fresh, [failed, aborted], { now: 0, random: 0 })).toEqual(fresh);
  });

  it('is disabled at once where it says that it is gone', () => {
    const after = targetAfter(fresh, [{ ...failed, gone: true }], { now: 0, random: 0 });
    expect(after.disabledReason).toBe('gone');
    expect(untoldWarning({ warned: after.warned, told: 0 })).toBe(100);
  });

  it('is not counted for tests', () => {
    expect(targetAfter(fresh, [], { now: 0, random: 0 })).toEqual(fresh);
  });
});
