/** What a sync that takes long says of itself. */
import { screen } from '@testing-library/svelte';
import { describe, expect, it } from 'vitest';
import type { JobRetryView, StatusJobView } from '#domain/shapes/sync.ts';
import { createSyncLive } from '#lib/sync/sync-live.svelte.ts';
import SyncPanel from '#lib/sync/sync-panel.svelte';
import { iso, now, running } from './support/fixtures.ts';
import { playedServer, renderAt } from './support/render.ts';

function show(view: ReturnType<typeof running>, given: Partial<StatusJobView>) {
  const sync = createSyncLive({ ...view, job: { ...view.job!, ...given } }, playedServer(), () => {});
  const actions = { sync: '?/sync', cancel: '?/cancel', resume: '?/resume' };
  const { container } = renderAt(SyncPanel, { sync, jobs: [], actions, connectHref: '#connect' }, { now });
  const textOf = (selector: string) => container.querySelector(selector)!.textContent.replace(/\s+/g, ' ').trim();
  return { progress: textOf('.progress .text'), words: textOf('.words'), said: screen.getByRole('status').textContent };
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
