import { historyFromJSON, historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { workflowBundlePath } from '#temporal/workflow-bundle.ts';
import { temporaryFolder } from '../support/index.ts';
import { savedHistories } from './histories.ts';

const saved = await savedHistories();
let codePath: string;

beforeAll(async () => {
  codePath = await workflowBundlePath(await temporaryFolder());
});

/** The error of replaying one history on today's code, or undefined where it fits. */
async function replay({ workflowId, history }: { workflowId: string; history: unknown }): Promise<Error | undefined> {
  for await (const result of Worker.runReplayHistories({ workflowBundle: { codePath } }, [{ workflowId, history }])) {
    return result.error;
  }
  throw new Error('nothing was replayed');
}

describe('histories of earlier releases', () => {
  it.each(saved)('$name goes on with today’s workflow code', async (history) => {
    expect(await replay(history)).toBeUndefined();
  });

  it('show it when the order of commands changed', async () => {
    const [first] = saved;
    const changed = historyToJSON(first!.history).replace('"openSyncJob"', '"someOtherActivity"');
    expect(changed).toContain('someOtherActivity');
    const history = historyFromJSON(JSON.parse(changed));
    expect(await replay({ workflowId: first!.workflowId, history })).toBeInstanceOf(Error);
  });
});
