import { fileURLToPath } from 'node:url';
import { historyFromJSON, historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import type { InjectedSinks, ReplayHistoriesIterable, WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import type { CommandSinks } from './commands.ts';
import { savedHistories, type SavedHistory } from './histories.ts';

const saved = await savedHistories();
let workflowBundle: WorkflowBundleWithSourceMap;
let tracedBundle: WorkflowBundleWithSourceMap;

const pathOf = (file: string) => fileURLToPath(new URL(file, import.meta.url));

interface Replayed {
  error: Error | undefined;
  /** What the workflow code asked for, in order. */
  commands: string[];
}

/** Replays all of these on today's code, in one worker. */
async function replay(histories: Iterable<SavedHistory>, bundle = workflowBundle): Promise<Map<string, Replayed>> {
  const commands = new Map<string, string[]>();
  const given: InjectedSinks<CommandSinks>['commands']['given'] = {
    fn: ({ workflowId }, command) => void commands.set(workflowId, [...(commands.get(workflowId) ?? []), command]),
    callDuringReplay: true,
  };
  const named = Array.from(histories, ({ name, history }) => ({ workflowId: name, history }));
  const replays = Worker.runReplayHistories(
    { workflowBundle: bundle, sinks: { commands: { given }, traces: { tell: { fn: () => {} } } } },
    named as ReplayHistoriesIterable,
  );
  const replayed = new Map<string, Replayed>();
  for await (const { workflowId, error } of replays)
    replayed.set(workflowId, { error, commands: commands.get(workflowId) ?? [] });
  return replayed;
}

beforeAll(async () => {
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: 'OFF', forward: {} } },
  });
  const bundled = (...others: string[]) =>
    bundleWorkflowCode({
      workflowsPath: pathOf('../../workflows/index.ts'),
      workflowInterceptorModules: [pathOf('./commands.ts'), ...others],
    });
  workflowBundle = await bundled();
  tracedBundle = await bundled(pathOf('../../workflows/trace-interceptors.ts'));
}, 120_000);

let withoutTraces: ReturnType<typeof replay> | undefined;
const replayPlainly = () => (withoutTraces ??= replay(saved));

describe('histories of earlier releases', () => {
  it('go on with today’s workflow code', { timeout: 300_000 }, async () => {
    const replayed = await replayPlainly();
    const failures = [...replayed].flatMap(([name, { error }]) => (error ? [`${name}: ${error.message}`] : []));
    expect(failures).toEqual([]);
    expect(replayed.size).toBe(saved.length);
  });

  it('lead to the same commands where traces are on', { timeout: 300_000 }, async () => {
    const [plain, traced] = [await replayPlainly(), await replay(saved, tracedBundle)];
    expect([...traced].filter(([, { error }]) => error)).toEqual([]);
    const commandsOf = (replayed: Map<string, Replayed>) =>
      [...replayed].map(([name, { commands }]) => [name, commands]);
    expect(commandsOf(traced)).toEqual(commandsOf(plain));
  });

  it('show it when the order of commands changed', async () => {
    const first = saved.find(({ history }) => historyToJSON(history).includes('"openSyncJob"'));
    const changed = historyToJSON(first!.history).replace('"openSyncJob"', '"someOtherActivity"');
    expect(changed).toContain('someOtherActivity');
    const replayed = await replay([{ ...first!, history: historyFromJSON(JSON.parse(changed)) }]);
    expect(replayed.get(first!.name)?.error).toBeInstanceOf(Error);
  });
});

/**
 * The history as a worker may see it in the task of a timer: with the task's start, or, where a query comes first, without
 * it. Then the clock may still show the time of the task before (docs/temporal-stale-time.md).
 */
function cutAfterTimers({ name, workflowId, history }: SavedHistory): [SavedHistory, SavedHistory][] {
  const events = history.events!;
  const upTo = (end: number, kind: string): SavedHistory => ({
    name: `${name}@${end}${kind}`,
    workflowId,
    history: { events: events.slice(0, end) },
  });
  return events.flatMap(({ timerFiredEventAttributes: fired }, index) => {
    const scheduled = fired
      ? events.findIndex((event, at) => at > index && event.workflowTaskScheduledEventAttributes)
      : -1;
    const isStarted = events[scheduled + 1]?.workflowTaskStartedEventAttributes;
    return scheduled >= 0 && isStarted ? [[upTo(scheduled + 1, ''), upTo(scheduled + 2, ' started')]] : [];
  });
}

describe('a history that is cut after a timer fired', () => {
  it('leads to the same commands, whether its task has started or not', { timeout: 300_000 }, async () => {
    const pairs = saved.flatMap(cutAfterTimers);
    expect(pairs.length).toBeGreaterThan(10);
    const replayed = await replay(pairs.flat());
    const commandsOf = ({ name }: SavedHistory) => replayed.get(name)!.commands;
    const choices = pairs.map(([cut, started]) => [started.name, commandsOf(cut), commandsOf(started)] as const);
    const differing = choices.filter(([, cut, started]) => cut.some((command, at) => command !== started[at]));
    expect(differing).toEqual([]);
    expect(choices.some(([, cut]) => cut.length > 0)).toBe(true);
  });
});
