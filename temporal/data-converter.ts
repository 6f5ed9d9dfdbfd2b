/** What is done to everything that goes through Temporal on its way there and back: nothing, unless there are keys. */
import type { DataConverter } from '@temporalio/common';
import type { PayloadKeys } from '#platform/config.ts';
import { inProject } from '#platform/paths.ts';
import { createPayloadCodec } from './payload-codec.ts';

/** For those who query and message workflows. It sends no failure, and reads those that are sealed. */
export function clientConverter(keys: PayloadKeys | undefined): Pick<DataConverter, 'payloadCodecs'> {
  return keys ? { payloadCodecs: [createPayloadCodec(keys)] } : {};
}

/** For workers. What is to be bundled with the workflows is named by its path. */
export function workerConverter(
  keys: PayloadKeys | undefined,
): Pick<DataConverter, 'payloadCodecs' | 'failureConverterPath'> {
  const sealsFailures = keys?.seals && { failureConverterPath: inProject('workflows', 'failure-converter.ts') };
  return { ...clientConverter(keys), ...sealsFailures };
}
