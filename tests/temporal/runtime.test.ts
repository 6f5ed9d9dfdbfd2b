import { bundleWorkflowCode, Runtime, Worker } from '@temporalio/worker';
import type { ReplayHistoriesIterable } from '@temporalio/worker';
import { expect, it } from 'vitest';
import { createLog } from '#platform/log.ts';
import { installRuntime } from '#temporal/runtime.ts';
import { userSyncId } from '#workflows/names.ts';
import { fileURLToPath } from 'node:url';
import { savedHistories } from '../workflows/histories.ts';

it('hands the lines of the native part to our log, so that all lines are of one kind', async () => {
  const lines: [object, string][] = [];
  const note = (meta: object, message: string) => void lines.push([meta, message]);
  const log = Object.assign(createLog('test', 'info'), { debug: note, info: note, warn: note, error: note });
  await installRuntime({ HOST: '127.0.0.1', METRICS_PORT: undefined }, log);
  const workflowsPath = fileURLToPath(new URL('../fixtures/other-code/index.ts', import.meta.url));
  const workflowBundle = await bundleWorkflowCode({ workflowsPath });
  // Code that does not fit the history is what the native part complains of.
  const saved = (await savedHistories()).find(({ workflowId }) => workflowId.startsWith(userSyncId('')));
  const replays = Worker.runReplayHistories({ workflowBundle }, [
    { workflowId: 'w', history: saved!.history },
  ] as ReplayHistoriesIterable);
  for await (const { error } of replays) expect(error).toBeDefined();
  await Runtime.instance().shutdown();
  const native = lines.filter(([meta]) => 'sdkComponent' in meta && meta.sdkComponent === 'core');
  expect(JSON.stringify(native)).toContain('Nondeterminism error');
});
