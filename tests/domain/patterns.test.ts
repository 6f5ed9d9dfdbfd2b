import { expect, it } from 'vitest';
import { patternsOf, type PatternRental } from '#domain/patterns.ts';

/** At 7 PM in New York, two hours long: in UTC an hour later from November 1 on. */
const evening = (day: string, values: Partial<PatternRental> = {}): PatternRental => {
  const hour = day < '2026-11-01' ? 23 : 24;
  const startsAt = new Date(Date.parse(day) + hour * 3_600_000);
  const endsAt = new Date(startsAt.getTime() + 2 * 3_600_000);
  return { startsAt, endsAt, studio: 'Studio E', location: '280 Broadway', ...values };
};
const tuesdays = ['2026-10-20', '2026-10-27', '2026-11-03', '2026-11-10', '2026-11-24'];

it('finds what comes every week by the studio’s clock, over the change of the clocks, and the week that lacks it', () => {
  expect(patternsOf(tuesdays.map((day) => evening(day)).reverse())).toEqual([
    {
      weekday: 2,
      clock: '19:00',
      studio: 'Studio E',
      location: '280 Broadway',
      count: 5,
      first: '2026-10-20',
      last: '2026-11-24',
      missing: ['2026-11-17'],
    },
  ]);
});

it('keeps apart what is in another studio or of another length', () => {
  const others = tuesdays.map((day) => evening(day, { studio: 'Studio C' }));
  const longer = tuesdays.slice(0, 3).map((day) => {
    const { startsAt } = evening(day);
    return evening(day, { endsAt: new Date((startsAt as Date).getTime() + 3 * 3_600_000) });
  });
  expect(patternsOf([...tuesdays.map((day) => evening(day)), ...others, ...longer]).map(({ count }) => count)).toEqual([
    5, 5, 3,
  ]);
});

it('takes two for chance, and what is missing more often than it comes for no pattern', () => {
  expect(patternsOf(tuesdays.slice(0, 2).map((day) => evening(day)))).toEqual([]);
  expect(patternsOf(['2026-10-06', '2026-10-27', '2026-11-24'].map((day) => evening(day)))).toEqual([]);
  expect(patternsOf([])).toEqual([]);
});
