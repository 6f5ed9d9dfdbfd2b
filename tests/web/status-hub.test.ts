import { describe, expect, it, vi } from 'vitest';
import type { StoredStatus } from '#lib/server/sync/compose-status.ts';
import { finishedJob, gate, makeHub, running, runningJob, startAnewEachTime, workflow } from './support/hub.ts';
import { storedStatus as stored, syncStatus } from './support/temporal-double.ts';

startAnewEachTime();

describe('an idle dashboard', () => {
  it('gets its snapshot from one query, and causes no other however long it stays open', async () => {
    vi.useFakeTimers();
    const hub = makeHub();
    const leaving = new AbortController();
    const watching = hub.watch('ann', leaving.signal);
    expect((await watching.next()).value).toMatchObject({ view: { state: 'sleeping', live: true } });
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(workflow.queries).toEqual(['ann']);
    leaving.abort();
    expect((await watching.next()).done).toBe(true);
  });

  it('is not queried for a notification of somebody else', async () => {
    const hub = makeHub();
    const leaving = new AbortController();
    await hub.watch('ann', leaving.signal).next();
    hub.refresh('bob');
    hub.refresh('bob');
    expect(workflow.queries).toEqual(['ann']);
    leaving.abort();
  });

  it('hears of a notification with one query, and so do all dashboards of that user', async () => {
    const hub = makeHub();
    const leaving = new AbortController();
    const [one, other] = [hub.watch('ann', leaving.signal), hub.watch('ann', leaving.signal)];
    await Promise.all([one.next(), other.next()]);
    const before = workflow.queries.length;
    workflow.answer = async () => syncStatus({ state: 'paused', pausedReason: 'user' });
    hub.refresh('ann');
    const [first, second] = await Promise.all([one.next(), other.next()]);
    expect(first.value).toEqual(second.value);
    expect(first.value).toMatchObject({ view: { state: 'paused' } });
    expect(workflow.queries.length).toBe(before + 1);
    leaving.abort();
  });
});

describe('a sync under way', () => {
  it('is asked for at least once a second until it ends, and not after', async () => {
    vi.useFakeTimers();
    const hub = makeHub();
    let done = 0;
    workflow.answer = async () => running(++done);
    const leaving = new AbortController();
    const watching = hub.watch('ann', leaving.signal);
    for (const seen of [1, 2, 3]) {
      const next = watching.next();
      await vi.advanceTimersByTimeAsync(seen === 1 ? 0 : 1_000);
      expect((await next).value).toMatchObject({ view: { job: { done: seen } } });
    }
    workflow.answer = async () => syncStatus();
    const last = watching.next();
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await last).value).toMatchObject({ view: { state: 'sleeping' } });
    const atTheEnd = workflow.queries.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(workflow.queries.length).toBe(atTheEnd);
    leaving.abort();
  });

  it('gets its progress from PostgreSQL, and causes a query at its begin, its end and each notification of something else', async () => {
    vi.useFakeTimers();
    let job = runningJob(1);
    const hub = makeHub({ readStored: async () => ({ ...stored, job }) });
    workflow.answer = async () => running(0);
    const leaving = new AbortController();
    const watching = hub.watch('ann', leaving.signal);
    for (let done = 1; done <= 10; done += 1) {
      job = runningJob(done);
      hub.progressed('ann');
      expect((await watching.next()).value).toMatchObject({ view: { state: 'running', job: { done }, live: true } });
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(workflow.queries.length).toBe(1);
    workflow.answer = async () => ({ ...running(0), pausedReason: 'user' });
    hub.refresh('ann');
    expect((await watching.next()).value).toMatchObject({ view: { state: 'running', pausedReason: 'user' } });
    expect(workflow.queries.length).toBe(2);
    job = finishedJob('j');
    workflow.answer = async () => syncStatus();
    hub.refresh('ann');
    expect((await watching.next()).value).toMatchObject({ view: { state: 'sleeping' } });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(workflow.queries.length).toBe(3);
    leaving.abort();
  });

  it('is looked after where nobody notifies and the workflow has something else to say', async () => {
    vi.useFakeTimers();
    const hub = makeHub({ readStored: async () => ({ ...stored, job: runningJob(1) }) });
    workflow.answer = async () => running(0);
    const leaving = new AbortController();
    const watching = hub.watch('ann', leaving.signal);
    expect((await watching.next()).value).toMatchObject({ view: { live: true } });
    workflow.answer = () => Promise.reject(new Error('no answer'));
    const next = watching.next();
    await vi.advanceTimersByTimeAsync(20_000);
    expect((await next).value).toMatchObject({ view: { state: 'running', live: false } });
    leaving.abort();
  });

  it('has one query in flight, and a notification meanwhile leads to exactly one more', async () => {
    const hub = makeHub();
    const { open, passed } = gate();
    let inFlight = 0;
    let most = 0;
    workflow.answer = async () => {
      most = Math.max(most, ++inFlight);
      await passed;
      inFlight--;
      return syncStatus();
    };
    const leaving = new AbortController();
    const first = hub.watch('ann', leaving.signal).next();
    await vi.waitFor(() => expect(workflow.queries.length).toBe(1));
    for (let time = 0; time < 20; time++) hub.refresh('ann');
    open();
    await first;
    await hub.read('ann');
    expect(most).toBe(1);
    expect(workflow.queries.length).toBeLessThanOrEqual(3);
    leaving.abort();
  });

  it('is not asked for any more once nobody watches', async () => {
    vi.useFakeTimers();
    const hub = makeHub();
    workflow.answer = async () => running(1);
    const leaving = new AbortController();
    const watching = hub.watch('ann', leaving.signal);
    await watching.next();
    leaving.abort();
    await watching.next();
    const before = workflow.queries.length;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(workflow.queries.length).toBe(before);
    expect(hub.watchedUsers()).toBe(0);
  });
});

describe('without waiting for the workflow', () => {
  it('a request that it took is shown at once', async () => {
    const hub = makeHub();
    const leaving = new AbortController();
    const watching = hub.watch('ann', leaving.signal);
    await watching.next();
    await hub.read('ann');
    const before = workflow.queries.length;
    hub.accepted('ann', 'new-job');
    const { value } = await watching.next();
    expect(value).toMatchObject({
      view: { state: 'pending', job: { id: 'new-job', progress: 'Initializing sync...' } },
    });
    expect(workflow.queries.length).toBe(before);
    leaving.abort();
  });

  it('a sync that is final in PostgreSQL is shown as final, though the query hangs', async () => {
    let job: StoredStatus['job'] = null;
    const hub = makeHub({ readStored: async () => ({ ...stored, lastSyncAt: job?.completedAt ?? null, job }) });
    workflow.answer = async () => running(50);
    const leaving = new AbortController();
    const watching = hub.watch('ann', leaving.signal);
    expect((await watching.next()).value).toMatchObject({ view: { state: 'running' } });
    const { open, passed } = gate();
    workflow.answer = async () => {
      await passed;
      return syncStatus();
    };
    job = finishedJob('j');
    hub.refresh('ann');
    expect((await watching.next()).value).toMatchObject({
      view: { state: 'sleeping', lastSyncAt: '2026-11-23T10:00:03.000Z', job: { id: 'j', status: 'completed' } },
    });
    open();
    leaving.abort();
  });
});

describe('a failure to read', () => {
  it('does not end a watch: it goes on when the part is back', async () => {
    const failures = ['database away'];
    const hub = makeHub({
      retryMs: 1,
      readStored: async () => {
        const failure = failures.pop();
        if (failure) throw new Error(failure);
        return stored;
      },
    });
    const leaving = new AbortController();
    const { value } = await hub.watch('ann', leaving.signal).next();
    expect(value).toMatchObject({ view: { live: true } });
    expect(workflow.errors).toHaveLength(1);
    leaving.abort();
  });
});

describe('a dashboard that was opened while Temporal was away', () => {
  it.each([true, false])('is live again by itself, connected: %s', async (connected) => {
    const hub = makeHub({ retryMs: 1, readStored: async () => ({ ...stored, connected }) });
    workflow.answer = async () => {
      throw new Error('no answer');
    };
    const leaving = new AbortController();
    const watching = hub.watch('ann', leaving.signal);
    expect((await watching.next()).value).toMatchObject({ view: { live: false } });
    workflow.answer = async () => syncStatus();
    expect((await watching.next()).value).toMatchObject({ view: { live: true } });
    leaving.abort();
  });
});
