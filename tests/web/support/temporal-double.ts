/** A Temporal part that only notes what it is asked, for tests of what the web makes of it. */
import type { StoredStatus } from '#lib/server/sync/compose-status.ts';
import { TemporalUnavailableError } from '#platform/errors.ts';
import type { SyncJobSnapshot, SyncStatus } from '#domain/sync.ts';
import { randomUUID } from 'node:crypto';
import { SyncRefusedError } from '#temporal/client.ts';
import type { RefusalCode } from '#domain/sync-client.ts';
import type { TemporalPart } from '#lib/server/services.ts';

export interface TemporalDouble extends TemporalPart {
  /** The verbs that were called, as `verb userId`. */
  calls: string[];
  /** What the query answers, by user. */
  statuses: Map<string, SyncStatus>;
  refusals: Map<string, RefusalCode>;
  away: boolean;
  /** How many queries there were. */
  queries(userId?: string): number;
}

export function quietTemporal(): TemporalDouble {
  const calls: string[] = [];
  const note = async (verb: string, userId: string): Promise<void> => {
    calls.push(`${verb} ${userId}`);
    if (double.away) throw new TemporalUnavailableError('Temporal did not answer in time');
  };
  const double: TemporalDouble = {
    calls,
    statuses: new Map(),
    refusals: new Map(),
    away: false,
    queries: (userId = '') => calls.filter((call) => call.startsWith(`readStatus ${userId}`)).length,
    async requestSync(userId) {
      await note('requestSync', userId);
      const refusal = double.refusals.get(userId);
      if (refusal) throw new SyncRefusedError(refusal);
      const running = double.statuses.get(userId)?.job;
      if (running && ['pending', 'running'].includes(running.status))
        return { jobId: running.id, status: running.status, joined: true };
      const job = jobSnapshot({ status: 'pending', phase: 'initializing', triggeredManually: true });
      double.statuses.set(userId, syncStatus({ state: 'pending', job }));
      return { jobId: job.id, status: 'pending', joined: false };
    },
    syncInBackground: (userId) => note('syncInBackground', userId),
    startBulk: ({ action, total }) => note(`startBulk ${action}`, String(total)),
    cancelBulk: async (bulkId) => (await note('cancelBulk', bulkId), true),
    readBulk: async () => null,
    settingsChanged: (userId) => note('settingsChanged', userId),
    cancelSync: (userId, jobId) => note('cancelSync', jobId ? `${userId} ${jobId}` : userId),
    pause: (userId, { until, by } = {}) =>
      note('pause', [userId, until?.toISOString(), by && `by ${by}`].filter(Boolean).join(' ')),
    resume: (userId) => note('resume', userId),
    stop: (userId) => note('stop', userId),
    deliver: (targetId) => note('deliver', targetId),
    pushCalendar: (connectionId) => note('pushCalendar', connectionId),
    ensurePush: (connectionId) => note('ensurePush', connectionId),
    async readStatus(userId) {
      await note('readStatus', userId);
      return double.statuses.get(userId) ?? null;
    },
    isHealthy: async () => !double.away,
    queueStats: async () => [],
    close: async () => {},
  };
  return double;
}

export function syncStatus(over: Partial<SyncStatus> = {}): SyncStatus {
  return {
    state: 'sleeping',
    job: null,
    nextSyncAt: '2026-11-23T12:00:00.000Z',
    lastSyncAt: '2026-11-23T10:00:00.000Z',
    pausedReason: null,
    consecutiveFailures: 0,
    intervalMinutes: 120,
    ...over,
  };
}

export function jobSnapshot(over: Partial<SyncJobSnapshot> = {}): SyncJobSnapshot {
  return {
    id: randomUUID(),
    status: 'running',
    phase: 'reading',
    progress: 'Reading rentals... (50 so far)',
    done: 50,
    total: 137,
    bookingsSynced: null,
    startedAt: '2026-11-23T10:00:01.000Z',
    completedAt: null,
    triggeredManually: false,
    errorCode: null,
    partial: false,
    ...over,
  };
}

/** What PostgreSQL holds of a connected user who has not synced yet. */
export const storedStatus: StoredStatus = {
  connected: true,
  nextSyncAt: null,
  scheduleReason: null,
  lastSyncAt: null,
  pausedReason: null,
  consecutiveFailures: 0,
  warning: null,
  intervalMinutes: 120,
  newCredentials: false,
  job: null,
};
