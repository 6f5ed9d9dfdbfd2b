/** The namespace that a harness has for itself, and the ways into it. */
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { PayloadKeys } from '#platform/config.ts';
import { createSyncClient } from '#temporal/client.ts';
import type { TemporalConfig } from '#temporal/connection.ts';
import { workerConverter } from '#temporal/data-converter.ts';
import { tracedWorker } from '#temporal/trace-activities.ts';
import { claimTemporal, testWorkflowBundle } from '../support/index.ts';

export interface PlaceOptions {
  payloadKeys?: PayloadKeys | undefined;
  /** Of a harness before this one. */
  config?: TemporalConfig | undefined;
}

/** Workers that trace; `with others`: beside one that does not, and neither remembers a workflow from task to task. */
export type Traced = 'alone' | 'with others';

function claimed(): TemporalConfig {
  // Failed attempts are what many tests are about.
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const { address, namespace } = claimTemporal();
  const access = { TEMPORAL_API_KEY: undefined, TEMPORAL_TLS: false };
  return { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: namespace, ...access };
}

export async function openPlace({ payloadKeys, config: before }: PlaceOptions) {
  const config = { ...(before ?? claimed()), TEMPORAL_PAYLOAD_KEYS: payloadKeys };
  const dataConverter = workerConverter(payloadKeys);
  const { failureConverterPath } = dataConverter;
  const bundle = await testWorkflowBundle({ failureConverterPath });
  const connection = await NativeConnection.connect({ address: config.TEMPORAL_ADDRESS });
  const temporal = createSyncClient(config);
  const shared = { connection, namespace: config.TEMPORAL_NAMESPACE, dataConverter };
  const others: NativeConnection[] = [];

  async function syncWorkers(activities: object, traced: Traced | undefined): Promise<Worker[]> {
    const plain = { ...shared, taskQueue: 'sync', activities, workflowBundle: { codePath: bundle } };
    if (!traced) return [await Worker.create(plain)];
    const tracedBundle = { codePath: await testWorkflowBundle({ traced: true }) };
    const tracing = { ...plain, ...tracedWorker(), workflowBundle: tracedBundle };
    if (traced === 'alone') return [await Worker.create(tracing)];
    // Two workers of one process serve the same queue on connections of their own only.
    others.push(await NativeConnection.connect({ address: config.TEMPORAL_ADDRESS }));
    const forgetful = { maxCachedWorkflows: 0 };
    return [
      await Worker.create({ ...tracing, ...forgetful, identity: 'with traces' }),
      await Worker.create({ ...plain, ...forgetful, connection: others[0]!, identity: 'without traces' }),
    ];
  }

  return {
    ...{ config, bundle, temporal, shared, syncWorkers },
    async close() {
      await temporal.close();
      for (const one of [connection, ...others]) await one.close();
    },
  };
}
