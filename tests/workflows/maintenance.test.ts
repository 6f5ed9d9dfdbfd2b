import { afterAll, beforeAll, expect, it } from 'vitest';
import { endOrphansType, ensureSyncsType, retentionType, syncQueue } from '#workflows/names.ts';
import { billableActions } from './actions.ts';
import { startHarness } from './harness.ts';
import type { Harness } from './harness.ts';
import { keepHistories } from './histories.ts';

let harness: Harness;
let begun: string[] = [];

beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());
keepHistories(
  () => harness,
  () => begun.splice(0),
);

it.each([ensureSyncsType, endOrphansType, retentionType])('%s is one activity, whatever it has to do', async (type) => {
  begun = [`${type}-tried`];
  const { workflow } = harness.temporal.client;
  const result: unknown = await workflow.execute(type, { workflowId: begun[0]!, taskQueue: syncQueue, args: [] });
  expect(Object.values(result as object).every((count) => count === 0)).toBe(true);
  const history = await workflow.getHandle(begun[0]!).fetchHistory();
  const activity = type === retentionType ? 'applyRetention' : type;
  expect(billableActions(history)).toEqual(['start', activity]);
});
