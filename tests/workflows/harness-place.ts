/** The namespace that a harness has for itself, and the ways into it. */
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import type { PayloadKeys } from '#platform/config.ts';
import { createSyncClient } from '#temporal/client.ts';
import type { TemporalConfig } from '#temporal/connection.ts';
import { workerConverter } from '#temporal/data-converter.ts';
import { workflowBundlePath } from '#temporal/workflow-bundle.ts';
import { claimTemporal, temporaryFolder } from '../support/index.ts';

export interface PlaceOptions {
  payloadKeys?: PayloadKeys | undefined;
  /** Of a harness before this one. */
  config?: TemporalConfig | undefined;
}

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
  const bundle = await workflowBundlePath(await temporaryFolder(), dataConverter.failureConverterPath);
  const connection = await NativeConnection.connect({ address: config.TEMPORAL_ADDRESS });
  const temporal = createSyncClient(config);
  return {
    config,
    bundle,
    temporal,
    shared: { connection, namespace: config.TEMPORAL_NAMESPACE, dataConverter },
    async close() {
      await temporal.close();
      await connection.close();
    },
  };
}
