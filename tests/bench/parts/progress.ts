/** From the click to the first word of it, at somebody who subscribes and at somebody who polls. */
import type { StatusView } from '#domain/shapes/sync.ts';
import { expectRows, newDancer, noDelays, portalPassword, say } from '../bench.ts';
import type { Bench } from '../bench.ts';
import { median, percentile } from '../figures.ts';
import type { Figure, PartResult } from '../figures.ts';
import { until } from '../../support/until.ts';
import type { Dancer } from '../service.ts';

const part = 'progress';
const clicksARound = 8;

interface Way {
  id: string;
  title: string;
  click(dancer: Dancer): Promise<number>;
}

const ways: Way[] = [
  { id: 'trpc', title: 'tRPC subscriber', click: async (dancer) => (await dancer.sync()).firstProgressMs },
  { id: 'rest', title: 'REST, asked again at once', click: firstAnswerWithIt },
];

export async function progressing(bench: Bench): Promise<PartResult> {
  const result: PartResult = { figures: [] };
  for (const way of ways) {
    say(`click to first progress: ${way.title}`);
    result.figures.push(...(await clicks(bench, way)));
  }
  return result;
}

async function clicks(bench: Bench, { id, title, click }: Way): Promise<Figure[]> {
  const dancer = await newDancer(bench, `progress-${id}@example.com`, 5);
  await bench.portal.setDelays(noDelays, dancer.username);
  await expectRows(dancer.connect(portalPassword), 5);
  if (id === 'rest') dancer.close();
  const rounds: number[][] = [];
  for (let round = 0; round < bench.rounds; round += 1) {
    const found: number[] = [];
    for (let one = 0; one < clicksARound; one += 1) {
      found.push(await click(dancer));
      await idleAgain(dancer);
    }
    rounds.push(found);
  }
  dancer.close();
  const all = rounds.flat();
  const common = { part, unit: 'ms', better: 'lower' } as const;
  const name = `Click to first progress, ${title}`;
  return [
    { ...common, id: `progress.${id}.p50`, title: `${name}: p50`, ours: rounds.map(median), goal: { value: 50 } },
    { ...common, id: `progress.${id}.p99`, title: `${name}: p99`, ours: [percentile(all, 0.99)], goal: { value: 100 } },
  ];
}

/** Polls from the moment of the click, each time as soon as the last answer is there. */
async function firstAnswerWithIt(dancer: Dancer): Promise<number> {
  const before = (await statusOf(dancer)).job?.id;
  const clicked = performance.now();
  const clicking = dancer.call('POST', '/user/sync');
  for (;;) {
    const { job } = await statusOf(dancer);
    if (!job || job.id === before) continue;
    const found = performance.now() - clicked;
    await clicking;
    return found;
  }
}

const statusOf = (dancer: Dancer) => dancer.call<Pick<StatusView, 'job' | 'state'>>('GET', '/user/sync/status');

/** The next click must find a workflow that sleeps, as a person's does. */
async function idleAgain(dancer: Dancer): Promise<void> {
  await until('the end of the sync', async () => (await statusOf(dancer)).state === 'sleeping');
}
