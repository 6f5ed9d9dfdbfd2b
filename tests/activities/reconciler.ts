/** The reconciler against a real server and a real database, beside a worker of the queue `sync`. No worker reads the portal, so a sync stays pending. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { WorkerOptions } from '@temporalio/worker';
import { afterAll, beforeAll } from 'vitest';
import { createEndOrphans } from '#activities/end-orphans.ts';
import { createEnsureSyncs, type ReconcilerLimits } from '#activities/ensure-syncs.ts';
import { createSyncActivities } from '#activities/index.ts';
import { affected, sql } from '../support/sql.ts';
import type { EndedOrphans, EnsuredSyncs } from '#domain/activities.ts';
import { createSyncClient, type TemporalSyncClient } from '#temporal/client.ts';
import { userSyncId } from '#workflows/names.ts';
import { useDatabase } from '../db/fixtures.ts';
import { claimTemporal, type TestTemporal, testWorkflowBundle } from '../support/index.ts';

const config = {
  SYNC_TIMEOUT_SECONDS: 300,
  SYNC_INTERVAL_MINUTES: 120,
  RETENTION_DAYS: 30,
  HISTORY_DAYS: 1_100,
  DATA_DIR: '/nowhere',
};

/** Two users at a time, so that a few make several pages. */
const smallLimits: ReconcilerLimits = {
  pageSize: 2,
  width: 2,
  stuckAfterMs: 0,
  replacedAgainAfterMs: 60 * 60_000,
  replacedAtOnce: 100,
  freshStartMs: 30_000,
  activeMarginMs: 15 * 60_000,
  undeliveredMs: 60_000,
};

export const nothing: EnsuredSyncs = {
  ...{ started: 0, told: 0, replaced: 0, stuck: 0, unreachable: 0, interrupted: 0 },
  delivering: 0,
};

export interface Run {
  limits?: Partial<ReconcilerLimits>;
  verbs?: Partial<TemporalSyncClient>;
  /** What an attempt before this one said last. */
  heartbeatDetails?: unknown;
  onHeartbeat?: (details: unknown) => void;
}

type WorkflowBundle = NonNullable<WorkerOptions['workflowBundle']>;

const quiet = () => ({ logger: new DefaultLogger('ERROR', () => undefined) });

/** Without a worker, the test starts its own. */
export function useReconciler({ worker = true } = {}) {
  const { em, orm } = useDatabase();
  let temporal: TemporalSyncClient;
  let server: TestTemporal;
  let connection: NativeConnection;
  let bundle: WorkflowBundle;
  let closeWorker = async () => {};

  async function startWorker(workflowBundle = bundle): Promise<() => Promise<void>> {
    const created = await Worker.create({
      connection,
      namespace: server.namespace,
      taskQueue: 'sync',
      workflowBundle,
      activities: { ...createSyncActivities({ config, orm: orm(), temporal }) },
    });
    const running = created.run();
    return async () => {
      created.shutdown();
      await running;
    };
  }

  beforeAll(async () => {
    Runtime.install(quiet());
    server = claimTemporal();
    temporal = createSyncClient({
      TEMPORAL_ADDRESS: server.address,
      TEMPORAL_NAMESPACE: server.namespace,
      TEMPORAL_API_KEY: undefined,
      TEMPORAL_TLS: false,
    });
    connection = await NativeConnection.connect({ address: server.address });
    bundle = { codePath: await testWorkflowBundle() };
    if (worker) closeWorker = await startWorker();
  });
  afterAll(async () => {
    await closeWorker();
    await temporal.close();
    await connection.close();
  });

  const handle = (userId: string) => temporal.client.workflow.getHandle(userSyncId(userId));
  const deps = (verbs: Partial<TemporalSyncClient> = {}) => ({
    config,
    orm: orm(),
    temporal: { ...temporal, ...verbs },
  });

  return {
    em,
    orm,
    temporal: () => temporal,
    handle,
    startWorker,
    /** One run of the reconciler. */
    ensure({ limits, verbs, heartbeatDetails, onHeartbeat }: Run = {}): Promise<EnsuredSyncs> {
      const activity = createEnsureSyncs(deps(verbs), { ...smallLimits, ...limits });
      const environment = new MockActivityEnvironment({ heartbeatDetails }, quiet());
      if (onHeartbeat) environment.on('heartbeat', onHeartbeat);
      return environment.run<[], EnsuredSyncs, typeof activity>(activity);
    },
    endOrphans(stopMs = 20_000, verbs: Run['verbs'] = {}): Promise<EndedOrphans> {
      const activity = createEndOrphans(deps(verbs), stopMs);
      return new MockActivityEnvironment({}, quiet()).run<[], EndedOrphans, typeof activity>(activity);
    },
    async stateOf(userId: string): Promise<string> {
      return (await handle(userId).describe()).status.name;
    },
    /** Lists show what happened a moment later. */
    async untilListed(userId: string, status: string): Promise<void> {
      const query = `WorkflowId = '${userSyncId(userId)}' AND ExecutionStatus = '${status}'`;
      while ((await temporal.client.workflow.count(query)).count === 0);
    },
    /** The next sync of the user was due so many minutes ago. */
    async overdue(userId: string, minutes = 3): Promise<void> {
      const dueAt = new Date(Date.now() - minutes * 60_000);
      await affected(em(), sql`update portal_accounts set next_sync_at = ${dueAt} where user_id = ${userId}`);
    },
  };
}
