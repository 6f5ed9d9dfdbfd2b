import { cleanup, screen, within } from '@testing-library/svelte';
import { describe, expect, it, vi } from 'vitest';
import type { JobView, StatusView } from '#domain/shapes/sync.ts';
import { createSyncLive } from '#lib/sync/sync-live.svelte.ts';
import SyncPanel from '#lib/sync/sync-panel.svelte';
import { failureKinds } from '#domain/failure-kinds.ts';
import type { FailureKind } from '#domain/failure-kinds.ts';
import { failed, iso, job, minutes, notConnected, now, pending, running, status } from './support/fixtures.ts';
import { playedServer, renderAt } from './support/render.ts';

const actions = { sync: '?/sync', cancel: '?/cancel', resume: '?/resume' };

function show(
  view: StatusView,
  { jobs = [] as JobView[], refusal = null as string | null, asksBeside = false, offline = false } = {},
) {
  const server = playedServer();
  const sync = createSyncLive(view, server, () => {});
  sync.watch();
  const props = { sync, jobs, actions, connectHref: '#connect', refusal, asksBeside };
  const { container } = renderAt(SyncPanel, props, { now }, offline);
  const panel = container.querySelector<HTMLElement>('.panel')!;
  return { server, sync, panel, text: () => panel.textContent.replace(/\s+/g, ' ') };
}

describe('the sync panel at rest', () => {
  it('says how fresh the page is, when the next sync is, and offers one', () => {
    const { text, panel } = show(status());
    expect(text()).toContain('Synced 4 minutes ago · next at 4:12 PM');
    expect(text()).toContain('Next sync in 1 h 56 min, automatically.');
    expect(screen.getByRole('button', { name: 'Sync Now' })).toBeTruthy();
    expect(panel.dataset.status).toBe('completed');
  });

  it('says what came of the last sync', () => {
    const { text } = show(status(), { jobs: [job({ id: 'j', changed: 2, removed: 1 })] });
    expect(text()).toContain('Successfully synced 137 bookings: 2 changed, 1 gone');
  });

  it('asks for the Gibney sign-in where none is there', () => {
    const { panel } = show(notConnected());
    expect(panel.dataset.status).toBe('not_connected');
    expect(screen.getByRole('link', { name: 'Connect Gibney' }).getAttribute('href')).toBe('#connect');
  });

  it('says that nothing is lost after a sync with gaps', () => {
    const { text, panel } = show(status({}, { partial: true }));
    expect(panel.dataset.status).toBe('partial');
    expect(text()).toContain('Synced with gaps');
    expect(text()).toContain('the rest stays as it was');
  });

  it('says of past rentals that vanished in bulk that they are kept, and until when', () => {
    const { text, panel } = show(status({}, { partial: true, unconfirmed: 91, done: 45, total: 45 }));
    expect(panel.dataset.status).toBe('partial');
    expect(text()).toContain("91 past rentals are missing from Gibney's list.");
    expect(text()).toContain('They stay here unless the next full sync misses them too.');
    expect(text()).not.toContain('could not be read');
  });

  it('is amber where many rentals are gone at once, and says that the list was read twice', () => {
    const { text, panel } = show(status({}, { partial: true, unconfirmed: 0, lost: 30 }));
    expect(panel.dataset.status).toBe('lost');
    expect(text()).toContain('Synced, rentals gone');
    expect(text()).toContain("30 rentals are gone from Gibney's list. We read it twice to be sure.");
    expect(text()).not.toContain('could not be read');
    expect(text()).not.toContain('gaps');
  });

  it('warns before a week of failures pauses the syncs', () => {
    const { text } = show(failed('portal_unavailable', { warning: 'pausing_soon', consecutiveFailures: 25 }));
    expect(text()).toContain('No sync has worked for days.');
    expect(text()).toContain('pause after a week');
  });

  it('says that it waits while the portal fails for many, and until when', () => {
    const { text } = show(status({ scheduleReason: 'circuit_open' }));
    expect(text()).toContain('Gibney is having problems for many dancers right now');
    expect(text()).toContain('Nothing is lost. Next try at 4:12 PM.');
  });

  it('says that the next sync waits for the end of the quiet hours', () => {
    const { text } = show(status({ scheduleReason: 'quiet_hours' }));
    expect(text()).toContain('after your quiet hours.');
  });

  it('says that it is not live, and can still be pressed', () => {
    const { text, panel } = show(status({ live: false }));
    expect(panel.dataset.status).toBe('not_live');
    expect(text()).toContain('We cannot reach the sync service.');
    expect(screen.getByRole('button', { name: 'Sync Now' })).toBeTruthy();
  });

  it('says when the line to the server broke, until it holds again', async () => {
    const { server, panel } = show(status());
    server.line(false);
    await expect.poll(() => panel.dataset.status).toBe('not_live');
    server.line(true);
    await expect.poll(() => panel.dataset.status).toBe('completed');
  });

  it('says so where the line breaks for long while a sync runs, and keeps the bar', async () => {
    vi.useFakeTimers();
    const { server, panel, text } = show(running('reading', 50));
    server.line(false);
    vi.advanceTimersByTime(10_000);
    vi.useRealTimers();
    await expect.poll(() => panel.dataset.status).toBe('not_live');
    expect(text()).toContain('We cannot reach the sync service.');
    expect(screen.getByRole('progressbar')).toBeTruthy();
    server.line(true);
    await expect.poll(() => panel.dataset.status).toBe('running');
  });

  it('does not call itself up to date while the browser is offline, and leaves the words to the notice above', () => {
    const { text, panel } = show(status(), { offline: true });
    expect(panel.dataset.status).toBe('offline');
    expect(text()).toContain('Offline');
    expect(text()).not.toContain('Up to date');
    expect(text()).not.toContain('cannot reach');
  });

  it.each([
    ['paused by the user', status({ state: 'paused', nextSyncAt: null, pausedReason: 'user', lastSyncAt: null }, null)],
    ['failed', failed('portal_changed', { lastSyncAt: null })],
  ])('%s before anything was read: speaks of no rentals that would stay', (_, view) => {
    expect(show(view).text()).not.toMatch(/rentals stay/);
  });

  it('shows a refusal of the form where the script did not run', () => {
    const { text } = show(status(), { refusal: 'The sync service is not answering.' });
    expect(text()).toContain('The sync service is not answering.');
  });
});

describe('the sync panel while a sync runs', () => {
  const phases: [string, StatusView, string][] = [
    ['pending', pending(), 'Initializing sync...'],
    ['initializing', running('initializing'), 'Initializing sync...'],
    ['connecting', running('connecting'), 'Connecting to Gibney...'],
    ['signing in', running('signing_in'), 'Logging into Gibney...'],
    ['reading', running('reading', 100), 'Reading rentals... (100 so far)'],
    ['processing', running('processing', 137, 137), 'Processing 137 bookings...'],
  ];

  it.each(phases)('%s: shows its text in the place of the button', (_, view, text) => {
    const { panel } = show(view);
    expect(within(panel).queryByRole('button', { name: 'Sync Now' })).toBeNull();
    expect(panel.querySelector('.progress .text')!.textContent).toBe(text);
    expect(within(panel).getByRole('progressbar').getAttribute('aria-valuetext')).toBe(text);
    expect(within(panel).getByRole('button', { name: 'Cancel this sync' })).toBeTruthy();
  });

  it('counts the seconds since the start', () => {
    const { panel } = show(running('reading', 50));
    expect(panel.querySelector('.elapsed')!.textContent).toContain('2 s');
  });

  it('turns into the progress at the click, in the same place', async () => {
    const { panel, server } = show(status());
    const place = panel.querySelector('.place');
    screen.getByRole('button', { name: 'Sync Now' }).click();
    await expect.poll(() => panel.querySelector('.progress .text')?.textContent).toBe('Initializing sync...');
    expect(panel.querySelector('.place')).toBe(place);
    expect(server.requests).toBe(1);
  });

  it('begins afresh: the failure before is not its progress', () => {
    const { panel, text } = show(failed('invalid_credentials', { state: 'pending', nextSyncAt: null }));
    expect(panel.querySelector('.progress .text')!.textContent).toBe('Initializing sync...');
    expect(text()).not.toContain('did not accept');
  });

  it('gives the focus to the progress, so that a second Enter does not cancel', async () => {
    const { panel } = show(status());
    const button = screen.getByRole('button', { name: 'Sync Now' });
    button.focus();
    button.click();
    await expect.poll(() => document.activeElement).toBe(panel.querySelector('.place'));
  });

  it('cancels at a click and says so', async () => {
    const { panel, server } = show(running('reading', 50));
    screen.getByRole('button', { name: 'Cancel this sync' }).click();
    await expect.poll(() => panel.querySelector('.progress .text')!.textContent).toBe('Canceling...');
    expect(server.cancelled).toEqual(['k']);
  });

  it('speaks on a new phase only, not on each count', async () => {
    const { server } = show(running('reading', 50));
    const spoken = screen.getByRole('status');
    expect(spoken.textContent).toBe('Reading rentals...');
    server.send(running('reading', 100));
    await expect.poll(() => document.querySelector('.progress .text')!.textContent).toContain('100');
    expect(spoken.textContent).toBe('Reading rentals...');
    server.send(running('processing', 137, 137));
    await expect.poll(() => spoken.textContent).toBe('Processing 137 bookings...');
  });

  it('says what came of it when it ends', async () => {
    const { server, text } = show(running('processing', 137, 137));
    server.send(status({}, { id: 'k' }));
    await expect.poll(text).toContain('Successfully synced 137 bookings');
    expect(screen.getByRole('button', { name: 'Sync Now' })).toBeTruthy();
  });
});

describe('the sync panel after a failure', () => {
  const pausing = ['invalid_credentials', 'account_locked', 'verification_required', 'action_required'] as const;
  const others = (Object.keys(failureKinds) as FailureKind[]).filter(
    (kind) => !(pausing as readonly string[]).includes(kind),
  );

  it.each(pausing)('%s of a sign-in that was only tried: says that the previous one is kept', (kind) => {
    const { text } = show(failed(kind));
    expect(text()).toContain(failureKinds[kind].message);
    expect(text()).toContain('The new sign-in was not saved. Your previous one is kept');
    expect(text()).not.toContain(failureKinds[kind].remedy);
  });

  it.each(others)('%s: says what happened and what to do', (kind) => {
    const { text, panel } = show(failed(kind));
    expect(text()).toContain(failureKinds[kind].message);
    expect(text()).toContain(failureKinds[kind].remedy);
    expect(panel.dataset.status).toBe(kind === 'cancelled' ? 'cancelled' : 'failed');
  });

  it('says when it tries again, and how often it failed in a row', () => {
    const { text } = show(failed('portal_unavailable', { consecutiveFailures: 3 }));
    expect(text()).toContain('not answering (3 times in a row).');
    expect(text()).toContain('Next try at 4:12 PM.');
  });

  it('names the day of a try that is not today', () => {
    const { text } = show(failed('portal_unavailable', { nextSyncAt: iso(now + minutes(20 * 60)) }));
    expect(text()).toContain('Next try tomorrow at 10:16 AM.');
  });

  it('gives a reference for an unexpected failure', () => {
    expect(show(failed('internal')).text()).toContain('Reference: j.');
  });
});

describe('the sync panel while paused', () => {
  const paused = { state: 'paused', nextSyncAt: null } as const;

  it('by the user: offers to resume', () => {
    const until = show(status({ ...paused, pausedReason: 'user', pausedUntil: '2026-11-24T21:12:00Z' }));
    expect(until.text()).toContain('It goes on by itself');
    cleanup();
    const { text, panel } = show(status({ ...paused, pausedReason: 'user' }));
    expect(panel.dataset.status).toBe('paused');
    expect(text()).toContain('Syncing is paused.');
    expect(screen.getByRole('button', { name: 'Resume syncing' })).toBeTruthy();
  });

  it('by an operator: says so', () => {
    const { text } = show(status({ ...paused, pausedReason: 'user', pausedBy: 'operator' }));
    expect(text()).toContain('The people who run this service paused syncing.');
    expect(screen.getByRole('button', { name: 'Resume syncing' })).toBeTruthy();
  });

  it('by wrong credentials: leads to the sign-in', () => {
    const { text } = show(failed('invalid_credentials', { ...paused, pausedReason: 'invalid_credentials' }));
    expect(text()).toContain(failureKinds.invalid_credentials.remedy);
    expect(screen.getByRole('link', { name: 'Update your sign-in' }).getAttribute('href')).toBe('#connect');
  });

  it('by wrong credentials, where they are asked for beside it: leaves the words and the yellow button to the form', () => {
    const view = failed('invalid_credentials', { ...paused, lastSyncAt: null, pausedReason: 'invalid_credentials' });
    const { text, panel } = show(view, { asksBeside: true });
    expect(text()).not.toContain('did not accept');
    expect(panel.querySelector('.primary')).toBeNull();
    expect(screen.getByRole('link', { name: 'Update your sign-in' }).getAttribute('href')).toBe('#connect');
  });

  it.each(['account_locked', 'verification_required', 'action_required'] as const)(
    'by %s: says the way out and offers to resume',
    (kind) => {
      const { text } = show(failed(kind, { ...paused, pausedReason: kind }));
      expect(text()).toContain(failureKinds[kind].remedy);
      expect(screen.getByRole('button', { name: 'Resume syncing' })).toBeTruthy();
      expect(screen.getByRole('link', { name: 'Open the Gibney site' }).getAttribute('href')).toBe('/gibney');
    },
  );
});
