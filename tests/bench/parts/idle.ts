/** A service that nobody uses: its memory, and how often it wakes the processor. */
import { setTimeout as pause } from 'node:timers/promises';
import { startStack } from '../../support/stack.ts';
import { until } from '../../support/until.ts';
import { demo } from '#scripts/lib/local-stack.ts';
import { say } from '../bench.ts';
import type { StatusView } from '#domain/shapes/sync.ts';
import type { Figure, PartResult, Table } from '../figures.ts';
import { memoryMb } from '../measure/memory.ts';
import { ourKinds, processesByKind, processKinds } from '../measure/process-kinds.ts';
import { wakeUps } from '../measure/processor.ts';
import { signedInAccount } from '../service.ts';

const part = 'idle';
const watchSeconds = 10;

type Idle = Map<string, { mb: number; wakeUps: number }>;

/** As a person leaves it: the demo account has synced, and the worker's browser has ended for want of work, a minute later. */
export async function idling(): Promise<PartResult> {
  const stack = await startStack();
  try {
    say('idle: a sync of the demo account');
    const account = await signedInAccount(stack.url, demo.email, demo.password);
    const { portalUsername: username, portalPassword: password } = demo;
    await account.call('PUT', '/user/credentials', { username, password });
    const status = () => account.call<StatusView>('GET', '/user/sync/status');
    await until('the end of the sync', async () => (await status()).job?.status === 'completed');
    say('idle: waiting for the end of the browser');
    await until('the end of the browser', () => processesByKind(stack.dataDir).get('browser')!.length === 0);
    return report(await measure(stack.dataDir));
  } finally {
    await stack.stop();
  }
}

function report(idle: Idle): PartResult {
  const sum = (kinds: string[], of: 'mb' | 'wakeUps') => kinds.reduce((all, kind) => all + idle.get(kind)![of], 0);
  const common = { part, better: 'lower' } as const;
  const memory = { title: 'Idle stack, all processes', unit: 'MB' } as const;
  const woken = { title: 'Idle stack, wake-ups of web, worker and supervisor', unit: 'per s' } as const;
  const figures: Figure[] = [
    { ...common, ...memory, id: 'idle.memory', ours: [sum(processKinds, 'mb')], goal: { value: 450 } },
    { ...common, ...woken, id: 'idle.wake-ups', ours: [sum(ourKinds, 'wakeUps')], goal: { value: 5 } },
  ];
  return { figures, tables: [tableOf(idle)] };
}

async function measure(dataDir: string): Promise<Idle> {
  const kinds = processesByKind(dataDir);
  const counts = () =>
    new Map([...kinds].map(([kind, pids]) => [kind, pids.reduce((sum, pid) => sum + wakeUps(pid), 0)]));
  const before = counts();
  await pause(watchSeconds * 1_000);
  const after = counts();
  const found: Idle = new Map();
  for (const [kind, pids] of kinds) {
    const memory = await Promise.all(pids.map(memoryMb));
    const mb = memory.reduce((sum, one) => sum + one, 0);
    found.set(kind, { mb, wakeUps: (after.get(kind)! - before.get(kind)!) / watchSeconds });
  }
  return found;
}

function tableOf(idle: Idle): Table {
  const used = [...idle].filter(([, { mb }]) => mb > 0);
  return {
    part,
    title: 'Idle stack by process',
    columns: ['processes', 'memory, MB', 'wake-ups a second'],
    rows: used.map(([kind, { mb, wakeUps }]) => [kind, mb.toFixed(0), wakeUps.toFixed(1)]),
  };
}
