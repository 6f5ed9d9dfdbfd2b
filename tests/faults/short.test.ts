/** The short form of `npm run faults`: a few cases, each in all moments. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allCases } from './all-cases.ts';
import { runCase } from './run-case.ts';
import { startWorld, type TestContext } from './context/test-context.ts';

/** When so much time has gone, what is left is left to the long form. */
const boundMs = 150_000;

const chosen = allCases.filter(({ short }) => short);
let context: TestContext;
let startedAt: number;

beforeAll(async () => {
  context = await startWorld();
  startedAt = Date.now();
}, 300_000);
afterAll(() => context.stop(), 60_000);

describe('a sync, struck while it signs in, reads and stores', () => {
  it.for(chosen)('survives $id', { timeout: 400_000 }, async (faultCase, { skip }) => {
    skip(Date.now() - startedAt > boundMs, 'the time of the short form is over; npm run faults has it');
    const outcomes = await runCase(context, faultCase);
    expect(outcomes.filter(({ problems }) => problems.length > 0)).toEqual([]);
  });
});
