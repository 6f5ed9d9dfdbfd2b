import { describe, expect, it, vi } from 'vitest';
import { createSyncLive } from '#lib/sync/sync-live.svelte.ts';
import { failed, pending, running, status } from './support/fixtures.ts';
import { playedServer } from './support/render.ts';

function live(initial = status()) {
  const server = playedServer();
  const finished = vi.fn();
  const sync = createSyncLive(initial, server, finished);
  return { server, finished, sync, stop: sync.watch() };
}

describe('the live sync', () => {
  it('is busy from the click on, before the server has answered', () => {
    const { sync } = live();
    void sync.request();
    expect([sync.busy, sync.asking]).toEqual([true, true]);
  });

  it('asks once, however often the button is pressed', async () => {
    const { sync, server } = live();
    await Promise.all([sync.request(), sync.request(), sync.request()]);
    expect(server.requests).toBe(1);
  });

  it('asks nothing while a sync runs', async () => {
    const { sync, server } = live(running('reading', 50));
    await sync.request();
    expect(server.requests).toBe(0);
  });

  it('shows why a request was refused, and is ready for the next one', async () => {
    const { sync, server } = live();
    server.refuse('Syncing is paused. Resume it first.');
    await sync.request();
    expect([sync.refusal, sync.busy]).toEqual(['Syncing is paused. Resume it first.', false]);
  });

  it('hands over from the click to the snapshot', async () => {
    const { sync, server } = live();
    await sync.request();
    server.send(pending());
    expect([sync.asking, sync.busy, sync.view.job?.status]).toEqual([false, true, 'pending']);
  });

  it('calls for the rows once for each sync that ends, also one that ended unseen', () => {
    const { server, finished } = live();
    server.send(running('processing', 137, 137));
    expect(finished).not.toHaveBeenCalled();
    const ended = status({}, { id: 'k' });
    server.send(ended);
    server.send({ ...ended });
    expect(finished).toHaveBeenCalledTimes(1);
    server.send(status({}, { id: 'next' }));
    expect(finished).toHaveBeenCalledTimes(2);
  });

  it('holds a line for cut once it has been broken for some seconds', () => {
    vi.useFakeTimers();
    const { sync, server } = live(running('reading', 50));
    server.line(false);
    vi.advanceTimersByTime(3_000);
    server.line(true);
    server.line(false);
    vi.advanceTimersByTime(3_000);
    expect([sync.live, sync.cut]).toEqual([false, false]);
    server.line(false);
    vi.advanceTimersByTime(3_000);
    expect([sync.cut, sync.busy]).toEqual([true, true]);
    server.line(true);
    expect(sync.cut).toBe(false);
    vi.useRealTimers();
  });

  it('calls for the rows after a failed sync too', () => {
    const { server, finished } = live(running('reading', 50));
    server.send(failed('timed_out'));
    expect(finished).toHaveBeenCalledTimes(1);
  });

  it('cancels the job that is shown', async () => {
    const { sync, server } = live(running('reading', 50));
    await sync.cancel();
    expect([server.cancelled, sync.cancelling]).toEqual([['k'], true]);
    server.send(failed('cancelled'));
    expect(sync.cancelling).toBe(false);
  });

  it('cancels the job that was asked for, not the one before, right after the click', async () => {
    const { sync, server } = live();
    void sync.request();
    await sync.cancel();
    expect(server.cancelled).toEqual(['k']);
  });

  it('cancels what was asked for also where the snapshot says pending and still names the job before', async () => {
    const { sync, server } = live();
    void sync.request();
    server.send(status({ state: 'pending' }));
    await sync.cancel();
    expect(server.cancelled).toEqual(['k']);
  });

  it('is not live while the line or the sync service is away', () => {
    const { sync, server } = live();
    server.line(false);
    expect(sync.live).toBe(false);
    server.line(true);
    expect(sync.live).toBe(true);
    server.send(status({ live: false }));
    expect(sync.live).toBe(false);
  });

  it('takes nothing any more once it is stopped', () => {
    const { sync, server, stop, finished } = live();
    stop();
    server.send(running('reading', 50));
    server.line(false);
    expect(server.stopped).toBe(true);
    expect([sync.busy, sync.live, finished.mock.calls.length]).toEqual([false, true, 0]);
  });
});
