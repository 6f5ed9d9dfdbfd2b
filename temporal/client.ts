/**
 * What the web may ask of the workflows, as verbs: no handle and no workflow id leaves this file. Every call has a
 * deadline, and every verb may be repeated.
 */
import type { RequestSyncInput, RequestSyncResult, SyncStatus } from '#domain/sync.ts';
import { randomUUID } from 'node:crypto';
import {
  ApplicationFailure,
  WithStartWorkflowOperation,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import type { Client, SignalDefinition } from '@temporalio/client';
import { TemporalUnavailableError } from '#platform/errors.ts';
import { refusalCodes, type RefusalCode } from '#domain/sync-client.ts';
import type { BulkOperations, CalendarPushes, SyncClient, SyncRuns } from '#domain/sync-client.ts';
import * as messages from '#workflows/messages.ts';
import { createClient } from './connection.ts';
import type { TemporalConfig } from './connection.ts';
import { createBulkOperations } from './bulk-operations.ts';
import { createCalendarPushes } from './calendar-pushes.ts';
import { unavailable, untilDeadline, verbDeadlineMs, workerDeadlineMs } from './deadline.ts';
import type { UntilDeadline } from './deadline.ts';
import { readQueueStats } from './queue-stats.ts';
import type { QueueStats } from './queue-stats.ts';
import { startOptions } from './start-options.ts';
import { createSyncRuns } from './sync-runs.ts';
import { deliverId, deliverType, syncQueue, userSyncId, userSyncType } from '#workflows/names.ts';

const queryDeadlineMs = 2_000;

/** The workflow takes no request for a sync now, and says why. */
export class SyncRefusedError extends Error {
  override name = 'SyncRefusedError';
  readonly code: RefusalCode;
  constructor(code: RefusalCode) {
    super(`The sync was refused: ${code}`);
    this.code = code;
  }
}

export interface TemporalSyncClient extends SyncClient, SyncRuns, CalendarPushes, BulkOperations {
  /** For the schedules. */
  readonly client: Client;
  isHealthy(): Promise<boolean>;
  queueStats(): Promise<QueueStats[]>;
  close(): Promise<void>;
}

export function createSyncClient(config: TemporalConfig, deadlineMs = verbDeadlineMs): TemporalSyncClient {
  const client = createClient(config);
  const call = untilDeadline(client, deadlineMs);
  return {
    ...createSyncCalls(client, call),
    ...createSyncRuns(client, call),
    ...createCalendarPushes(client, call),
    ...createBulkOperations(client, call),
    client,
    isHealthy: () => isHealthy(client),
    queueStats: () => client.withDeadline(Date.now() + queryDeadlineMs, () => readQueueStats(client)),
    close: () => client.connection.close(),
  };
}

export function createSyncCalls(client: Client, untilAnswered = untilDeadline(client, verbDeadlineMs)): SyncClient {
  const signal = async <Args extends unknown[]>(userId: string, definition: SignalDefinition<Args>, ...args: Args) =>
    untilAnswered(() => client.workflow.getHandle(userSyncId(userId)).signal(definition, ...args));
  const signalWithStart = async <Args extends unknown[]>(
    userId: string,
    { name: signal }: SignalDefinition<Args>,
    ...args: Args
  ) => {
    const signalArgs = args as unknown as [];
    await untilAnswered(() =>
      client.workflow.signalWithStart(userSyncType, { ...startOptions(userId), signal, signalArgs }),
    );
  };
  const inBackground = { signal: messages.syncNow, signalArgs: [{ background: true }] as [RequestSyncInput] };
  return {
    requestSync: (userId, input = {}) => requestSync(client, untilAnswered, userId, input),
    async syncInBackground(userId) {
      const options = { ...startOptions(userId), ...inBackground };
      await untilAnswered(() => client.workflow.signalWithStart(userSyncType, options));
    },
    settingsChanged: (userId) => signalWithStart(userId, messages.settingsChanged),
    cancelSync: (userId, jobId) => ignoringMissing(signal(userId, messages.cancelSync, { jobId })),
    pause: (userId, { until, by } = {}) =>
      signalWithStart(userId, messages.pause, { ...(until && { until: until.getTime() }), ...(by && { by }) }),
    resume: (userId) => signalWithStart(userId, messages.resume),
    stop: (userId) => ignoringMissing(signal(userId, messages.stop)),
    deliver: (targetId, turn) => deliver(client, untilAnswered, { targetId, ...(turn && { turn }) }),
    readStatus: (userId) => readStatus(client, userId),
  };
}

async function requestSync(
  client: Client,
  untilAnswered: UntilDeadline,
  userId: string,
  input: RequestSyncInput,
): Promise<RequestSyncResult> {
  const updateId = randomUUID();
  const ask = () =>
    client.workflow.executeUpdateWithStart(messages.requestSync, {
      args: [{ ...input, jobId: updateId }],
      updateId,
      startWorkflowOperation: new WithStartWorkflowOperation(userSyncType, startOptions(userId)),
    });
  try {
    return await untilAnswered(ask).catch(async (error: unknown) => {
      const waitsForWorker = error instanceof TemporalUnavailableError && (await isHeld(client, userId, updateId));
      if (!waitsForWorker) throw error;
      return untilDeadline(client, workerDeadlineMs)(ask);
    });
  } catch (error) {
    throw refusalIn(error) ?? error;
  }
}

/** Whether the server has this update: then it is within reach, and no worker has answered yet. */
async function isHeld(client: Client, userId: string, updateId: string): Promise<boolean> {
  const updateRef = { workflowExecution: { workflowId: userSyncId(userId) }, updateId };
  try {
    const { namespace, identity } = client.options;
    await client.withDeadline(Date.now() + queryDeadlineMs, () =>
      client.workflowService.pollWorkflowExecutionUpdate({ namespace, identity, updateRef }),
    );
    return true;
  } catch {
    // It knows of none, or is out of reach: either way nobody will answer.
    return false;
  }
}

function refusalIn(error: unknown): SyncRefusedError | null {
  if (!(error instanceof WorkflowUpdateFailedError) || !(error.cause instanceof ApplicationFailure)) return null;
  const code = refusalCodes.find((known) => known === (error.cause as ApplicationFailure).type);
  return code ? new SyncRefusedError(code) : null;
}

async function deliver(client: Client, untilAnswered: UntilDeadline, input: messages.DeliverInput): Promise<void> {
  const { targetId } = input;
  await untilAnswered(() =>
    client.workflow.signalWithStart(deliverType, {
      workflowId: deliverId(targetId),
      taskQueue: syncQueue,
      args: [input],
      staticSummary: `What is to be told to target ${targetId}`,
      signal: messages.somethingToDeliver,
      signalArgs: [],
    }),
  );
}

async function readStatus(client: Client, userId: string): Promise<SyncStatus | null> {
  const query = () => client.workflow.getHandle(userSyncId(userId)).query(messages.syncStatus);
  try {
    return await client.withDeadline(Date.now() + queryDeadlineMs, query);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw unavailable(error);
  }
}

/** The namespace comes out of the server's store: what it says of itself it would say without one, too. */
async function isHealthy(client: Client): Promise<boolean> {
  const { namespace } = client.options;
  try {
    await client.withDeadline(Date.now() + queryDeadlineMs, () =>
      client.workflowService.describeNamespace({ namespace }),
    );
    return true;
  } catch {
    // The error only answers "is it healthy".
    return false;
  }
}

async function ignoringMissing(call: Promise<void>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
