import { describe, expect, it } from 'vitest';
import { jobDisplay, shownStatus, statusDisplays, statusName } from '#lib/sync/status-display.ts';
import { progressPercent } from '#lib/sync/progress-fraction.ts';
import { phases } from '#domain/phases.ts';
import { failed, job, notConnected, pending, running, status } from './support/fixtures.ts';

describe('how a status is displayed', () => {
  it.each([
    ['no credentials', notConnected(), 'not_connected'],
    ['connected, nothing synced yet', status({}, null), 'waiting'],
    ['pending', pending(), 'pending'],
    ['running', running('reading'), 'running'],
    ['completed', status(), 'completed'],
    ['completed with gaps', status({}, { partial: true }), 'partial'],
    ['completed, many gone', status({}, { partial: true, lost: 30 }), 'lost'],
    ['completed, many gone and some kept', status({}, { partial: true, lost: 30, unconfirmed: 5 }), 'partial'],
    ['failed', failed('portal_unavailable'), 'failed'],
    ['cancelled', failed('cancelled'), 'cancelled'],
    ['paused', status({ state: 'paused', pausedReason: 'user' }), 'paused'],
    ['not live, whatever the job says', { ...running('reading'), live: false }, 'not_live'],
    ['running on while paused for later', { ...running('reading'), pausedReason: 'user' as const }, 'running'],
  ])('%s', (_, view, display) => {
    expect(statusName(view)).toBe(display);
  });

  it.each([
    ['heard', {}, {}, 'completed'],
    ['not heard', { live: false }, {}, 'not_live'],
    ['busy while the line breaks', { live: false, busy: true, view: running('reading') }, {}, 'running'],
    [
      'busy where the line stays broken',
      { live: false, busy: true, cut: true, view: running('reading') },
      {},
      'not_live',
    ],
    ['without a line', {}, { offline: true }, 'offline'],
    ['our server away', {}, { offline: true, away: true }, 'not_live'],
  ])('%s', (_, heard, line, display) => {
    const sync = { view: status(), live: true, busy: false, cut: false, ...heard };
    expect(shownStatus(sync, { offline: false, away: false, ...line })).toBe(display);
  });

  it('differ in shape where they differ in tone, so that colour is never alone', () => {
    const displays = Object.values(statusDisplays);
    for (const display of displays)
      for (const other of displays.filter(({ tone }) => tone !== display.tone))
        expect(other.shape).not.toBe(display.shape);
  });

  it('of a job speak of the job', () => {
    expect(jobDisplay(job()).label).toBe('Completed');
    expect(jobDisplay(job({ partial: true })).label).toBe('Completed with gaps');
    expect(jobDisplay(job({ partial: true, lost: 30 })).label).toBe('Completed, rentals gone');
    expect(jobDisplay(job({ status: 'failed', errorCode: 'timed_out' })).label).toBe('Failed');
    expect(jobDisplay(job({ status: 'failed', errorCode: 'cancelled' })).label).toBe('Canceled');
  });
});

describe('the bar', () => {
  it('never goes back from phase to phase, nor while rows come', () => {
    const steps = [
      ...phases.slice(0, 4).map((phase) => progressPercent(phase, 0, null)),
      ...[50, 100, 137].map((done) => progressPercent('reading', done, null)),
      progressPercent('reading', 137, 137),
      progressPercent('processing', 137, 137),
      progressPercent('completed', 137, 137),
    ];
    expect(steps).toEqual(steps.toSorted((one, other) => one - other));
    expect(steps.at(-1)).toBe(100);
  });
});
