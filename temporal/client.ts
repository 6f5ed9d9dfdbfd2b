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
  WorkflowUpdateRPCTimeoutOrCancelledError,
  isGrpcServiceError,
} from '@temporalio/client';
import type { Client, SignalDefinition } from '@temporalio/client';
import type { SyncClient } from '#domain/sync-client.ts';
import { TemporalUnavailableError } from '#platform/errors.ts';
import * as messages from '#workflows/messages.ts';
import { createClient } from './connection.ts';
import type { TemporalConfig } from './connection.ts';
import { syncQueue, userSyncId, userSyncType } from '#workflows/names.ts';

const verbDeadlineMs = 3_000;
const queryDeadlineMs = 2_000;

export const refusalCodes = [
  'no_credentials',
  'invalid_credentials',
  'account_locked',
  'verification_required',
  'paused',
] as const;
export type RefusalCode = (typeof refusalCodes)[number];

/** The workflow does not take a request for a sync now, and says why. */
export class SyncRefusedError extends Error {
  override name = 'SyncRefusedError';
  readonly code: RefusalCode;
  constructor(code: RefusalCode) {
    super(`The sync was refused: ${code}`);
    this.code = code;
  }
}

export interface TemporalSyncClient extends SyncClient {
  /** For the reconciler and the schedules, which need more than one user's verbs. */
  readonly client: Client;
  isHealthy(): Promise<boolean>;
  close(): Promise<void>;
}

export function createSyncClient(config: TemporalConfig): TemporalSyncClient {
  const client = createClient(config);
  return {
    ...createSyncCalls(client),
    client,
    isHealthy: () => isHealthy(client),
    close: () => client.connection.close(),
  };
}

export function createSyncCalls(client: Client): SyncClient {
  const signal = async <Args extends unknown[]>(userId: string, definition: SignalDefinition<Args>, ...args: Args) =>
    untilDeadline(client, () => client.workflow.getHandle(userSyncId(userId)).signal(definition, ...args));
  const signalOrStart = async (userId: string, definition: SignalDefinition<[]>) => {
    try {
      await signal(userId, definition);
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      // Not signalWithStart, which leaves out the summary that operators see (SDK 1.24).
      await untilDeadline(client, () => client.workflow.start(userSyncType, startOptions(userId)));
      await signal(userId, definition);
    }
  };
  return {
    requestSync: (userId, input = {}) => requestSync(client, userId, input),
    settingsChanged: (userId) => signalOrStart(userId, messages.settingsChanged),
    cancelSync: (userId, jobId) => ignoringMissing(signal(userId, messages.cancelSync, { jobId })),
    pause: (userId) => signalOrStart(userId, messages.pause),
    resume: (userId) => signalOrStart(userId, messages.resume),
    stop: (userId) => ignoringMissing(signal(userId, messages.stop)),
    readStatus: (userId) => readStatus(client, userId),
  };
}

function startOptions(userId: string) {
  return {
    workflowId: userSyncId(userId),
    taskQueue: syncQueue,
    workflowIdConflictPolicy: 'USE_EXISTING' as const,
    args: [{ userId }] as [messages.UserSyncInput],
    staticSummary: `Gibney rentals of user ${userId}`,
    staticDetails: 'Syncs on its schedule and on `syncNow`. One run is one sync. See docs/operations.md.',
  };
}

async function requestSync(client: Client, userId: string, input: RequestSyncInput): Promise<RequestSyncResult> {
  const updateId = randomUUID();
  try {
    return await untilDeadline(client, () =>
      client.workflow.executeUpdateWithStart(messages.requestSync, {
        args: [input],
        updateId,
        startWorkflowOperation: new WithStartWorkflowOperation(userSyncType, startOptions(userId)),
      }),
    );
  } catch (error) {
    throw refusalIn(error) ?? error;
  }
}

function refusalIn(error: unknown): SyncRefusedError | null {
  if (!(error instanceof WorkflowUpdateFailedError) || !(error.cause instanceof ApplicationFailure)) return null;
  const code = refusalCodes.find((known) => known === (error.cause as ApplicationFailure).type);
  return code ? new SyncRefusedError(code) : null;
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

async function isHealthy(client: Client): Promise<boolean> {
  try {
    await client.withDeadline(Date.now() + queryDeadlineMs, () => client.workflowService.getSystemInfo({}));
    return true;
  } catch {
    // The answer to "is it healthy" is the whole use of this error.
    return false;
  }
}

/**
 * Repeats a call while Temporal is out of reach, until its deadline. The calls are idempotent: updates carry an id, and
 * a signal that arrives twice changes nothing more.
 */
async function untilDeadline<Result>(client: Client, call: () => Promise<Result>): Promise<Result> {
  const deadline = Date.now() + verbDeadlineMs;
  for (;;) {
    try {
      return await client.withDeadline(deadline, call);
    } catch (error) {
      if (!isTransient(error) || Date.now() >= deadline) throw unavailable(error);
      await pauseBetweenTries(deadline);
    }
  }
}

/** A refused connection fails at once; a tenth of a second keeps the repeats from spinning. */
function pauseBetweenTries(deadline: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.min(100, Math.max(0, deadline - Date.now()))));
}

/**
 * gRPC codes: 1 cancelled, 2 unknown, 4 deadline exceeded, 8 resource exhausted, 10 aborted, 13 internal (also a stream
 * that was reset on the way), 14 unavailable.
 */
const transientCodes = new Set([1, 2, 4, 8, 10, 13, 14]);

/** No worker gets the workflow any further for now; the code alone (9, failed precondition) means much else too. */
const isStuckWorkflow = ({ code, details }: { code: number; details: string }) =>
  code === 9 && /workflow task in failed state/i.test(details);

function isTransient(error: unknown): boolean {
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) return true;
  const service = isGrpcServiceError(error) ? error : (error as Error | undefined)?.cause;
  return isGrpcServiceError(service) && (transientCodes.has(service.code) || isStuckWorkflow(service));
}

/** What is left of a transient error once its time is up; every other error stays what it is. */
function unavailable(error: unknown): unknown {
  return isTransient(error) ? new TemporalUnavailableError('Temporal did not answer in time', { cause: error }) : error;
}

async function ignoringMissing(call: Promise<void>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
