/** The namespace and the search attributes on a Temporal server. */
import { setTimeout as pause } from 'node:timers/promises';
import { Connection, isGrpcServiceError } from '@temporalio/client';
import type { loadTemporalSettings } from '#platform/config.ts';
import { connectionOptions } from '#temporal/connection.ts';
import { searchAttributes } from '#workflows/names.ts';

type Say = (line: string) => void;
type TemporalSettings = ReturnType<typeof loadTemporalSettings>;

const retentionSeconds = 72 * 60 * 60;
const grpcNotFound = 5;
/** IndexedValueType of Temporal's API. */
const typeCodes = { KEYWORD: 2, INT: 3, DATETIME: 6 };

const isNotFound = (error: unknown): boolean => isGrpcServiceError(error) && Number(error.code) === grpcNotFound;

async function ensureNamespace(connection: Connection, namespace: string, say: Say): Promise<void> {
  try {
    await connection.workflowService.describeNamespace({ namespace });
  } catch (error) {
    if (!isNotFound(error)) throw error;
    const workflowExecutionRetentionPeriod = { seconds: retentionSeconds as never };
    await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
    say(`namespace ${namespace} made`);
  }
}

/** The server reads its list of namespaces every few seconds, so a new one is unknown at first. */
async function readSearchAttributes(connection: Connection, namespace: string): Promise<Record<string, unknown>> {
  for (const limit = Date.now() + 30_000; ; await pause(250)) {
    try {
      return (await connection.operatorService.listSearchAttributes({ namespace })).customAttributes;
    } catch (error) {
      if (!isNotFound(error) || Date.now() > limit) throw error;
    }
  }
}

async function ensureSearchAttributes(connection: Connection, namespace: string, say: Say): Promise<void> {
  const customAttributes = await readSearchAttributes(connection, namespace);
  const missing = Object.values(searchAttributes).filter(({ name }) => !(name in customAttributes));
  if (missing.length === 0) return;
  await connection.operatorService.addSearchAttributes({
    namespace,
    searchAttributes: Object.fromEntries(missing.map(({ name, type }) => [name, typeCodes[type]])),
  });
  say(`search attributes made: ${missing.map(({ name }) => name).join(', ')}`);
}

/** Makes what is missing. */
export async function prepareNamespace(config: TemporalSettings, say: Say): Promise<void> {
  const connection = await Connection.connect(connectionOptions(config));
  try {
    await ensureNamespace(connection, config.TEMPORAL_NAMESPACE, say);
    await ensureSearchAttributes(connection, config.TEMPORAL_NAMESPACE, say);
  } finally {
    await connection.close();
  }
}
