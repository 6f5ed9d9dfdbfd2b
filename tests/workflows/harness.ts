/**
 * A real Temporal server and a real worker with the real workflow code; the activities are a small world of their own
 * that keeps what the workflow told it and whose scrapes the test lets end.
 */
import type { LongFailureNotice, SyncJobSnapshot, SyncStatus } from '#domain/sync.ts';
import { once, EventEmitter } from 'node:events';
import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import type {
  CloseSyncJobInput,
  FailureStreak,
  OpenSyncJobInput,
  ReconcileBookingsInput,
  ReconcileBookingsResult,
  RecordScheduleInput,
  ScrapeRentalsInput,
  ScrapeRentalsResult,
  StoredSyncState,
  SyncActivities,
  SyncSettings,
} from '#domain/activities.ts';
import { withWishes } from '#db/queries/schedule.ts';
import type { QuietHours } from '#domain/quiet-hours.ts';
import { isAwaited, scheduleAfter } from '#domain/schedule.ts';
import type { Schedule, ScheduledAccount, ScheduleEvent } from '#domain/schedule.ts';
import type { TemporalSyncClient } from '#temporal/client.ts';
import { tracedWorker } from '#temporal/trace-activities.ts';
import { userSyncId } from '#workflows/names.ts';
import type { FailureKind } from '#domain/failure-kinds.ts';
import type { ProgressReport } from '#domain/sync.ts';
import * as messages from '#workflows/messages.ts';
import { openPlace } from './harness-place.ts';
import type { TemporalConfig } from '#temporal/connection.ts';
import type { PlaceOptions, Traced } from './harness-place.ts';

/** One attempt that a test steers. */
export interface Attempt {
  input: ScrapeRentalsInput;
  succeed(result?: Partial<ScrapeRentalsResult>): void;
  fail(kind: FailureKind, details?: object): void;
  report(report: Partial<ProgressReport>): Promise<void>;
  /** As it is told to by PostgreSQL. */
  stop(): void;
  /** Resolves when the attempt was asked to stop. */
  cancelled: Promise<void>;
}

type Written = Pick<Schedule, 'nextSyncAt' | 'pausedReason'> & FailureStreak;

export interface World {
  temporal: TemporalSyncClient;
  userId: string;
  settings: SyncSettings;
  /** What PostgreSQL remembers. */
  remembered: Pick<StoredSyncState, 'lastRevision' | 'nextSyncAt' | 'pausedReason'> & Partial<StoredSyncState>;
  quiet: QuietHours | null;
  /** One more sync that the user wants. */
  againAt: number | null;
  /** The portal's circuit is open: scheduled syncs are held back until this is false. */
  held: boolean;
  /** New credentials are on trial: the next failure ends that, and the earlier ones go on. */
  trial: boolean;
  /** What was asked, and what came of it. */
  closed: (CloseSyncJobInput & Written)[];
  opened: OpenSyncJobInput[];
  reconciled: ReconcileBookingsInput[];
  recorded: (RecordScheduleInput & Written)[];
  told: LongFailureNotice[];
  /** Attempts that were told to stop. */
  stopped: number[];
  /** The mail server takes nothing for so many times. */
  mailFailures: number;
  attempts: Attempt[];
  running: number;
  mostRunning: number;
  /** The revision of the credentials when the last attempt began. */
  usedRevision: number | null;
  reconcile: (input: ReconcileBookingsInput) => ReconcileBookingsResult;
  /** Readings of the stored state wait for this promise while one is here. */
  holdRead: Promise<void> | null;
  /** A browser has taken the attempt, which says so when this promise resolves. */
  holdBegin: Promise<void> | null;
  /** Openings wait for this promise while one is here. */
  holdOpen: Promise<void> | null;
  openedJobs(n: number): Promise<OpenSyncJobInput[]>;
  /** Held while a promise is here: the job is being closed. */
  holdClose: Promise<void> | null;
  /** The n-th attempt of this world, from 1, as soon as it begins. */
  attempt(n: number): Promise<Attempt>;
  closedJobs(n: number): Promise<World['closed']>;
  toldNotices(n: number): Promise<LongFailureNotice[]>;
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
  config: TemporalConfig;
  bundle: string;
  close(): Promise<void>;
  /** Ends the workers alone, so that a harness `after` this one goes on with its users. */
  leave(): Promise<Left>;
}

interface Left {
  config: TemporalConfig;
  worlds: Map<string, InternalWorld>;
}

type InternalWorld = World & { events: EventEmitter; closing: EventEmitter };

interface HarnessOptions extends PlaceOptions {
  browserSlots?: number;
  traced?: Traced;
  after?: Left;
}

export async function startHarness(options: HarnessOptions = {}): Promise<Harness> {
  const { browserSlots = 100, payloadKeys, after, traced } = options;
  const place = await openPlace({ payloadKeys, config: after?.config });
  const { temporal, bundle, shared } = place;
  const worlds = after?.worlds ?? new Map<string, InternalWorld>();
  for (const world of worlds.values()) world.temporal = temporal;
  let taken = 0;
  const workers = [
    ...(await place.syncWorkers({ ...lightActivities(worlds) }, traced)),
    await Worker.create({
      ...{ ...shared, ...(traced && tracedWorker()) },
      taskQueue: 'portal',
      activities: { scrapeRentals: (input: ScrapeRentalsInput) => scrape(worldOf(worlds, input.userId), input) },
      maxConcurrentActivityTaskExecutions: browserSlots,
      maxHeartbeatThrottleInterval: '200ms',
    }),
    await Worker.create({
      ...shared,
      taskQueue: 'maintenance',
      activities: { ...lightActivities(worlds) },
    }),
  ];
  const running = Promise.all(workers.map((worker) => worker.run()));
  const leave = async () => {
    for (const worker of workers) worker.shutdown();
    await running;
    await place.close();
    return { config: place.config, worlds };
  };
  return {
    temporal,
    config: place.config,
    bundle,
    takeNewUsers() {
      const users = [...worlds.keys()].slice(taken);
      taken = worlds.size;
      return users;
    },
    newUser: (overrides) => createWorld(worlds, temporal, overrides),
    async close() {
      for (const userId of worlds.keys()) await temporal.stop(userId);
      await leave();
    },
    leave,
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
  const handle = (runId?: string) => world.temporal.client.workflow.getHandle(userSyncId(userId), runId);
  const world: InternalWorld = {
    temporal,
    userId,
    events,
    closing: new EventEmitter(),
    settings: { connected: true, revision: 1, intervalMinutes: 120, limitMs: 300_000, ...overrides },
    remembered: { lastRevision: null, nextSyncAt: null, pausedReason: null },
    quiet: null,
    againAt: null,
    held: false,
    trial: false,
    closed: [],
    opened: [],
    reconciled: [],
    recorded: [],
    told: [],
    stopped: [],
    mailFailures: 0,
    attempts: [],
    running: 0,
    mostRunning: 0,
    usedRevision: null,
    holdRead: null,
    holdBegin: null,
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
    toldNotices: async (n) => {
      while (world.told.length < n) await once(events, 'told');
      return world.told;
    },
    status: async () => (await handle().query(messages.syncStatus))!,
    statusWhen: async (predicate) => {
      for (;;) {
        const status = await handle().query(messages.syncStatus);
        if (status && predicate(status)) return status;
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

function accountOf({ userId, settings, remembered, quiet, againAt }: World): ScheduledAccount {
  const { lastRevision, nextSyncAt, pausedReason, lastSyncAt = null, scheduleReason = null } = remembered;
  const { pausedUntil = null, pausedBy = null } = remembered;
  const { consecutiveFailures = 0, failingSince = null, warning = null } = remembered;
  const streak = { consecutiveFailures, failingSince, warning };
  const schedule = { nextSyncAt, pausedReason, pausedUntil, pausedBy, againAt, reason: scheduleReason, streak };
  return { ...settings, ...schedule, userId, quiet, closerBefore: [], lastRevision, lastSyncAt };
}

/** What PostgreSQL writes because of these events, and answers. */
function written(world: World, events: ScheduleEvent[], now: number) {
  const after = events.reduce(
    (so, event) => ({ ...so, ...scheduleAfter(so, event, { now, random: 0.5 }) }),
    accountOf(world),
  );
  const { nextSyncAt, pausedReason, pausedUntil, pausedBy, reason: scheduleReason, streak, lastRevision } = after;
  const schedule = { nextSyncAt, pausedReason, pausedUntil, pausedBy, scheduleReason };
  world.againAt = after.againAt;
  Object.assign(world.remembered, schedule, streak);
  return { ...world.settings, ...schedule, streak, lastRevision };
}

function lightActivities(worlds: Map<string, InternalWorld>): SyncActivities {
  return {
    async readSyncState({ userId, now }) {
      const world = worldOf(worlds, userId);
      await world.holdRead;
      const { settings, remembered } = world;
      const due = scheduleAfter(accountOf(world), { type: 'restored' }, { now: now!, random: 0 });
      const { nextSyncAt, reason: scheduleReason, pausedReason, streak } = due;
      const blank = { lastSyncAt: null, lastJob: null };
      return { ...settings, ...blank, ...remembered, ...streak, nextSyncAt, scheduleReason, pausedReason };
    },
    async openSyncJob(input) {
      const world = worldOf(worlds, input.userId);
      world.opened.push(input);
      world.events.emit('opened');
      await world.holdOpen;
      if (!world.held || !input.deferrable || isAwaited(accountOf(world)))
        return { ...world.settings, heldUntil: null };
      const { nextSyncAt, scheduleReason } = written(world, [{ type: 'circuit_open' }], input.now!);
      return { ...world.settings, heldUntil: nextSyncAt, heldBy: 'portal', scheduleReason };
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
      const answer = closed(world, input);
      world.closed.push({ ...answer, ...answer.streak, ...input });
      world.events.emit('closed');
      return answer;
    },
    async recordSchedule(input) {
      const world = worldOf(worlds, input.userId);
      const { lastJob } = world.remembered;
      const last = lastJob?.completedAt
        ? { completedAt: Date.parse(lastJob.completedAt), errorCode: lastJob.errorCode }
        : null;
      const changed: ScheduleEvent = { type: 'settings_changed', last, intervalBefore: input.intervalMinutes! };
      const answer = written(world, withWishes(input, input.settingsChanged ? [changed] : []), input.now!);
      world.recorded.push({ ...answer, ...answer.streak, ...input });
      world.events.emit('recorded');
      return answer;
    },
    async stopAttempt({ jobId, attempt }) {
      for (const { attempts, stopped } of worlds.values()) {
        const isMeant = ({ input }: Attempt) => input.jobId === jobId && input.attempt === attempt;
        for (const { stop } of attempts.filter(isMeant)) {
          stopped.push(attempt);
          stop();
        }
      }
    },
    async tellUser({ userId, notice }) {
      const world = worldOf(worlds, userId);
      if (world.mailFailures > 0) {
        world.mailFailures -= 1;
        throw ApplicationFailure.create({ message: 'the mail server is away', nextRetryDelay: '50ms' });
      }
      world.told.push(notice);
      world.events.emit('told');
    },
    async tellOwner() {},
    async ensureSyncs() {
      return { started: 0, told: 0, replaced: 0, stuck: 0, unreachable: 0, interrupted: 0, delivering: 0 };
    },
    async endOrphans() {
      return { stopped: 0, terminated: 0 };
    },
    async runBulkBatch() {
      return { done: 0, skipped: 0, left: 0 };
    },
    async finishBulk() {},
    async applyRetention() {
      return { logs: 0, staged: 0, jobs: 0, changes: 0, events: 0, sessions: 0, artifacts: 0 };
    },
  };
}

function closed(world: InternalWorld, input: CloseSyncJobInput) {
  const { completedAt, errorCode, triggeredManually, joined = false, revision } = input;
  const usedRevision = revision ?? world.usedRevision;
  const trialEnded = world.trial && errorCode !== null;
  world.trial &&= !trialEnded;
  const whole: ScheduleEvent = trialEnded
    ? { type: 'trial_ended', completedAt }
    : { type: 'sync_ended', sync: { completedAt, errorCode, askedFor: triggeredManually || joined, usedRevision } };
  const end: ScheduleEvent = input.part ? { type: 'part_synced' } : whole;
  const answer = written(world, withWishes(input, [end]), input.now!);
  if (!input.part) world.remembered.lastRevision = usedRevision;
  if (errorCode === null && !input.part) world.remembered.lastSyncAt = completedAt;
  const job = { id: input.jobId, completedAt: new Date(completedAt).toISOString(), errorCode };
  world.remembered.lastJob = job as SyncJobSnapshot;
  return { ...answer, lastRevision: usedRevision, ...(trialEnded && { trialEnded }) };
}

async function scrape(world: InternalWorld, input: ScrapeRentalsInput): Promise<ScrapeRentalsResult> {
  const context = Context.current();
  world.running += 1;
  world.usedRevision = world.settings.revision;
  world.mostRunning = Math.max(world.mostRunning, world.running);
  const pulse = setInterval(() => context.heartbeat(), 100);
  let timeUp: NodeJS.Timeout | undefined;
  const stopped = Promise.withResolvers<void>();
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
    await world.holdBegin;
    await report({ phase: 'initializing' });
    return await new Promise<ScrapeRentalsResult>((resolve, reject) => {
      context.cancelled.catch(reject);
      const timedOut = ApplicationFailure.nonRetryable('the time was up', 'timed_out', {
        revision: world.settings.revision,
      });
      timeUp = setTimeout(() => reject(timedOut), input.budgetMs);
      world.attempts.push({
        input,
        report,
        cancelled: Promise.race([stopped.promise, context.cancelled.catch(() => undefined)]),
        succeed: (result) =>
          resolve({
            attempt: input.attempt,
            count: 3,
            complete: true,
            unreadable: 0,
            revision: world.settings.revision,
            ...result,
          }),
        stop() {
          stopped.resolve();
          reject(ApplicationFailure.nonRetryable('no longer wanted', 'cancelled'));
        },
        fail: (type, details = { revision: world.settings.revision }) =>
          reject(ApplicationFailure.create({ type, message: type, nonRetryable: true, details: [details] })),
      });
      world.events.emit('attempt');
    });
  } finally {
    clearInterval(pulse);
    clearTimeout(timeUp);
    world.running -= 1;
  }
}
