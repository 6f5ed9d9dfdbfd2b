import { describe, expect, it } from 'vitest';
import { wantsSecondReading, wantsSecondSync, type Loss } from '#domain/losses.ts';

/** From the numbers of past and upcoming bookings, known and missing. */
function loss([past, missingPast]: [number, number], [upcoming, missingUpcoming]: [number, number]): Loss {
  const known = past + upcoming;
  const missing = missingPast + missingUpcoming;
  return { listed: known - missing, known, missing, upcoming, missingUpcoming };
}

describe('what a whole list lacks', () => {
  it.each<[string, [number, number], [number, number], { again: boolean; sync: boolean }]>([
    ['nothing', [90, 0], [46, 0], { again: false, sync: false }],
    ['nothing of nothing', [0, 0], [0, 0], { again: false, sync: false }],
    ['two thirds, only past ones, in one batch', [131, 91], [5, 0], { again: true, sync: true }],
    ['everything, past and to come', [10, 10], [5, 5], { again: true, sync: true }],
    ['a single past one', [10, 1], [5, 0], { again: false, sync: false }],
    ['a few past ones of many', [40, 4], [5, 0], { again: false, sync: false }],
    ['five of nineteen past ones', [19, 5], [0, 0], { again: true, sync: true }],
    ['five of twenty past ones', [20, 5], [0, 0], { again: false, sync: false }],
    ['twenty past ones of very many', [5_000, 20], [5, 0], { again: true, sync: true }],
    ['nineteen past ones of very many, in many batches', [5_000, 19], [5, 0], { again: true, sync: false }],
    ['most of the past, which is little of all', [8, 5], [30, 0], { again: true, sync: true }],
    ['the only two past ones', [2, 2], [1, 0], { again: true, sync: false }],
    ['the only rental, past', [1, 1], [0, 0], { again: true, sync: false }],
    ['the only rental to come', [0, 0], [1, 1], { again: true, sync: false }],
    ['most of what is to come', [30, 0], [4, 3], { again: true, sync: false }],
    ['half of what is to come', [30, 0], [4, 2], { again: false, sync: false }],
    ['one to come, in several batches', [60, 0], [4, 1], { again: true, sync: false }],
  ])('%s', (_case, past, upcoming, expected) => {
    const found = loss(past, upcoming);
    expect({ again: wantsSecondReading(found), sync: wantsSecondSync(found) }).toEqual(expected);
  });
});
