import { screen } from '@testing-library/svelte';
import { describe, expect, it, vi } from 'vitest';
import { durationPlotOf, plotSentence } from '#lib/sync/duration-plot.ts';
import DurationPlot from '#lib/sync/duration-plot.svelte';
import { failureHelp } from '#lib/sync/failure-help.ts';
import FailureNote from '#lib/sync/failure-note.svelte';
import { followSyncs, isOlder } from '#lib/sync/follow-syncs.ts';
import { failureNames } from '#lib/sync/history-query.ts';
import JobLogs from '#lib/sync/job-logs.svelte';
import RunningJob from '#lib/sync/running-job.svelte';
import { failureKinds, type FailureKind } from '#domain/failure-kinds.ts';
import { iso, job, minutes, now, running, status } from './support/fixtures.ts';
import { playedServer, renderAt } from './support/render.ts';

const took = (ms: number, given = {}) => job({ startedAt: iso(now - ms), completedAt: iso(now), ...given });
const kinds = Object.keys(failureKinds) as FailureKind[];

describe('the plot of durations', () => {
  const jobs = [took(2_000), took(8_000, { status: 'failed', errorCode: 'timed_out' }), took(4_000)];

  it('has the oldest at the left, on a scale that ends at a round length', () => {
    const plot = durationPlotOf([took(2_000), took(8_000), took(4_000)]);
    expect(plot.marks.map(({ height }) => Math.round(height ** 2 * plot.top))).toEqual([4_000, 8_000, 2_000]);
    expect(plot.top).toBe(10_000);
    expect(plot.lines.map(({ label }) => label)).toEqual(['2 s', '10 s']);
  });

  it('leaves out what has no end', () => {
    expect(durationPlotOf([took(1_000), { ...job(), completedAt: null }]).marks).toHaveLength(1);
    expect(plotSentence(durationPlotOf([]))).toBe('No sync has finished yet.');
  });

  it('is said in a sentence, and failures differ by shape', () => {
    const { container } = renderAt(DurationPlot, { jobs });
    const drawing = screen.getByRole('img');
    expect(drawing.getAttribute('aria-label')).toMatch(
      /^How long syncs took\. 3 syncs: .* the longest 8\.0 s, 1 failed\.$/,
    );
    expect(container.querySelectorAll('rect:not(.whole)')).toHaveLength(1);
    expect(container.querySelectorAll('[style]')).toHaveLength(0);
  });
});

describe('the help with a failure', () => {
  it.each(kinds)('%s: says what it means, what is tried, and what comes after', (kind) => {
    const help = failureHelp(kind);
    expect(help.what).toBe(failureKinds[kind].message);
    expect(help.todo).toBe(failureKinds[kind].remedy);
    expect(help.tried).not.toBe('');
    expect(help.schedule).not.toBe('');
    expect(failureNames[kind]).not.toBe('');
  });

  it('follows the table of kinds', () => {
    expect(failureHelp('portal_unavailable').tried).toBe(
      'Retried up to 3 times within the same sync, after waits of up to 20 s.',
    );
    expect(failureHelp('timed_out').tried).toBe('Not retried within the same sync.');
    expect(failureHelp('invalid_credentials').action?.href).toBe('/settings#gibney');
  });

  it('gives a reference where the fault is ours', () => {
    const { container } = renderAt(FailureNote, { kind: 'internal', reference: 'job-7' });
    expect(container.textContent).toContain('job-7');
    renderAt(FailureNote, { kind: 'timed_out', reference: 'job-8' });
    expect(document.body.textContent).not.toContain('job-8');
  });
});

describe('the log of a sync', () => {
  const line = {
    id: '1',
    at: '2026-11-23T19:12:05Z',
    level: 'warn' as const,
    phase: 'reading',
    message: 'A row could not be read',
  };

  it('is narrowed to a level by links', () => {
    renderAt(JobLogs, {
      logs: [line],
      level: 'warn',
      hrefOf: (level: string | null) => `?level=${level}`,
      laterHref: null,
    });
    expect(screen.getByRole('link', { name: 'Warnings' }).getAttribute('aria-current')).toBe('page');
    expect(screen.getByRole('link', { name: 'Errors' }).getAttribute('href')).toBe('?level=error');
    expect(screen.getByRole('listitem').textContent).toContain('2:12:05 PM');
  });

  it('says so where it is empty', () => {
    renderAt(JobLogs, { logs: [], level: 'error', hrefOf: () => '', laterHref: null });
    expect(screen.getByText('No entries of this level.')).toBeDefined();
  });
});

describe('a sync that runs', () => {
  it('shows its phase and how far it is', () => {
    renderAt(RunningJob, { job: running('reading', 100, 137).job!, href: '/history/k' });
    expect(screen.getByText('Reading rentals... (100 so far)')).toBeDefined();
    expect(screen.getByRole('progressbar').getAttribute('value')).not.toBeNull();
    expect(screen.getByRole('status').textContent).toBe('Reading rentals');
    expect(screen.getByRole('link', { name: 'Details' }).getAttribute('href')).toBe('/history/k');
  });

  it('is followed: its end is told once, what was there before is not', async () => {
    const server = playedServer();
    const onEnded = vi.fn();
    const subscribed = vi.spyOn(server, 'subscribe');
    const stop = followSyncs({ onEnded }, () => Promise.resolve(server));
    await vi.waitFor(() => expect(subscribed).toHaveBeenCalled());
    server.send(status());
    server.send(status());
    server.send(running('reading', 50));
    expect(onEnded).not.toHaveBeenCalled();
    server.send(status({}, { id: 'k' }));
    server.send(status({}, { id: 'k' }));
    expect(onEnded).toHaveBeenCalledTimes(1);
    stop();
    expect(server.stopped).toBe(true);
    server.send(status({}, { id: 'm' }));
    expect(onEnded).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['ended after the page was made', 0, 1],
    ['ended before the page was made', 60, 0],
  ])('is told at once where it %s', async (_case, seconds, times) => {
    const server = playedServer();
    const onEnded = vi.fn();
    const subscribed = vi.spyOn(server, 'subscribe');
    const renderedAt = now + seconds * 1_000;
    followSyncs({ onEnded, isShown: (shown) => isOlder(shown, renderedAt) }, () => Promise.resolve(server));
    await vi.waitFor(() => expect(subscribed).toHaveBeenCalled());
    const ended = status({}, { completedAt: iso(now) });
    server.send(ended);
    server.send(ended);
    expect(onEnded).toHaveBeenCalledTimes(times);
  });

  it('is waited for where there has been none yet', async () => {
    const server = playedServer();
    const onEnded = vi.fn();
    const subscribed = vi.spyOn(server, 'subscribe');
    followSyncs({ onEnded, isShown: (shown) => isOlder(shown, now) }, () => Promise.resolve(server));
    await vi.waitFor(() => expect(subscribed).toHaveBeenCalled());
    server.send({ ...status(), job: null });
    expect(onEnded).not.toHaveBeenCalled();
    server.send(status());
    expect(onEnded).toHaveBeenCalledTimes(1);
  });

  it('is not followed by a page that is gone before the line is there', async () => {
    const server = playedServer();
    const subscribed = vi.spyOn(server, 'subscribe');
    const loaded = Promise.resolve(server);
    followSyncs({}, () => loaded)();
    await loaded;
    await Promise.resolve();
    expect(subscribed).not.toHaveBeenCalled();
  });

  it('leaves the page as it is where the line cannot be loaded', async () => {
    const failed = Promise.reject(new Error('offline'));
    const onView = vi.fn();
    const stop = followSyncs({ onView }, () => failed);
    await failed.catch(() => undefined);
    expect(onView).not.toHaveBeenCalled();
    expect(() => stop()).not.toThrow();
  });

  it('is told as well where it is the first of an account', async () => {
    const server = playedServer();
    const onEnded = vi.fn();
    const subscribed = vi.spyOn(server, 'subscribe');
    followSyncs({ onEnded }, () => Promise.resolve(server));
    await vi.waitFor(() => expect(subscribed).toHaveBeenCalled());
    server.send(running('connecting'));
    server.send(status({ lastSyncAt: iso(now - minutes(1)) }, { id: 'k' }));
    expect(onEnded).toHaveBeenCalledTimes(1);
  });
});
