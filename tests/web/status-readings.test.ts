import { describe, expect, it, vi } from 'vitest';
import type { SyncStatus } from '#domain/sync.ts';
import type { StatusHub } from '#lib/server/sync/status-hub.ts';
import type { StoredStatus } from '#lib/server/sync/compose-status.ts';
import { finishedJob, gate, makeHub, running, runningJob, startAnewEachTime, workflow } from './support/hub.ts';
import { storedStatus as stored, syncStatus } from './support/temporal-double.ts';

startAnewEachTime();

describe('a reader of the status', () => {
  it('shares a reading with others, but never one that began before it asked', async () => {
    const hub = makeHub();
    const { open, passed } = gate();
    let state: SyncStatus['state'] = 'sleeping';
    workflow.answer = async () => {
      const seen = state;
      await passed;
      return syncStatus({ state: seen });
    };
    const early = hub.read('ann');
    await vi.waitFor(() => expect(workflow.queries.length).toBe(1));
    state = 'paused';
    hub.refresh('ann');
    const late = Array.from({ length: 10 }, () => hub.read('ann'));
    open();
    await early;
    for (const view of await Promise.all(late)) expect(view.state).toBe('paused');
    expect(workflow.queries.length).toBe(2);
  });

  it('gets the last state of PostgreSQL where Temporal does not answer, and the failure is told', async () => {
    const hub = makeHub();
    workflow.answer = async () => {
      throw new Error('no answer');
    };
    expect(await hub.read('ann')).toMatchObject({ live: false, state: 'sleeping' });
    expect(workflow.errors).toHaveLength(1);
  });
});

describe('the status of an idle user', () => {
  it('comes from PostgreSQL each time and from the workflow once, until a second has passed', async () => {
    vi.useFakeTimers();
    let reads = 0;
    const hub = makeHub({ readStored: async () => ({ ...stored, consecutiveFailures: ++reads }) });
    for (let one = 0; one < 5; one += 1) expect((await hub.read('ann')).state).toBe('sleeping');
    expect([workflow.queries.length, reads]).toEqual([1, 5]);
    await vi.advanceTimersByTimeAsync(1_001);
    await hub.read('ann');
    expect(workflow.queries.length).toBe(2);
  });

  it.each<[string, (hub: StatusHub) => void]>([
    ['a notification', (hub) => hub.refresh('ann')],
    ['something that this process did', (hub) => hub.outdated('ann')],
    ['a request that the workflow took', (hub) => hub.accepted('ann', 'new-job')],
    ['a break of the connection that hears', (hub) => hub.refreshAll()],
  ])('is asked of the workflow again after %s, also where that came while it was asked', async (_, happen) => {
    const hub = makeHub();
    await hub.read('ann');
    happen(hub);
    const { open, passed } = gate();
    workflow.answer = async () => {
      const old = syncStatus();
      await passed;
      return old;
    };
    const during = hub.read('ann');
    await vi.waitFor(() => expect(workflow.queries.length).toBe(2));
    happen(hub);
    open();
    await during;
    workflow.answer = async () => syncStatus({ state: 'paused', pausedReason: 'user' });
    expect((await hub.read('ann')).state).toBe('paused');
    expect(workflow.queries.length).toBe(3);
  });

  it('is asked of the workflow each time while nothing is heard, while it is not known, and while a sync runs', async () => {
    const deaf = makeHub({ isListening: () => false });
    await deaf.read('ann');
    await deaf.read('ann');
    expect(workflow.queries.length).toBe(2);
    const hub = makeHub();
    for (const result of [async () => running(1), () => Promise.reject(new Error('no answer'))]) {
      workflow.queries = [];
      workflow.answer = result;
      await hub.read('bob');
      await hub.read('bob');
      expect(workflow.queries.length).toBe(2);
    }
  });

  it('is asked of the workflow where PostgreSQL says that a sync has begun', async () => {
    let job: StoredStatus['job'] = finishedJob('i');
    const hub = makeHub({ readStored: async () => ({ ...stored, job }) });
    await hub.read('ann');
    job = runningJob(50);
    workflow.answer = async () => running(0);
    expect(await hub.read('ann')).toMatchObject({ state: 'running', job: { id: 'j', done: 50 } });
    expect(workflow.queries.length).toBe(2);
  });

  it('is shown at once to whoever begins to watch, and then as the workflow says', async () => {
    const hub = makeHub();
    await hub.read('ann');
    workflow.answer = async () => syncStatus({ state: 'paused', pausedReason: 'user' });
    const leaving = new AbortController();
    const watching = hub.watch('ann', leaving.signal);
    expect((await watching.next()).value).toMatchObject({ view: { state: 'sleeping' } });
    expect((await watching.next()).value).toMatchObject({ view: { state: 'paused' } });
    expect(workflow.queries.length).toBe(2);
    leaving.abort();
  });

  it('is asked of the workflow again after a reading that failed', async () => {
    const failures = ['database away'];
    const hub = makeHub({
      readStored: async () => {
        const failure = failures.pop();
        if (failure) throw new Error(failure);
        return stored;
      },
    });
    await expect(hub.read('ann')).rejects.toThrow('database away');
    expect(await hub.read('ann')).toMatchObject({ state: 'sleeping', live: true });
    expect(workflow.queries.length).toBe(2);
  });

  it('is answered though others never stop asking', async () => {
    let asked = 0;
    const hub: StatusHub = makeHub({
      readStored: async () => {
        // Each reading is asked for once more before it has ended.
        if (asked++ < 1_000) void hub.read('ann');
        return stored;
      },
    });
    await hub.read('ann');
    expect(asked).toBeLessThan(10);
  });
});
