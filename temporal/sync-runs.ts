/** The reconciler's view of all users' workflows: how their runs stand, and the ends that only it may make. */
import { WorkflowNotFoundError, isGrpcServiceError } from '@temporalio/client';
import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import type { SyncActivities } from '#domain/activities.ts';
import type { RunHealth, StuckRun, SyncRuns } from '#domain/sync-client.ts';
import * as messages from '#workflows/messages.ts';
import { userIdOf, userSyncId, userSyncType } from '#workflows/names.ts';
import type { UntilDeadline } from './deadline.ts';
import { startOptions } from './start-options.ts';

interface Server {
  client: Client;
  untilAnswered: UntilDeadline;
}

export function createSyncRuns(client: Client, untilAnswered: UntilDeadline): SyncRuns {
  const server = { client, untilAnswered };
  return {
    readRun: (userId) => readRun(server, userId),
    listStuck: (limit) => listStuck(client, limit),
    listRunning: () => listRunning(client),
    replaceRun: (userId, run) => replaceRun(server, userId, run),
    answers: (userId, withinMs) => answers(client, userId, withinMs),
    hasEnded: (userId, signal) => hasEnded(server, userId, signal),
    terminate: (userId, reason) => terminate(server, userId, reason),
  };
}

async function readRun(server: Server, userId: string): Promise<RunHealth> {
  const run = await describe(server, userId);
  if (run === null || !isOpen(run)) return { is: 'missing' };
  const { pendingWorkflowTask: task } = run.raw;
  if (task && isSuspect(run, task.attempt)) {
    const failure = await failureOf(server, run);
    if (!failure) return { is: 'silent' };
    return { is: 'stuck', runId: run.runId, replacedAt: replacedAtOf(run), ...failure };
  }
  return task || isActing(run) || run.status.name === 'PAUSED' ? { is: 'busy' } : { is: 'asleep' };
}

/** They run beside the wait for the next sync, which they do not hold up. */
const besideSyncs = new Set<unknown>(['tellUser', 'stopAttempt'] satisfies (keyof SyncActivities)[]);

function isActing({ raw }: WorkflowExecutionDescription): boolean {
  return raw.pendingActivities?.some(({ activityType }) => !besideSyncs.has(activityType?.name)) ?? false;
}

async function describe(
  { client, untilAnswered }: Server,
  userId: string,
): Promise<WorkflowExecutionDescription | null> {
  try {
    return await untilAnswered(() => client.workflow.getHandle(userSyncId(userId)).describe());
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

function isOpen({ status }: WorkflowExecutionDescription): boolean {
  return status.name === 'RUNNING' || status.name === 'PAUSED';
}

/** Set by the server after five tasks without a success among them, and removed by the next success. */
const reportedProblems = 'TemporalReportedProblems';

/** The server may be told to report nothing; then the attempts tell, which a message sets back to one. */
const suspectAttempts = 5;

function isSuspect({ searchAttributes }: WorkflowExecutionDescription, attempt?: number | null): boolean {
  return searchAttributes[reportedProblems] !== undefined || (attempt ?? 1) >= suspectAttempts;
}

/** Enough to reach back over the messages that came since; a page costs one call whatever its size. */
const eventsRead = 200;

/** What a worker answered to the last task. Null where that one got no answer: workers are slow or away, and come back. */
async function failureOf(
  { client, untilAnswered }: Server,
  { workflowId, runId }: WorkflowExecutionDescription,
): Promise<Pick<StuckRun, 'reason' | 'since'> | null> {
  const { history } = await untilAnswered(() =>
    client.workflowService.getWorkflowExecutionHistoryReverse({
      namespace: client.options.namespace,
      execution: { workflowId, runId },
      maximumPageSize: eventsRead,
    }),
  );
  const events = history?.events ?? [];
  const success = events.findIndex((event) => event.workflowTaskCompletedEventAttributes);
  const outcomes = (success < 0 ? events : events.slice(0, success)).filter(
    (event) => event.workflowTaskFailedEventAttributes ?? event.workflowTaskTimedOutEventAttributes,
  );
  const failed = outcomes[0]?.workflowTaskFailedEventAttributes;
  if (!failed) return null;
  const reason = (failed.failure?.message || 'unknown').slice(0, 300);
  return { reason, since: new Date(Number(outcomes.at(-1)?.eventTime?.seconds ?? 0) * 1_000) };
}

const replacedAtMemo = 'replacedAt';

function replacedAtOf({ memo }: WorkflowExecutionDescription): Date | null {
  const value = memo?.[replacedAtMemo];
  return typeof value === 'string' ? new Date(value) : null;
}

const runningQuery = `WorkflowType = '${userSyncType}' AND ExecutionStatus = 'Running'`;

async function listStuck(client: Client, limit: number): Promise<string[]> {
  const query = `${runningQuery} AND ${reportedProblems} IS NOT NULL`;
  const users: string[] = [];
  try {
    for await (const { workflowId } of client.workflow.list({ query, pageSize: limit })) {
      const userId = userIdOf(workflowId);
      if (userId !== null) users.push(userId);
      if (users.length >= limit) break;
    }
  } catch (error) {
    // A server before 1.30 does not know the attribute. Overdue users are found all the same.
    if (!isInvalidArgument(error)) throw error;
  }
  return users;
}

function isInvalidArgument(error: unknown): boolean {
  const service = isGrpcServiceError(error) ? error : (error as Error).cause;
  return isGrpcServiceError(service) && Number(service.code) === 3;
}

const listPageSize = 1_000;

async function* listRunning(client: Client): AsyncIterable<string[]> {
  let page: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query: runningQuery, pageSize: listPageSize })) {
    const userId = userIdOf(workflowId);
    if (userId !== null) page.push(userId);
    if (page.length < listPageSize) continue;
    yield page;
    page = [];
  }
  yield page;
}

async function replaceRun(server: Server, userId: string, { runId, reason }: Pick<StuckRun, 'runId' | 'reason'>) {
  const why = `its workflow tasks failed (${reason}); started anew from PostgreSQL`;
  if (!(await terminate(server, userId, why, runId))) return false;
  await server.untilAnswered(() =>
    server.client.workflow.signalWithStart(userSyncType, {
      ...startOptions(userId),
      memo: { [replacedAtMemo]: new Date().toISOString() },
      signal: messages.settingsChanged,
      signalArgs: [],
    }),
  );
  return true;
}

/** A query waits for the first task of a run, and is refused where that fails. */
async function answers(client: Client, userId: string, withinMs: number): Promise<boolean> {
  const query = () => client.workflow.getHandle(userSyncId(userId)).query(messages.syncStatus);
  return client.withDeadline(Date.now() + withinMs, query).then(
    () => true,
    () => false, // the reason is reported for the runs that stay stuck
  );
}

async function hasEnded(server: Server, userId: string, signal: AbortSignal): Promise<boolean> {
  const { client } = server;
  const ended = client.withAbortSignal(signal, () => client.workflow.getHandle(userSyncId(userId)).result());
  // The result does not matter: whether it runs is asked below.
  await ended.catch(() => undefined);
  const run = await describe(server, userId);
  return run === null || !isOpen(run);
}

async function terminate(
  { client, untilAnswered }: Server,
  userId: string,
  reason: string,
  runId?: string,
): Promise<boolean> {
  try {
    await untilAnswered(() => client.workflow.getHandle(userSyncId(userId), runId).terminate(reason));
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
