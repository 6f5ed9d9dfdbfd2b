/** A hub between a workflow and a database of the test's choice. */
import { afterEach, beforeEach, vi } from 'vitest';
import type { SyncStatus } from '#domain/sync.ts';
import type { StoredStatus } from '#lib/server/sync/compose-status.ts';
import { createStatusHub } from '#lib/server/sync/status-hub.ts';
import type { StatusHub, StatusHubDeps } from '#lib/server/sync/status-hub.ts';
import { jobSnapshot, storedStatus as stored, syncStatus } from './temporal-double.ts';

export const running = (done: number): SyncStatus =>
  syncStatus({ state: 'running', job: jobSnapshot({ id: 'j', done }) });

/** The workflow as the hub asks it, anew for each test. */
export const workflow = {
  answer: async (): Promise<SyncStatus | null> => syncStatus(),
  /** Of which users it was asked. */
  queries: [] as string[],
  /** What the hub was told of. */
  errors: [] as unknown[],
};

export function makeHub(over: Partial<StatusHubDeps> = {}): StatusHub {
  return createStatusHub({
    query(userId) {
      workflow.queries.push(userId);
      return workflow.answer();
    },
    readStored: async () => stored,
    listening: async () => {},
    isListening: () => true,
    onError: (error) => workflow.errors.push(error),
    ...over,
  });
}

export function finishedJob(id: string): StoredStatus['job'] {
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

export const runningJob = (done: number): StoredStatus['job'] => ({
  ...finishedJob('j')!,
  status: 'running',
  phase: 'reading',
  done,
  total: null,
  completedAt: null,
  bookingsSynced: null,
});

/** A gate that holds answers back until it is opened. */
export function gate() {
  let open = () => {};
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { open, passed };
}

/** For each file that asks the workflow: every test of it begins with real time, and with an answer and no questions yet. */
export function startAnewEachTime(): void {
  afterEach(() => void vi.useRealTimers());
  beforeEach(() => {
    Object.assign(workflow, { answer: async () => syncStatus(), queries: [], errors: [] });
  });
}
