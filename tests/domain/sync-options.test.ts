import { describe, expect, it } from 'vitest';
import { covers, widened } from '#domain/sync-options.ts';
import { isInSpan, spanOf } from '#domain/sync-span.ts';
import type { SyncOptions } from '#domain/sync.ts';

const [june, july, august] = ['2026-06-01', '2026-07-01T00:00:00Z', '2026-08-01'] as const;

describe('a sync', () => {
  it.each<[SyncOptions, SyncOptions, boolean]>([
    [{}, {}, true],
    [{}, { upcomingOnly: true }, true],
    [{}, { from: june, to: july }, true],
    [{ upcomingOnly: true }, {}, false],
    [{ upcomingOnly: true }, { upcomingOnly: true, to: july }, true],
    [{ from: june }, { from: july }, true],
    [{ from: july }, { from: june }, false],
    [{ from: june, to: august }, { from: june, to: july }, true],
    [{ from: june, to: july }, { from: june }, false],
    [{}, { freshSession: true }, false],
    [{ freshSession: true }, {}, true],
    [{}, { dryRun: true }, false],
    [{ dryRun: true }, {}, false],
    [{ dryRun: true }, { dryRun: true, upcomingOnly: true }, true],
  ])('with %j does what one with %j would: %s', (has, wanted, answer) => {
    expect(covers(has, wanted)).toBe(answer);
  });

  it('that waits for several is wide enough for all, and never both a dry run and none', () => {
    expect(widened({ upcomingOnly: true }, { from: june })).toEqual({});
    expect(widened({ upcomingOnly: true }, {})).toEqual({});
    expect(widened({ dryRun: true }, { upcomingOnly: true })).toBeNull();
    expect(widened({}, { dryRun: true, upcomingOnly: true })).toBeNull();
    expect(widened({ dryRun: true, upcomingOnly: true }, { dryRun: true, from: june })).toEqual({ dryRun: true });
    expect(widened({ freshSession: true }, { upcomingOnly: true })).toEqual({ freshSession: true });
  });
});

describe('the span of a sync', () => {
  const now = new Date('2026-07-04T03:59:00Z'); // still July 3 in New York

  it('is the whole list unless less is asked for', () => {
    expect(spanOf({ freshSession: true, dryRun: true }, now)).toBeNull();
    expect(spanOf({ from: june }, now)).toEqual({ from: new Date(june), to: null });
    expect(spanOf({ from: june, to: august }, now)).toEqual({ from: new Date(june), to: new Date(august) });
  });

  it('of what is upcoming begins with the day in New York', () => {
    expect(spanOf({ upcomingOnly: true }, now)).toEqual({ from: new Date('2026-07-03T04:00:00Z'), to: null });
    expect(spanOf({ upcomingOnly: true, from: august }, now)!.from).toEqual(new Date(august));
  });

  it('holds its beginning, not its end, and what has no time that can be read', () => {
    const span = { from: new Date(june), to: new Date(august) };
    expect([june, july, august].map((day) => isInSpan(span, new Date(day)))).toEqual([true, true, false]);
    expect(isInSpan(span, null)).toBe(true);
  });
});
