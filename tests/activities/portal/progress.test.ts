import type { ProgressReport } from '#domain/sync.ts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Progress } from '#activities/portal/progress.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function open(begin: (report: ProgressReport) => Promise<void> = () => Promise.resolve()) {
  const begun: ProgressReport[] = [];
  const announced: ProgressReport[] = [];
  const beats: unknown[] = [];
  const errors: unknown[] = [];
  const progress = new Progress({
    jobId: 'job',
    attempt: 1,
    begin: (report) => {
      begun.push(report);
      return begin(report);
    },
    announce: async (report) => void announced.push(report),
    heartbeat: (details) => beats.push(details),
    onError: (error) => errors.push(error),
  });
  return { progress, begun, announced, beats, errors };
}

const reading = (progress: Progress, done: number) => progress.report('reading', { done, total: null });

describe('progress', () => {
  it('is told at once on a new phase, its first counts with it', async () => {
    const { progress, announced } = open();
    progress.report('initializing');
    await vi.advanceTimersByTimeAsync(0);
    progress.report('reading');
    progress.report('reading', { done: 50, total: null });
    await vi.advanceTimersByTimeAsync(0);
    expect(announced).toEqual([
      { jobId: 'job', attempt: 1, seq: 1, phase: 'initializing', done: 0, total: null },
      { jobId: 'job', attempt: 1, seq: 3, phase: 'reading', done: 50, total: null },
    ]);
  });

  it('tells counts every two seconds in the first minute, later every five, and only the latest', async () => {
    const { progress, announced } = open();
    reading(progress, 0);
    for (let done = 1; done <= 1_800; done += 1) {
      await vi.advanceTimersByTimeAsync(100);
      reading(progress, done);
    }
    await vi.advanceTimersByTimeAsync(5_000);
    expect(announced.length).toBeGreaterThan(50);
    expect(announced.length).toBeLessThan(60);
    expect(announced.at(-1)!.done).toBe(1_800);
    await progress.stop();
  });

  it('has one report in flight, and the next one is the newest', async () => {
    let arrived = (): void => undefined;
    const { progress, begun, announced } = open(() => new Promise((resolve) => (arrived = resolve)));
    progress.report('initializing');
    await vi.advanceTimersByTimeAsync(0);
    progress.report('connecting');
    progress.report('signing_in');
    await vi.advanceTimersByTimeAsync(10_000);
    expect([begun.map(({ phase }) => phase), announced]).toEqual([['initializing'], []]);
    arrived();
    await vi.advanceTimersByTimeAsync(0);
    expect(announced.map(({ phase, seq }) => [phase, seq])).toEqual([
      ['initializing', 1],
      ['signing_in', 3],
    ]);
  });

  it('tells the workflow that it has begun, once, and again where that did not arrive', async () => {
    const failures = [new Error('no server')];
    const { progress, begun, announced, errors } = open(async () => {
      const error = failures.shift();
      if (error) throw error;
    });
    for (const phase of ['initializing', 'connecting', 'reading'] as const) {
      progress.report(phase);
      await vi.advanceTimersByTimeAsync(0);
    }
    expect(begun.map(({ phase }) => phase)).toEqual(['initializing', 'connecting']);
    expect(announced.map(({ phase }) => phase)).toEqual(['initializing', 'connecting', 'reading']);
    expect(errors).toEqual([new Error('no server')]);
  });

  it('beats every five seconds until it is stopped, and is silent afterwards', async () => {
    const { progress, announced, beats } = open();
    reading(progress, 7);
    await vi.advanceTimersByTimeAsync(17_000);
    expect(beats).toHaveLength(3);
    expect(beats.at(-1)).toEqual({ phase: 'reading', done: 7, total: null });
    await progress.stop();
    reading(progress, 8);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(announced).toHaveLength(1);
    expect(beats).toHaveLength(3);
  });
});
