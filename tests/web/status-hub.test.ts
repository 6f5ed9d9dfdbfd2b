import type { SyncStatus } from '#domain/sync.ts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StoredStatus } from '#lib/server/sync/compose-status.ts';
import { createStatusHub } from '#lib/server/sync/status-hub.ts';
import type { StatusHub, StatusHubDeps } from '#lib/server/sync/status-hub.ts';
import { jobSnapshot, storedStatus as stored, syncStatus } from './support/temporal-double.ts';

const running = (done: number): SyncStatus => syncStatus({ state: 'running', job: jobSnapshot({ id: 'j', done }) });

let answer: () => Promise<SyncStatus | null>;
let queries: string[];
let errors: unknown[];

function makeHub(over: Partial<StatusHubDeps> = {}): StatusHub {
  return createStatusHub({
    query(userId) {
      queries.push(userId);
      return answer();
    },
    readStored: async () => stored,
    listening: async () => {},
    isListening: () => true,
    onError: (error) => errors.push(error),
    ...over,
  });
}

function finishedJob(id: string): StoredStatus['job'] {
  return {
    id,
    status: 'completed',
    phase: 'completed',
    done: 137,
    total: 137,
    bookingsSynced: 137,
    startedAt: new Date('2026-11-23T10:00:01.000Z'),
    completedAt: new Date('2026-11-23T10:00:03.000Z'),
    triggeredManually: false,
    errorCode: null,
    partial: false,
  };
}

const runningJob = (done: number): StoredStatus['job'] => ({
  ...finishedJob('j')!,
  status: 'running',
  phase: 'reading',
  done,
  total: null,
  completedAt: null,
  bookingsSynced: null,
});

/** A gate that holds answers back until it is opened. */
function gate() {
  let open = () => {};
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { open, passed };
}

afterEach(() => void vi.useRealTimers());
beforeEach(() => {
  queries = [];
  errors = [];
  answer = async () => syncStatus();
});

describe('an idle dashboard', () => {
  it('gets its snapshot from one query, and causes no other however long it stays open', async () => {
    vi.useFakeTimers();
    const hub = makeHub();
    const leaving = new AbortController();
    const watching = hub.watch('ann', leaving.signal);
    expect((await watching.next()).value).toMatchObject({ view: { state: 'sleeping', live: true } });
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(queries).toEqual(['ann']);
    leaving.abort();
    expect((await watching.next()).done).toBe(true);
  });

  it('is not queried for a ring of somebody else', async () => {
    const hub = makeHub();
    const leaving = new AbortController();
    await hub.watch('ann', leaving.signal).next();
    hub.refresh('bob');
    hub.refresh('bob');
    expect(queries).toEqual(['ann']);
    leaving.abort();
  });

  it('hears of a ring with one query, and so do all dashboards of that user', async () => {
    const hub = makeHub();
    const leaving = new AbortController();
    const [one, other] = [hub.watch('ann', leaving.signal), hub.watch('ann', leaving.signal)];
    await Promise.all([one.next(), other.next()]);
    const before = queries.length;
    answer = async () => syncStatus({ state: 'paused', pausedReason: 'user' });
    hub.refresh('ann');
    const [first, second] = await Promise.all([one.next(), other.next()]);
    expect(first.value).toEqual(second.value);
    expect(first.value).toMatchObject({ view: { state: 'paused' } });
    expect(queries.length).toBe(before + 1);
    leaving.abort();
  });
});

describe('a sync under way', () => {
  it('is asked for at least once a second until it ends, and not after', async () => {
    vi.useFakeTimers();
    const hub = makeHub();
    let done = 0;
    answer = async () => running(++done);
    const leaving = new AbortController();
    const watching = hub.watch('ann', leaving.signal);
    for (const seen of [1, 2, 3]) {
      const next = watching.next();
      await vi.advanceTimersByTimeAsync(seen === 1 ? 0 : 1_000);
      expect((await next).value).toMatchObject({ view: { job: { done: seen } } });
    }
    answer = async () => syncStatus();
    const last = watching.next();
    await vi.advanceTimersByTimeAsync(1_000);
    expect((await last).value).toMatchObject({ view: { state: 'sleeping' } });
    const atTheEnd = queries.length;
    await vi.advanceTimersByTimeAsync(60_000);
    expect(queries.length).toBe(atTheEnd);
    leaving.abort();
  });

  it('gets its progress from PostgreSQL, and causes a query at its begin, its end and each ring of something else', async () => {
    vi.useFakeTimers();
    let job = runningJob(1);
    const hub = makeHub({ readStored: async () => ({ ...stored, job }) });
    answer = async () => running(0);
    const leaving = new AbortController();
    const watching = hub.watch('ann', leaving.signal);
    for (let done = 1; done <= 10; done += 1) {
      job = runningJob(done);
      hub.progressed('ann');
      expect((await watching.next()).value).toMatchObject({ view: { state: 'running', job: { done }, live: true } });
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(queries.length).toBe(1);
    answer = async () => ({ ...running(0), pausedReason: 'user' });
    hub.refresh('ann');
    expect((await watching.next()).value).toMatchObject({ view: { state: 'running', pausedReason: 'user' } });
    expect(queries.length).toBe(2);
    job = finishedJob('j');
    answer = async () => syncStatus();
    hub.refresh('ann');
    expect((await watching.next()).value).toMatchObject({ view: { state: 'sleeping' } });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(queries.length).toBe(3);
    leaving.abort();
  });

  it('is looked after where nobody rings and the workflow has something else to say', async () => {
    vi.useFakeTimers();
    const hub = makeHub({ readStored: async () => ({ ...stored, job: runningJob(1) }) });
    answer = async () => running(0);
    const leaving = new AbortController();
    const watching = hub.watch('ann', leaving.signal);
    expect((await watching.next()).value).toMatchObject({ view: { live: true } });
    answer = () => Promise.reject(new Error('no answer'));
    const next = watching.next();
    await vi.advanceTimersByTimeAsync(20_000);
    expect((await next).value).toMatchObject({ view: { state: 'running', live: false } });
    leaving.abort();
  });

  it('has one query in flight, and a ring meanwhile leads to exactly one more', async () => {
    const hub = makeHub();
    const { open, passed } = gate();
    let inFlight = 0;
    let most = 0;
    answer = async () => {
      most = Math.max(most, ++inFlight);
      await passed;
      inFlight--;
      return syncStatus();
    };
    const leaving = new AbortController();
    const first = hub.watch('ann', leaving.signal).next();
    await vi.waitFor(() => expect(queries.length).toBe(1));
    for (let ring = 0; ring < 20; ring++) hub.refresh('ann');
    open();
    await first;
    await hub.read('ann');
    expect(most).toBe(1);
    expect(queries.length).toBeLessThanOrEqual(3);
    leaving.abort();
  });

  it('is not asked for any more once nobody watches', async () => {
    vi.useFakeTimers();
    const hub = makeHub();
    answer = async () => running(1);
    const leaving = new AbortController();
    const watching = hub.watch('ann', leaving.signal);
    await watching.next();
    leaving.abort();
    await watching.next();
    const before = queries.length;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(queries.length).toBe(before);
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
    const before = queries.length;
    hub.accepted('ann', 'new-job');
    const { value } = await watching.next();
    expect(value).toMatchObject({
      view: { state: 'pending', job: { id: 'new-job', progress: 'Initializing sync...' } },
    });
    expect(queries.length).toBe(before);
    leaving.abort();
  });

  it('a sync that is final in PostgreSQL is shown as final, though the query hangs', async () => {
    let job: StoredStatus['job'] = null;
    const hub = makeHub({ readStored: async () => ({ ...stored, lastSyncAt: job?.completedAt ?? null, job }) });
    answer = async () => running(50);
    const leaving = new AbortController();
    const watching = hub.watch('ann', leaving.signal);
    expect((await watching.next()).value).toMatchObject({ view: { state: 'running' } });
    const { open, passed } = gate();
    answer = async () => {
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

describe('a reader of the status', () => {
  it('shares a reading with others, but never one that began before it asked', async () => {
    const hub = makeHub();
    const { open, passed } = gate();
    let state: SyncStatus['state'] = 'sleeping';
    answer = async () => {
      const seen = state;
      await passed;
      return syncStatus({ state: seen });
    };
    const early = hub.read('ann');
    await vi.waitFor(() => expect(queries.length).toBe(1));
    state = 'paused';
    hub.refresh('ann');
    const late = Array.from({ length: 10 }, () => hub.read('ann'));
    open();
    await early;
    for (const view of await Promise.all(late)) expect(view.state).toBe('paused');
    expect(queries.length).toBe(2);
  });

  it('gets the last state of PostgreSQL where Temporal does not answer, and the failure is told', async () => {
    const hub = makeHub();
    answer = async () => {
      throw new Error('no answer');
    };
    expect(await hub.read('ann')).toMatchObject({ live: false, state: 'sleeping' });
    expect(errors).toHaveLength(1);
  });
});

describe('the status of an idle user', () => {
  it('comes from PostgreSQL each time and from the workflow once, until a second has passed', async () => {
    vi.useFakeTimers();
    let reads = 0;
    const hub = makeHub({ readStored: async () => ({ ...stored, consecutiveFailures: ++reads }) });
    for (let one = 0; one < 5; one += 1) expect((await hub.read('ann')).state).toBe('sleeping');
    expect([queries.length, reads]).toEqual([1, 5]);
    await vi.advanceTimersByTimeAsync(1_001);
    await hub.read('ann');
    expect(queries.length).toBe(2);
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
    answer = async () => {
      const old = syncStatus();
      await passed;
      return old;
    };
    const during = hub.read('ann');
    await vi.waitFor(() => expect(queries.length).toBe(2));
    happen(hub);
    open();
    await during;
    answer = async () => syncStatus({ state: 'paused', pausedReason: 'user' });
    expect((await hub.read('ann')).state).toBe('paused');
    expect(queries.length).toBe(3);
  });

  it('is asked of the workflow each time while nothing is heard, while it is not known, and while a sync runs', async () => {
    const deaf = makeHub({ isListening: () => false });
    await deaf.read('ann');
    await deaf.read('ann');
    expect(queries.length).toBe(2);
    const hub = makeHub();
    for (const result of [async () => running(1), () => Promise.reject(new Error('no answer'))]) {
      queries = [];
      answer = result;
      await hub.read('bob');
      await hub.read('bob');
      expect(queries.length).toBe(2);
    }
  });

  it('is asked of the workflow where PostgreSQL says that a sync has begun', async () => {
    let job: StoredStatus['job'] = finishedJob('i');
    const hub = makeHub({ readStored: async () => ({ ...stored, job }) });
    await hub.read('ann');
    job = runningJob(50);
    answer = async () => running(0);
    expect(await hub.read('ann')).toMatchObject({ state: 'running', job: { id: 'j', done: 50 } });
    expect(queries.length).toBe(2);
  });

  it('is shown at once to whoever begins to watch, and then as the workflow says', async () => {
    const hub = makeHub();
    await hub.read('ann');
    answer = async () => syncStatus({ state: 'paused', pausedReason: 'user' });
    const leaving = new AbortController();
    const watching = hub.watch('ann', leaving.signal);
    expect((await watching.next()).value).toMatchObject({ view: { state: 'sleeping' } });
    expect((await watching.next()).value).toMatchObject({ view: { state: 'paused' } });
    expect(queries.length).toBe(2);
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
    expect(queries.length).toBe(2);
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
    expect(errors).toHaveLength(1);
    leaving.abort();
  });
});

describe('a dashboard that was opened while Temporal was away', () => {
  it.each([true, false])('is live again by itself, connected: %s', async (connected) => {
    const hub = makeHub({ retryMs: 1, readStored: async () => ({ ...stored, connected }) });
    answer = async () => {
      throw new Error('no answer');
    };
    const leaving = new AbortController();
    const watching = hub.watch('ann', leaving.signal);
    expect((await watching.next()).value).toMatchObject({ view: { live: false } });
    answer = async () => syncStatus();
    expect((await watching.next()).value).toMatchObject({ view: { live: true } });
    leaving.abort();
  });
});
