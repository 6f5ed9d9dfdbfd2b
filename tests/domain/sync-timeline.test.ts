import { expect, it } from 'vitest';
import { timelineOf, usualMs, type TimelineLine } from '#domain/sync-timeline.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 23, 19, 0, seconds));
const line = (seconds: number, phase: string, values: Partial<TimelineLine> = {}): TimelineLine => ({
  ...{ at: at(seconds), phase, level: 'info', nextTryAt: null },
  ...values,
});
const job = (lines: TimelineLine[], completed: number | null = 20) => ({
  ...{ createdAt: at(0), startedAt: at(2), completedAt: completed === null ? null : at(completed), lines },
});
const told = (steps: ReturnType<typeof timelineOf>) => steps.map(({ kind, fromMs, ms }) => [kind, fromMs, ms]);

it('goes from phase to phase by the last line of each', () => {
  const lines = [line(3, 'signing_in'), line(5, 'signing_in'), line(15, 'reading'), line(19, 'processing')];
  expect(told(timelineOf(job(lines)))).toEqual([
    ['queue', 0, 2_000],
    ['signing_in', 2_000, 3_000],
    ['reading', 5_000, 10_000],
    ['processing', 15_000, 4_000],
    ['closing', 19_000, 1_000],
  ]);
});

it('has the attempts that failed and the waits after them', () => {
  const failed = (seconds: number, next: number | null) =>
    line(seconds, 'connecting', { level: 'error', nextTryAt: next === null ? null : at(next) });
  const lines = [failed(4, 6), line(7, 'signing_in'), failed(8, 16), line(18, 'reading'), line(19, 'completed')];
  expect(told(timelineOf(job(lines)))).toEqual([
    ['queue', 0, 2_000],
    ['attempt', 2_000, 2_000],
    ['backoff', 4_000, 2_000],
    ['attempt', 6_000, 2_000],
    ['backoff', 8_000, 8_000],
    ['reading', 16_000, 2_000],
    ['closing', 18_000, 2_000],
  ]);
  // Canceled while it waited.
  expect(told(timelineOf(job([failed(4, 60)], 10))).at(-1)).toEqual(['backoff', 4_000, 6_000]);
  expect(told(timelineOf(job([failed(4, null), line(5, 'failed', { level: 'error' })], 5))).at(-1)).toEqual([
    'closing',
    4_000,
    1_000,
  ]);
});

it('of a sync that has not begun is empty', () => {
  expect(timelineOf({ createdAt: at(0), startedAt: null, completedAt: null, lines: [] })).toEqual([]);
});

it('compares with the middle one of others', () => {
  const reading = (ms: number) => [{ kind: 'reading' as const, fromMs: 0, ms }];
  expect(usualMs([reading(9_000), reading(1_000), reading(2_000), []])).toEqual({ reading: 2_000 });
  expect(usualMs([])).toEqual({});
});
