/** What a sync that takes long says of itself. */
import { describe, expect, it } from 'vitest';
import type { JobRetryView, StatusJobView } from '#domain/shapes/sync.ts';
import { createSyncLive } from '#lib/sync/sync-live.svelte.ts';
import { progressPercent } from '#lib/sync/progress-fraction.ts';
import SyncPanel from '#lib/sync/sync-panel.svelte';
import { iso, now, running } from './support/fixtures.ts';
import { playedServer, renderAt } from './support/render.ts';

function show(view: ReturnType<typeof running>, given: Partial<StatusJobView>) {
  const sync = createSyncLive({ ...view, job: { ...view.job!, ...given } }, playedServer(), () => {});
  const actions = { sync: '?/sync', cancel: '?/cancel', resume: '?/resume' };
  const { container } = renderAt(SyncPanel, { sync, jobs: [], actions, connectHref: '#connect' }, { now });
  const textOf = (selector: string) => container.querySelector(selector)!.textContent.replace(/\s+/g, ' ').trim();
  return { progress: textOf('.progress .text'), words: textOf('.words'), said: textOf('[role=status]') };
}

const maintenance: JobRetryView = {
  reason: 'portal_unavailable',
  httpStatus: 503,
  missing: null,
  attempt: 2,
  of: 3,
  nextTryAt: iso(now + 120_000),
};

describe('a sync that tries again', () => {
  it.each([
    [maintenance, 'Gibney answered 503 (maintenance). Next try at 2:18:00 PM, 2 of 3.'],
    [{ ...maintenance, httpStatus: 502 }, 'Gibney answered 502. Next try at 2:18:00 PM, 2 of 3.'],
    [{ ...maintenance, httpStatus: null }, 'The Gibney site is not answering. Next try at 2:18:00 PM, 2 of 3.'],
    [
      { ...maintenance, reason: 'portal_rate_limited', httpStatus: 429 } as const,
      'Gibney asks us to slow down. Next try at 2:18:00 PM, 2 of 3.',
    ],
  ])('says what answered, and when the next try is, which of how many: %#', (retry, words) => {
    const shown = show(running('connecting'), { retry });
    expect(shown).toEqual({ progress: 'Waiting to try again...', words, said: words });
  });

  it('says so while it does, and tells its phases', () => {
    const shown = show(running('reading', 50), { retry: { ...maintenance, nextTryAt: null } });
    expect(shown).toEqual({
      progress: 'Reading rentals... (50 so far)',
      words: 'Gibney answered 503 (maintenance). Trying again, 2 of 3.',
      said: 'Reading rentals...',
    });
  });

  it.each([
    [1, 'One rental is missing; reading again to be sure.'],
    [91, '91 rentals are missing; reading again to be sure.'],
  ])('says that it reads a list again that lacks %i', (missing, words) => {
    const blank = { httpStatus: null, of: null, nextTryAt: null };
    const shown = show(running('initializing'), { retry: { ...blank, reason: 'confirming', missing, attempt: 2 } });
    expect(shown).toMatchObject({ words, said: words });
  });

  it('says that it was interrupted', () => {
    const retry = { ...maintenance, reason: 'interrupted', httpStatus: null, of: null, nextTryAt: null } as const;
    expect(show(running('initializing'), { retry }).words).toBe('The sync was interrupted on our side. Trying again.');
  });
});

describe('a sync of a long list', () => {
  const expected = { total: 5_000, ms: 100_000 };
  const long = (done: number, given: Partial<StatusJobView> = {}) =>
    show(running('reading', done), { expected, startedAt: iso(now - 50_000), ...given });

  it('says how many rentals are expected and how long they take, by the last sync and by its own pace', () => {
    expect(long(2_500).progress).toBe('Reading 2,500 of about 5,000, about 50 s left');
    expect(long(2_500, { startedAt: iso(now - 100_000) }).progress).toContain('about 1 min left');
    expect(long(4_990).progress).toBe('Reading 4,990 of about 5,000');
  });

  it('moves its bar by it, never to the end and never back', () => {
    const values = [0, 50, 2_500, 4_950, 5_000, 5_050, 9_000].map((done) =>
      progressPercent('reading', done, null, expected.total),
    );
    expect(values).toEqual(values.toSorted((a, b) => a - b));
    expect(values[2]).toBeCloseTo(58, 0);
    expect(values.at(-1)).toBeLessThan(progressPercent('processing', 9_000, 9_000));
  });

  it('counts on where there are more than expected, and where nothing is', () => {
    expect(long(5_050).progress).toBe('Reading rentals... (5050 so far)');
    expect(long(50, { expected: null }).progress).toBe('Reading rentals... (50 so far)');
    expect(long(0).progress).toBe('Reading rentals...');
    expect(long(50, { expected: { total: 137, ms: 4_000 } }).progress).toBe('Reading rentals... (50 so far)');
  });
});
