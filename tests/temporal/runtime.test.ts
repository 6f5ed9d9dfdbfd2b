import { bundleWorkflowCode, Runtime, Worker } from '@temporalio/worker';
import type { ReplayHistoriesIterable } from '@temporalio/worker';
import { expect, it } from 'vitest';
import { createLog } from '#platform/log.ts';
import { installRuntime } from '#temporal/runtime.ts';
import { userSyncId } from '#workflows/names.ts';
import { fileURLToPath } from 'node:url';
import { savedHistories } from '../workflows/histories.ts';

it('hands the lines of the native part to our log, so that all lines are of one kind', async () => {
  // They come in bundles and late, so several runs are replayed; once the runtime is shut down, they do not come at all.
  const complaint = Promise.withResolvers<void>();
  const note = (meta: object, message: string) => {
    const isNative = 'sdkComponent' in meta && meta.sdkComponent === 'core';
    if (isNative && JSON.stringify([meta, message]).includes('Nondeterminism error')) complaint.resolve();
  };
  const log = Object.assign(createLog('test', 'info'), { debug: note, info: note, warn: note, error: note });
  await installRuntime({ HOST: '127.0.0.1', METRICS_PORT: undefined }, log);
  const workflowsPath = fileURLToPath(new URL('../fixtures/other-code/index.ts', import.meta.url));
  const workflowBundle = await bundleWorkflowCode({ workflowsPath });
  // Code that does not fit the history is what the native part complains of.
  const histories = (await savedHistories()).filter(({ workflowId }) => workflowId.startsWith(userSyncId('')));
  const replays = Worker.runReplayHistories({ workflowBundle }, histories.slice(0, 30) as ReplayHistoriesIterable);
  for await (const { error } of replays) expect(error).toBeDefined();
  await complaint.promise;
  await Runtime.instance().shutdown();
});
