/** The same load on the service and on its floor, in turns, by each number of connections. */
import type { Bench } from '../bench.ts';
import { say } from '../bench.ts';
import { median, percentile } from '../figures.ts';
import type { Figure } from '../figures.ts';
import type { LoadRequest, LoadResult } from '../load/messages.ts';
import { cpuSeconds } from './processor.ts';

type Asked = Omit<LoadRequest, 'connections' | 'ms' | 'requests'>;

export interface Comparison {
  id: string;
  part: string;
  title: string;
  ours: Asked;
  floor: Asked & { name: string; pid: number };
  goals?: { requests?: { ratio: number }; p50?: { ratio: number }; p99?: { ratio: number } };
  /** Instead of those of the whole bench. */
  connections?: number[];
}

interface Measured {
  requests: number;
  p50: number;
  p99: number;
  cpuMs: number;
}

const warmUpMs = 500;
/** Where the cost of one request is read: busy, and not yet overloaded. */
const costConnections = 20;

export async function compareLoad(bench: Bench, comparison: Comparison): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const connections of comparison.connections ?? bench.connections) {
    say(`${comparison.title}, ${connections} connections`);
    figures.push(...(await compareAt(bench, comparison, connections)));
  }
  return figures;
}

async function compareAt(
  bench: Bench,
  { floor, ours, ...comparison }: Comparison,
  connections: number,
): Promise<Figure[]> {
  const webPid = bench.webPid();
  await bench.generator.run({ ...floor, connections, ms: warmUpMs });
  await bench.generator.run({ ...ours, connections, ms: warmUpMs });
  const rounds: { floor: Measured; ours: Measured }[] = [];
  for (let round = 0; round < bench.rounds; round += 1) {
    rounds.push({
      floor: await measure(bench, floor, floor.pid, connections),
      ours: await measure(bench, ours, webPid, connections),
    });
  }
  const figure = (name: keyof Measured, what: string, rest: Pick<Figure, 'unit' | 'better' | 'goal'>): Figure => ({
    id: `${comparison.id}.${connections}.${name}`,
    part: comparison.part,
    title: `${comparison.title}, ${connections} ${connections === 1 ? 'connection' : 'connections'}: ${what}`,
    ours: rounds.map(({ ours }) => ours[name]),
    floor: { name: floor.name, values: rounds.map(({ floor }) => floor[name]) },
    ...rest,
  });
  const { goals = {} } = comparison;
  return [
    figure('requests', 'answers', { unit: 'requests/s', better: 'higher', goal: goals.requests }),
    figure('p50', 'p50', { unit: 'ms', better: 'lower', goal: goals.p50 }),
    figure('p99', 'p99', { unit: 'ms', better: 'lower', goal: goals.p99 }),
    ...(connections === costConnections
      ? [figure('cpuMs', 'processor time of one in its process', { unit: 'ms', better: 'lower' })]
      : []),
  ];
}

async function measure(
  { generator, loadMs }: Bench,
  asked: Asked,
  pid: number,
  connections: number,
): Promise<Measured> {
  const before = cpuSeconds(pid);
  const result = await generator.run({ ...asked, connections, ms: loadMs });
  const cpuMs = (cpuSeconds(pid) - before) * 1_000;
  return { ...ratesOf(result), cpuMs: cpuMs / result.latencies.length };
}

function ratesOf({ seconds, latencies }: LoadResult) {
  return { requests: latencies.length / seconds, p50: median(latencies), p99: percentile(latencies, 0.99) };
}
