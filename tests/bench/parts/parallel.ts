/** What syncs cost that run at once: the table that the default of BROWSER_SLOTS comes from. */
import { connectControl } from '../../portal/control-client.ts';
import { realisticDelays } from '../../portal/defaults.ts';
import { startStack } from '../../support/stack.ts';
import type { Stack } from '../../support/stack.ts';
import { benchEnv, expectRows, portalPassword, say } from '../bench.ts';
import type { Settings } from '../bench.ts';
import { median } from '../figures.ts';
import type { Figure, PartResult, Table } from '../figures.ts';
import { memoryMb } from '../measure/memory.ts';
import { processesByKind, processKinds } from '../measure/process-kinds.ts';
import { cpuSeconds } from '../measure/processor.ts';
import { registerDancer } from '../service.ts';
import type { Dancer } from '../service.ts';

const part = 'parallel';
const sizes = [1, 2, 4, 8];
const rows = 137;
const sampleMs = 200;
/** The stand-in portal is not part of the service. */
const counted = processKinds.filter((kind) => kind !== 'stand-in portal');

interface Cost {
  wallMs: number;
  /** Seconds of the processor for each sync, by kind of process. */
  cpu: Map<string, number>;
  /** The most that all took together, the browser's part of it, and how much it was before. */
  memory: { most: number; browser: number; before: number };
}

/** A service of its own, whose worker takes eight syncs at once. */
export async function syncingAtOnce({ rounds }: Settings): Promise<PartResult> {
  const stack = await startStack({ env: { ...benchEnv, BROWSER_SLOTS: String(Math.max(...sizes)) } });
  try {
    const dancers = await connected(stack);
    const costs = new Map<number, Cost[]>();
    for (const size of sizes) {
      say(`${size} syncs at once`);
      const found: Cost[] = [];
      for (let round = 0; round < rounds; round += 1) found.push(await measure(stack, dancers.slice(0, size)));
      costs.set(size, found);
    }
    dancers.forEach((dancer) => dancer.close());
    return { figures: figuresOf(costs), tables: [tableOf(costs)] };
  } finally {
    await stack.stop();
  }
}

async function connected(stack: Stack): Promise<Dancer[]> {
  const portal = connectControl(stack.portalUrl);
  await portal.setDelays(realisticDelays);
  const dancers: Dancer[] = [];
  for (let index = 0; index < Math.max(...sizes); index += 1) {
    const username = `parallel-${index}@example.com`;
    await portal.addUser({ username, password: portalPassword, rentals: rows });
    const dancer = await registerDancer(stack.url, username);
    await expectRows(dancer.connect(portalPassword), rows);
    dancers.push(dancer);
  }
  return dancers;
}

async function measure({ dataDir }: Stack, dancers: Dancer[]): Promise<Cost> {
  const before = cpuByKind(dataDir);
  const memory = { most: 0, browser: 0, before: (await memoryNow(dataDir)).all };
  const began = performance.now();
  let running = true;
  const syncs = Promise.all(dancers.map((dancer) => expectRows(dancer.sync(), rows))).finally(() => (running = false));
  while (running) {
    const now = await memoryNow(dataDir);
    memory.most = Math.max(memory.most, now.all);
    memory.browser = Math.max(memory.browser, now.browser);
    await Promise.race([syncs, new Promise((resolve) => setTimeout(resolve, sampleMs))]);
  }
  await syncs;
  const wallMs = performance.now() - began;
  const after = cpuByKind(dataDir);
  const cpu = new Map(counted.map((kind) => [kind, (after.get(kind)! - before.get(kind)!) / dancers.length]));
  return { wallMs, cpu, memory };
}

function cpuByKind(dataDir: string): Map<string, number> {
  const kinds = [...processesByKind(dataDir)];
  return new Map(kinds.map(([kind, pids]) => [kind, pids.reduce((sum, pid) => sum + cpuSeconds(pid), 0)]));
}

async function memoryNow(dataDir: string): Promise<{ all: number; browser: number }> {
  const kinds = processesByKind(dataDir);
  const of = async (kind: string) => {
    const each = await Promise.all(kinds.get(kind)!.map(memoryMb));
    return each.reduce((sum, mb) => sum + mb, 0);
  };
  const found = await Promise.all(counted.map(of));
  return { all: found.reduce((sum, mb) => sum + mb, 0), browser: await of('browser') };
}

const total = ({ cpu }: Cost): number => [...cpu.values()].reduce((sum, seconds) => sum + seconds, 0);

function figuresOf(costs: Map<number, Cost[]>): Figure[] {
  const common = { part, better: 'lower' } as const;
  return [...costs].flatMap(([size, found]): Figure[] => {
    const title = `${size} ${size === 1 ? 'sync' : 'syncs'} of ${rows} rows at once`;
    const [cpu, wall] = [found.map(total), found.map(({ wallMs }) => wallMs)];
    return [
      { ...common, id: `parallel.${size}.cpu`, title: `${title}: processor time of each`, unit: 's', ours: cpu },
      { ...common, id: `parallel.${size}.wall`, title: `${title}: until the last is done`, unit: 'ms', ours: wall },
    ];
  });
}

function tableOf(costs: Map<number, Cost[]>): Table {
  const seconds = (value: number) => value.toFixed(2);
  const kinds = ['browser', 'worker', 'web', 'Temporal', 'PostgreSQL'];
  const line = ([size, found]: [number, Cost[]]): string[] => {
    const of = (read: (cost: Cost) => number) => median(found.map(read));
    const wallMs = of(({ wallMs }) => wallMs);
    return [
      String(size),
      seconds(wallMs / 1_000),
      seconds((size * 60_000) / wallMs),
      seconds(of(total)),
      ...kinds.map((kind) => seconds(of(({ cpu }) => cpu.get(kind)!))),
      String(Math.round(of(({ memory }) => memory.most - memory.before))),
      String(Math.round(of(({ memory }) => memory.browser))),
    ];
  };
  return {
    part,
    title: `Syncs of ${rows} rows at once, saved portal sessions`,
    columns: [
      'at once',
      'until the last, s',
      'syncs a minute',
      'CPU s a sync',
      ...kinds.map((kind) => `of it ${kind}`),
      'memory more, MB',
      'browser, MB',
    ],
    rows: [...costs].map(line),
  };
}
