import { describe, expect, it } from 'vitest';
import { ruleFor, type GroupConditions } from '#domain/group-rules.ts';

const anything: GroupConditions = {
  studio: null,
  weekday: null,
  startsFrom: null,
  startsTo: null,
  nameContains: null,
};

/** A Tuesday at 7 PM in New York, which is Wednesday in UTC. */
const tuesdayEvening = '2026-11-25T00:00:00Z';

describe.each<[says: string, conditions: Partial<GroupConditions>, rental: object, holds: boolean]>([
  ['the studio, in any case and with spaces around it', { studio: ' studio e' }, {}, true],
  ['another studio whose name begins alike', { studio: 'Studio' }, {}, false],
  ['part of the name', { nameContains: 'swan' }, {}, true],
  ['part of the name, however its accents are stored', { nameContains: 'pli\u00e9' }, { name: 'PLIE\u0301' }, true],
  ['a name that is not in it', { nameContains: 'giselle' }, {}, false],
  ['Tuesday, although it is Wednesday in UTC', { weekday: 2 }, {}, true],
  ['Wednesday, which it is in UTC only', { weekday: 3 }, {}, false],
  ['Sunday, which is 0', { weekday: 0 }, { startsAt: '2026-11-29T15:00:00Z' }, true],
  ['a span that begins with its start', { startsFrom: '19:00', startsTo: '20:00' }, {}, true],
  ['a span that ends with its start', { startsFrom: '18:00', startsTo: '19:00' }, {}, true],
  ['a span of one time', { startsFrom: '19:00', startsTo: '19:00' }, {}, true],
  ['a span that begins a minute later', { startsFrom: '19:01' }, {}, false],
  ['a span that ends a minute earlier', { startsTo: '18:59' }, {}, false],
  ['a span over midnight, before it', { startsFrom: '18:30', startsTo: '01:00' }, {}, true],
  [
    'a span over midnight, after it',
    { startsFrom: '22:00', startsTo: '01:00' },
    { startsAt: '2026-11-25T05:30:00Z' },
    true,
  ],
  ['a span over midnight, outside', { startsFrom: '22:00', startsTo: '01:00' }, {}, false],
  [
    '7 PM on the day before the clocks go back',
    { startsFrom: '19:00', startsTo: '19:00' },
    { startsAt: '2026-10-31T23:00:00Z' },
    true,
  ],
  [
    '7 PM on the day when they do',
    { startsFrom: '19:00', startsTo: '19:00' },
    { startsAt: '2026-11-02T00:00:00Z' },
    true,
  ],
  [
    'the hour that comes twice, the first time',
    { startsFrom: '01:30', startsTo: '01:30' },
    { startsAt: '2026-11-01T05:30:00Z' },
    true,
  ],
  [
    'the hour that comes twice, the second time',
    { startsFrom: '01:30', startsTo: '01:30' },
    { startsAt: '2026-11-01T06:30:00Z' },
    true,
  ],
  [
    '7 PM in summer',
    { weekday: 2, startsFrom: '19:00', startsTo: '19:00' },
    { startsAt: '2026-07-07T23:00:00Z' },
    true,
  ],
  ['all of several conditions', { studio: 'Studio E', weekday: 2, nameContains: 'lake' }, {}, true],
  ['one of several that does not hold', { studio: 'Studio E', weekday: 3, nameContains: 'lake' }, {}, false],
])('a rule that says %s', (_, conditions, rental, holds) => {
  const { startsAt = tuesdayEvening, ...values } = rental as { startsAt?: string };
  const given = { name: 'Swan Lake', studio: 'Studio E', ...values, startsAt: new Date(startsAt) };
  it(holds ? 'takes the rental' : 'leaves the rental', () => {
    expect(ruleFor([{ ...anything, ...conditions }], given) !== undefined).toBe(holds);
  });
});

it('takes a rental before every later rule', () => {
  const rules = [
    { ...anything, studio: 'Studio A', id: 1 },
    { ...anything, weekday: 2, id: 2 },
    { ...anything, studio: 'Studio E', id: 3 },
  ];
  const rental = { name: '', studio: 'Studio E', startsAt: new Date(tuesdayEvening) };
  expect(ruleFor(rules, rental)?.id).toBe(2);
  expect(ruleFor([], rental)).toBeUndefined();
});
