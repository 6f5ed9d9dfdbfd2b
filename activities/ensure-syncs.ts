import { Context } from '@temporalio/activity';
import { readDeliveryTurns } from '#db/queries/delivery-turns.ts';
import { listOverdueTargets } from '#db/queries/delivery-rounds.ts';
import { interruptJob, listLongActiveJobs, type ActiveJob } from '#db/queries/left-over-jobs.ts';
import { listOverduePushes } from '#db/queries/calendar-connections.ts';
import { listForgottenReminders } from '#db/queries/reminders.ts';
import { listEndedPauses, listOverdue, type OverdueSync } from '#db/queries/overdue-syncs.ts';
import { whichExist } from '#db/queries/users.ts';
import type { EnsuredSyncs, SyncActivities } from '#domain/activities.ts';
import { isActive } from '#domain/sync-states.ts';
import { TemporalUnavailableError } from '#platform/errors.ts';
import type { SyncDeps } from './deps.ts';
import { count, counters, nothingEnsured } from './counters.ts';
import { createReplacements, type Replacements } from './replace-stuck-runs.ts';
import { createWalk, inParallel, type Walk } from './walk.ts';

/** Times and sizes; tests take smaller ones. */
export interface ReconcilerLimits {
  /** Users that are read at once. */
  pageSize: number;
  /** Users that are looked after at the same time: the server sets the pace, and syncs come first. */
  width: number;
  /** While a version is rolled out, tasks may fail on the old workers and succeed on the new ones. */
  stuckAfterMs: number;
  /** A run that gets stuck again so soon has a cause that no fresh start mends. */
  replacedAgainAfterMs: number;
  /** Where more are stuck at once, code or cluster is the cause: some of these must answer before any others follow. */
  replacedAtOnce: number;
  /** How long a run that was started anew may take for its first task; workers may have hundreds of them. */
  freshStartMs: number;
  /** A sync may wait ten minutes for a browser; five more are for storing while the database was away. */
  activeMarginMs: number;
  /** A delivery is tried at once, or when its time has come. */
  undeliveredMs: number;
}

const usualLimits: ReconcilerLimits = {
  pageSize: 500,
  width: 10,
  stuckAfterMs: 2 * 60_000,
  replacedAgainAfterMs: 60 * 60_000,
  replacedAtOnce: 100,
  freshStartMs: 30_000,
  activeMarginMs: 15 * 60_000,
  undeliveredMs: 60_000,
};

/** The server may report a few users' workflows, or all, as after a roll-back: then the next run goes on with the others. */
const reportedAtOnce = 10_000;

/** Jobs that are looked at in one run. */
const leftOverAtOnce = 5_000;

/** Pauses that should have ended; the next run takes the others. */
const pausesAtOnce = 1_000;

/** Targets that are woken in one run. */
const deliveriesAtOnce = 1_000;

/** What a run has done so far; a repeated one goes on from here. */
interface Progress {
  done: EnsuredSyncs;
  /** The last user that was looked after. */
  after: OverdueSync | null;
}

type Pass = { deps: SyncDeps; limits: ReconcilerLimits; walk: Walk<Progress>; replacements: Replacements } & Progress;

/**
 * Compares the workflows with the database: starts the workflow of each user whose sync, or end of a pause, is overdue where it is missing, tells it
 * to look again where it sleeps, replaces runs whose tasks fail, and closes jobs that nobody works on. Its cost depends on what
 * is amiss and not on the number of users: PostgreSQL says whose sync is overdue, the server which runs have problems.
 */
export function createEnsureSyncs(deps: SyncDeps, limits = usualLimits): SyncActivities['ensureSyncs'] {
  return async () => {
    const walk = createWalk<Progress>({ done: { ...nothingEnsured }, after: null });
    try {
      const { done } = walk.progress;
      const pass: Pass = {
        ...{ deps, limits, walk, ...walk.progress },
        replacements: createReplacements(deps, limits, done),
      };
      const reported = await lookAfterReported(pass);
      await lookAfterOverdue(pass, reported);
      await lookAfterEndedPauses(pass, reported);
      await closeLeftOverJobs(pass);
      await startOverdueDeliveries(pass);
      await ensurePushes(pass);
      return said(pass.done);
    } finally {
      walk.end();
    }
  };
}

function said(done: EnsuredSyncs): EnsuredSyncs {
  count(counters.reconcilerRuns, {});
  for (const [action, many] of Object.entries(done)) count(counters.reconciled, { action }, many as number);
  if (Object.values(done).some((many) => many > 0))
    Context.current().log.warn('The reconciler had to act', { ...done });
  return done;
}

/** Also those that are paused or not due yet: they answer neither their user nor an operator. */
async function lookAfterReported(pass: Pass): Promise<Set<string>> {
  const { orm, temporal } = pass.deps;
  const reported = await temporal.listStuck(reportedAtOnce);
  const users = await whichExist(orm.em.fork(), reported);
  await inParallel([...users], pass.limits.width, async (userId) => {
    await reach(pass, { userId }, async () => {
      const run = await temporal.readRun(userId);
      if (run.is === 'stuck') await pass.replacements.replace(userId, run);
      if (run.is === 'silent') await tell(pass, userId, run.is);
    });
  });
  pass.walk.check();
  return users;
}

async function lookAfterOverdue(pass: Pass, others: Set<string>): Promise<void> {
  const { orm } = pass.deps;
  const { pageSize, width } = pass.limits;
  for (let { after } = pass; ;) {
    const users = await listOverdue(orm.em.fork(), after, pageSize);
    await inParallel(users, width, async ({ userId }) => {
      if (!others.has(userId)) await reach(pass, { userId }, () => lookAfter(pass, userId));
    });
    pass.walk.check();
    if (users.length < pageSize) return;
    after = users.at(-1)!;
    pass.walk.reached({ done: pass.done, after });
  }
}

/** A workflow ends them by a timer, which is lost with it. */
async function lookAfterEndedPauses(pass: Pass, others: Set<string>): Promise<void> {
  const users = await listEndedPauses(pass.deps.orm.em.fork(), pausesAtOnce);
  await inParallel(users, pass.limits.width, async (userId) => {
    if (!others.has(userId)) await reach(pass, { userId }, () => lookAfter(pass, userId));
  });
  pass.walk.check();
}

async function lookAfter(pass: Pass, userId: string): Promise<void> {
  const { temporal } = pass.deps;
  const run = await temporal.readRun(userId);
  if (run.is === 'busy') return; // it waits for its turn, or for its worker
  if (run.is === 'stuck') return pass.replacements.replace(userId, run);
  return tell(pass, userId, run.is);
}

const findings = {
  missing: 'A workflow was missing and is started',
  asleep: 'A sync is overdue, and its workflow sleeps',
  silent: 'The workflow tasks of a run get no answer',
};

async function tell({ deps, done }: Pass, userId: string, run: keyof typeof findings): Promise<void> {
  Context.current().log.warn(findings[run], { userId });
  await deps.temporal.settingsChanged(userId);
  done[run === 'missing' ? 'started' : 'told'] += 1;
}

/** Each by itself: one that cannot be reached must not keep the others from being looked after. */
async function reach(pass: Pass, about: Record<string, string>, act: () => Promise<void>): Promise<void> {
  if (pass.walk.isOver()) return;
  try {
    await act();
    pass.walk.succeeded();
  } catch (error) {
    pass.done.unreachable += 1;
    if (error instanceof TemporalUnavailableError) pass.walk.failed(error);
    const name = error instanceof Error ? error.name : typeof error;
    Context.current().log.error('A workflow cannot be reached', { ...about, error: name });
  }
}

/** Events whose delivery nobody started, for example because Temporal was away when they were written. */
async function startOverdueDeliveries(pass: Pass): Promise<void> {
  const { deps, done, walk, limits } = pass;
  const overdue = await listOverdueTargets(deps.orm.em.fork(), limits.undeliveredMs, deliveriesAtOnce);
  const forgotten = await listForgottenReminders(deps.orm.em.fork(), limits.undeliveredMs, deliveriesAtOnce);
  const targets = [...new Set([...overdue, ...forgotten])];
  if (targets.length === 0) return;
  const turns = await readDeliveryTurns(deps.orm.em.fork(), targets);
  await inParallel(targets, limits.width, (targetId) =>
    reach(pass, { targetId }, async () => {
      await deps.temporal.deliver(targetId, turns.get(targetId));
      done.delivering += 1;
    }),
  );
  walk.check();
}

/** A calendar is written within seconds; one that takes longer waits to try again, or its workflow was not told. */
const pushOverdueMs = 2 * 60_000;

const pushesAtOnce = 1_000;

async function ensurePushes(pass: Pass): Promise<void> {
  const { orm, temporal } = pass.deps;
  const before = new Date(Date.now() - pushOverdueMs);
  const ids = await listOverduePushes(orm.em.fork(), before, pushesAtOnce);
  await inParallel(ids, pass.limits.width, (id) => reach(pass, { connectionId: id }, () => temporal.ensurePush(id)));
  pass.walk.check();
}

/** Jobs that have been active for longer than a sync can be, and that no workflow works on. */
async function closeLeftOverJobs(pass: Pass): Promise<void> {
  const { orm, config } = pass.deps;
  const longestMs = config.SYNC_TIMEOUT_SECONDS * 1_000 + pass.limits.activeMarginMs;
  const jobs = await listLongActiveJobs(orm.em.fork(), longestMs, leftOverAtOnce);
  await inParallel(jobs, pass.limits.width, (job) =>
    reach(pass, { userId: job.userId }, () => closeUnlessWorkedOn(pass, job)),
  );
  pass.walk.check();
}

async function closeUnlessWorkedOn({ deps, done }: Pass, job: ActiveJob): Promise<void> {
  if (await isWorkedOn(deps, job)) return;
  if (!(await interruptJob(deps.orm.em.fork(), job))) return;
  done.interrupted += 1;
  const about = { userId: job.userId, jobId: job.id };
  Context.current().log.warn('A job that nobody worked on is closed as interrupted', about);
}

/**
 * A busy run opened its own job, which closed all others. A stuck one is replaced, and then asked again. One
 * that sleeps may know of an end that the database does not, for example after a restore from a backup.
 */
async function isWorkedOn({ temporal }: SyncDeps, { id, userId }: ActiveJob): Promise<boolean> {
  const run = await temporal.readRun(userId);
  if (run.is !== 'asleep') return run.is !== 'missing';
  const job = (await temporal.readStatus(userId))?.job ?? null;
  return job?.id === id && isActive(job);
}
