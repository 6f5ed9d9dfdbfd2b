/**
 * `userSync`: one workflow per user, forever, one cycle per run. Wait until the next sync is due or somebody asks for
 * one, sync once, continue as new. So histories stay small, the Temporal UI shows one run for each sync, and new
 * workflow code is in use everywhere within one interval.
 */
import {
  ApplicationFailure,
  CancellationScope,
  allHandlersFinished,
  condition,
  isCancellation,
  log,
  makeContinueAsNewFunc,
  patched,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { readSyncState, stopAttempt, tellUser } from './activity-options.ts';
import { stillHolds } from '#domain/failure-streak.ts';
import type { ProgressReport, RequestSyncInput } from '#domain/sync.ts';
import { isCancel, isRequest, pauseIn } from './given.ts';
import * as messages from './messages.ts';
import type { UserSyncInput } from './messages.ts';
import { patches } from './patches.ts';
import { dueOnRestore } from './release-before.ts';
import {
  cancel,
  carriedState,
  createEntity,
  hasUnwritten,
  isQueued,
  pauseSyncing,
  refuseNonsense,
  refuseUnlessOpen,
  report,
  request,
  requestInBackground,
  resumeSyncing,
  stopActive,
} from './sync-entity.ts';
import type { ActiveSync, SyncEntity } from './sync-entity.ts';
import { runSync } from './sync-run.ts';
import { attributesOf, statusOf, timesOf, updateDetails, upsertSearchAttributes } from './sync-status.ts';
import { persistSchedule, sleepUntilDue } from './sync-wait.ts';

export async function userSync(input: UserSyncInput): Promise<void> {
  const entity = createEntity(input);
  handleMessages(entity);
  tellWhatIsUntold(entity);
  await restore(entity);
  await sleepUntilDue(entity);
  const { pending } = entity.state;
  if (pending !== null && !entity.stopRequested) {
    // Cleared before the run, so that a request from here on is either part of it or asks for the next one.
    entity.state.pending = null;
    await runSync(entity, pending);
  }
  await drainBeforeContinue(entity);
  if (entity.stopRequested) return;
  const next = makeContinueAsNewFunc<typeof userSync>({
    // A null would be a value here.
    typedSearchAttributes: attributesOf(entity).filter(({ value }) => value !== null),
  });
  const state = carriedState(entity);
  await next({ userId: entity.userId, state, times: timesOf(state) });
}

function handleMessages(entity: SyncEntity): void {
  setHandler(messages.syncStatus, () => (entity.restored ? statusOf(entity) : null), {
    description: 'Where the sync stands',
  });
  setHandler(
    messages.requestSync,
    async (input) => {
      await condition(() => entity.restored);
      refuseUnlessOpen(entity);
      return request(entity, input, input?.jobId ?? undefined);
    },
    {
      description: 'Sync now; answers with the job. Joins a sync that is pending or running',
      validator: (input?: RequestSyncInput) => {
        refuseNonsense(input);
        if (entity.restored) refuseUnlessOpen(entity);
      },
    },
  );
  setHandler(messages.syncNow, async (input) => whenRestored(entity, () => requestUnlessRefused(entity, input)), {
    description: 'Sync now. Joins a sync that is pending or running; no effect while paused',
  });
  setHandler(messages.cancelSync, async (input) => cancelWhenRestored(entity, input), {
    description: 'Cancel the pending or running sync',
  });
  setHandler(messages.pause, async (input) => whenRestored(entity, () => pauseSyncing(entity, pauseIn(input))), {
    description: 'No more syncs until resume, or until a time',
  });
  setHandler(messages.resume, async () => whenRestored(entity, resumeSyncing), {
    description: 'End a pause of any reason',
  });
  setHandler(messages.settingsChanged, () => void (entity.unwritten.settingsChanged = true), {
    description: 'Read interval and credentials again',
  });
  setHandler(messages.reportProgress, async (progress) => tellAttempt(reported(entity, progress)), {
    description: 'From the running attempt only',
  });
  setHandler(messages.stop, async () => tellAttempt(stopForGood(entity)), {
    description: 'The account is deleted: end this workflow',
  });
}

/** A message may have started this workflow, which then does not know yet whether the user is connected or paused. */
async function whenRestored(entity: SyncEntity, act: (entity: SyncEntity) => void): Promise<void> {
  await condition(() => entity.restored);
  act(entity);
}

async function cancelWhenRestored(entity: SyncEntity, input?: { jobId?: string } | null): Promise<void> {
  if (!isCancel(input) && patched(patches.dropNonsense)) return;
  if (!entity.restored && patched(patches.cancelOnceRestored)) await condition(() => entity.restored);
  await tellAttempt(cancel(entity, input?.jobId));
}

function requestUnlessRefused(entity: SyncEntity, input?: RequestSyncInput | null): void {
  if (!isRequest(input) && patched(patches.dropNonsense)) return;
  try {
    refuseUnlessOpen(entity);
    if (input?.background) requestInBackground(entity);
    else request(entity, input);
  } catch (error) {
    // A signal has no answer.
    if (!(error instanceof ApplicationFailure)) throw error;
  }
}

/** Returns the sync whose attempt begins although it was taken out of the queue. */
function reported(entity: SyncEntity, progress?: ProgressReport | null): ActiveSync | null {
  report(entity, progress);
  updateDetails(entity);
  return entity.active?.attemptScope?.consideredCancelled ? entity.active : null;
}

/** A stopped attempt that runs is told so. */
async function tellAttempt(stopped: ActiveSync | null): Promise<void> {
  if (stopped === null || isQueued(stopped) || !patched(patches.stopAtOnce)) return;
  const { attempt } = stopped;
  await CancellationScope.nonCancellable(() => stopAttempt({ jobId: stopped.job.id, attempt })).catch(
    () => undefined, // it learns of it by its next heartbeat
  );
}

function stopForGood(entity: SyncEntity): ActiveSync | null {
  entity.stopRequested = true;
  entity.state.pending = null;
  return entity.active && stopActive(entity.active, 'stop');
}

/**
 * Runs beside the wait for the next sync, which it must not hold up. Where this run ends first, the next one goes on with it.
 */
function tellWhatIsUntold({ state, userId }: SyncEntity): void {
  const { untold: notice } = state;
  if (!notice) return;
  const told = () => {
    // Another notice may have taken its place meanwhile.
    if (state.untold === notice) state.untold = null;
  };
  if (!stillHolds(notice, state)) told();
  else
    tellUser({ userId, notice }).then(told, (error: unknown) => {
      if (isCancellation(error)) return;
      log.error('The user was not told of long failure', { notice });
      told();
    });
}

/** The first run of a workflow, for a new user or after a loss, goes on from what PostgreSQL remembers. */
async function restore(entity: SyncEntity): Promise<void> {
  if (entity.restored) return;
  updateDetails(entity);
  entity.unwritten.settingsChanged = false;
  const stored = await readSyncState({ userId: entity.userId, now: Date.now() });
  const { limitMs: _, revision: __, lastRevision, ...restored } = stored;
  Object.assign(entity.state, restored, { revision: lastRevision, nextSyncAt: dueOnRestore(stored) });
  entity.restored = true;
  if (patched(patches.indexBetweenSyncs)) upsertSearchAttributes(entity);
}

/**
 * The server holds the next run back where this one lived for less than a second, and a run that is held back answers
 * no query; one that then refuses an update before its first task never wakes (server 1.31).
 */
const shortestRunMs = 1_000;

/** Nothing that arrived may be lost at continue-as-new. */
async function drainBeforeContinue(entity: SyncEntity): Promise<void> {
  const dirty = () => hasUnwritten(entity) || entity.stopRequested;
  do {
    await persistSchedule(entity);
    const restMs = workflowInfo().runStartTime.getTime() + shortestRunMs - Date.now();
    if (restMs > 0 && !entity.stopRequested && (await condition(dirty, restMs, { summary: 'Shortest run' }))) continue;
    await condition(allHandlersFinished);
  } while (!entity.stopRequested && dirty());
}
