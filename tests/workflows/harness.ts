/**
 * A real Temporal server and a real worker with the real workflow code; the activities are a small world of their own
 * that keeps what the workflow told it and whose scrapes the test lets end.
 */
import type { SyncStatus } from '#domain/sync.ts';
import { once, EventEmitter } from 'node:events';
import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type {
  CloseSyncJobInput,
  OpenSyncJobInput,
  ReconcileBookingsInput,
  ReconcileBookingsResult,
  RecordScheduleInput,
  RecordedSchedule,
  ScrapeRentalsInput,
  ScrapeRentalsResult,
  StoredSyncState,
  SyncActivities,
} from '#domain/activities.ts';
import { createSyncClient } from '#temporal/client.ts';
import type { TemporalSyncClient } from '#temporal/client.ts';
import { userSyncId } from '#workflows/names.ts';
import { workflowBundlePath } from '#temporal/workflow-bundle.ts';
import type { FailureKind } from '#domain/failure-kinds.ts';
import type { ProgressReport } from '#domain/sync.ts';
import * as messages from '#workflows/messages.ts';
import { claimTemporal, temporaryFolder } from '../support/index.ts';

/** One attempt that a test steers. */
export interface Attempt {
  input: ScrapeRentalsInput;
  succeed(result?: Partial<ScrapeRentalsResult>): void;
  fail(kind: FailureKind, details?: object): void;
  report(report: Partial<ProgressReport>): Promise<void>;
  /** Resolves when the attempt was asked to stop. */
  cancelled: Promise<void>;
}

export interface World {
  temporal: TemporalSyncClient;
  userId: string;
  settings: { connected: boolean; revision: number; intervalMinutes: number; limitMs: number };
  /** What PostgreSQL would remember for a workflow without carried state. */
  remembered: Pick<StoredSyncState, 'lastRevision' | 'nextSyncAt' | 'pausedReason'> & Partial<StoredSyncState>;
  /** The portal's circuit is open: scheduled syncs are held back until this is false. */
  held: boolean;
  /** New credentials are on trial: the next failure ends that, and the earlier ones go on. */
  trial: boolean;
  closed: CloseSyncJobInput[];
  opened: OpenSyncJobInput[];
  reconciled: ReconcileBookingsInput[];
  recorded: Omit<RecordScheduleInput, 'userId'>[];
  attempts: Attempt[];
  running: number;
  mostRunning: number;
  /** The revision of the credentials when the last attempt began. */
  usedRevision: number | null;
  reconcile: (input: ReconcileBookingsInput) => ReconcileBookingsResult;
  /** What PostgreSQL makes of a schedule that changed outside a sync. */
  record: (schedule: Omit<RecordScheduleInput, 'userId'>) => RecordedSchedule;
  /** Openings wait for this promise while one is here. */
  holdOpen: Promise<void> | null;
  openedJobs(n: number): Promise<OpenSyncJobInput[]>;
  /** Held while a promise is here: the job is being closed. */
  holdClose: Promise<void> | null;
  /** The n-th attempt of this world, from 1, as soon as it begins. */
  attempt(n: number): Promise<Attempt>;
  closedJobs(n: number): Promise<CloseSyncJobInput[]>;
  status(): Promise<SyncStatus>;
  statusWhen(predicate: (status: SyncStatus) => boolean): Promise<SyncStatus>;
  /** Begins a closing that the test ends. */
  hold(): { release(): void; reached: Promise<void> };
  history(runId?: string): ReturnType<WorkflowHandle['fetchHistory']>;
  currentRunId(): Promise<string>;
}

export interface Harness {
  newUser(overrides?: Partial<World['settings']>): World;
  /** The users that were made since the last call. */
  takeNewUsers(): string[];
  temporal: TemporalSyncClient;
  bundle: string;
  close(): Promise<void>;
}

type InternalWorld = World & { events: EventEmitter; closing: EventEmitter };

export async function startHarness(): Promise<Harness> {
  // Failed attempts are what many tests are about.
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const { address, namespace } = claimTemporal();
  const config = {
    TEMPORAL_ADDRESS: address,
    TEMPORAL_NAMESPACE: namespace,
    TEMPORAL_API_KEY: undefined,
    TEMPORAL_TLS: false,
  };
  const bundle = await workflowBundlePath(await temporaryFolder());
  const connection = await NativeConnection.connect({ address });
  const temporal = createSyncClient(config);
  const worlds = new Map<string, InternalWorld>();
  let taken = 0;
  const workers = [
    await Worker.create({
      connection,
      namespace,
      taskQueue: 'sync',
      workflowBundle: { codePath: bundle },
      activities: { ...lightActivities(worlds) },
    }),
    await Worker.create({
      connection,
      namespace,
      taskQueue: 'portal',
      activities: { scrapeRentals: (input: ScrapeRentalsInput) => scrape(worldOf(worlds, input.userId), input) },
      maxHeartbeatThrottleInterval: '200ms',
    }),
  ];
  const running = Promise.all(workers.map((worker) => worker.run()));
  return {
    temporal,
    bundle,
    takeNewUsers() {
      const users = [...worlds.keys()].slice(taken);
      taken = worlds.size;
      return users;
    },
    newUser: (overrides) => createWorld(worlds, temporal, overrides),
    async close() {
      for (const userId of worlds.keys()) await temporal.stop(userId);
      for (const worker of workers) worker.shutdown();
      await running;
      await temporal.close();
      await connection.close();
    },
  };
}

function worldOf(worlds: Map<string, InternalWorld>, userId: string): InternalWorld {
  const world = worlds.get(userId);
  if (!world) throw ApplicationFailure.nonRetryable(`no world for ${userId}`);
  return world;
}

function createWorld(
  worlds: Map<string, InternalWorld>,
  temporal: TemporalSyncClient,
  overrides: Partial<World['settings']> = {},
): World {
  const userId = randomUUID();
  const events = new EventEmitter();
  events.setMaxListeners(100);
  const handle = (runId?: string) => temporal.client.workflow.getHandle(userSyncId(userId), runId);
  const world: InternalWorld = {
    temporal,
    userId,
    events,
    closing: new EventEmitter(),
    settings: { connected: true, revision: 1, intervalMinutes: 120, limitMs: 300_000, ...overrides },
    remembered: { lastRevision: null, nextSyncAt: null, pausedReason: null },
    held: false,
    trial: false,
    closed: [],
    opened: [],
    reconciled: [],
    recorded: [],
    attempts: [],
    running: 0,
    mostRunning: 0,
    usedRevision: null,
    holdOpen: null,
    holdClose: null,
    reconcile: (input) => ({
      outcome: 'stored',
      bookingsSynced: input.count,
      added: 0,
      changed: 0,
      removed: 0,
      partial: !input.complete || input.unreadable > 0,
    }),
    record: ({ nextSyncAt }) => ({ nextSyncAt }),
    attempt: async (n) => {
      while (world.attempts.length < n) await once(events, 'attempt');
      return world.attempts[n - 1]!;
    },
    openedJobs: async (n) => {
      while (world.opened.length < n) await once(events, 'opened');
      return world.opened;
    },
    closedJobs: async (n) => {
      while (world.closed.length < n) await once(events, 'closed');
      return world.closed;
    },
    status: () => handle().query(messages.syncStatus),
    statusWhen: async (predicate) => {
      for (;;) {
        const status = await world.status();
        if (predicate(status)) return status;
      }
    },
    hold() {
      let release = () => {};
      const reached = once(world.closing, 'reached').then(() => undefined);
      world.holdClose = new Promise<void>((resolve) => (release = resolve));
      return { reached, release: () => ((world.holdClose = null), release()) };
    },
    history: (runId) => handle(runId).fetchHistory(),
    currentRunId: async () => (await handle().describe()).runId,
  };
  worlds.set(userId, world);
  return world;
}

function lightActivities(worlds: Map<string, InternalWorld>): SyncActivities {
  return {
    async readSyncState({ userId }) {
      const { settings, remembered } = worldOf(worlds, userId);
      const fresh = { lastSyncAt: null, consecutiveFailures: 0, failingSince: null, warning: null, lastJob: null };
      return { ...settings, ...fresh, ...remembered };
    },
    async openSyncJob(input) {
      const world = worldOf(worlds, input.userId);
      world.opened.push(input);
      world.events.emit('opened');
      await world.holdOpen;
      const heldUntil = world.held && typeof input.holdUntil === 'number' ? input.holdUntil : null;
      return { ...world.settings, heldUntil };
    },
    async reconcileBookings(input) {
      const world = worldOf(worlds, input.userId);
      world.reconciled.push(input);
      return world.reconcile(input);
    },
    async closeSyncJob(input) {
      const world = worldOf(worlds, input.userId);
      if (world.holdClose) {
        const held = world.holdClose;
        world.closing.emit('reached');
        await held;
      }
      world.closed.push(input);
      world.events.emit('closed');
      if (world.trial && input.errorCode !== null) {
        world.trial = false;
        const nextSyncAt = input.completedAt + world.settings.intervalMinutes * 60_000;
        return { ...world.settings, nextSyncAt, pausedReason: null, trialEnded: true };
      }
      const newer = input.revision !== null && input.revision !== world.settings.revision;
      return {
        ...world.settings,
        lastRevision: input.revision ?? world.usedRevision,
        nextSyncAt: newer ? input.completedAt : input.nextSyncAt,
        pausedReason: newer ? null : input.pausedReason,
        ...(newer && { streak: { consecutiveFailures: 0, failingSince: null, warning: null } }),
      };
    },
    async recordSchedule({ userId, ...schedule }) {
      const world = worldOf(worlds, userId);
      world.recorded.push(schedule);
      world.events.emit('recorded');
      return world.record(schedule);
    },
    async ensureSyncs() {
      return { started: 0, told: 0, stopped: 0, terminated: 0, interrupted: 0 };
    },
    async applyRetention() {
      return { logs: 0, staged: 0, jobs: 0, changes: 0, sessions: 0, artifacts: 0 };
    },
  };
}

async function scrape(world: InternalWorld, input: ScrapeRentalsInput): Promise<ScrapeRentalsResult> {
  const context = Context.current();
  world.running += 1;
  world.usedRevision = world.settings.revision;
  world.mostRunning = Math.max(world.mostRunning, world.running);
  const pulse = setInterval(() => context.heartbeat(), 100);
  let seq = 0;
  const report = (partial: Partial<ProgressReport>) =>
    context.client.workflow.getHandle(userSyncId(input.userId)).signal(messages.reportProgress, {
      jobId: input.jobId,
      attempt: input.attempt,
      seq: seq++,
      phase: 'reading',
      done: 0,
      total: null,
      ...partial,
    });
  try {
    await report({ phase: 'initializing' });
    return await new Promise<ScrapeRentalsResult>((resolve, reject) => {
      context.cancelled.catch(reject);
      world.attempts.push({
        input,
        report,
        cancelled: context.cancelled.then(
          () => undefined,
          () => undefined,
        ),
        succeed: (result) =>
          resolve({
            attempt: input.attempt,
            count: 3,
            complete: true,
            unreadable: 0,
            revision: world.settings.revision,
            ...result,
          }),
        fail: (type, details = { revision: world.settings.revision }) =>
          reject(ApplicationFailure.create({ type, message: type, nonRetryable: true, details: [details] })),
      });
      world.events.emit('attempt');
    });
  } finally {
    clearInterval(pulse);
    world.running -= 1;
  }
}
