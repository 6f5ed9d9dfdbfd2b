/** tRPC against REST: the same answer, and how soon a subscription says where the sync stands. */
import { say } from '../bench.ts';
import type { Bench } from '../bench.ts';
import { median, percentile } from '../figures.ts';
import type { Figure, PartResult } from '../figures.ts';
import { compareLoad } from '../measure/compare-load.ts';
import { subscriptionUrl } from '../service.ts';

const part = 'trpc';
const startsARound = 50;

export async function callingProcedures(bench: Bench): Promise<PartResult> {
  const { url } = bench.stack;
  const { token } = await bench.reader(137);
  const headers = { authorization: `Bearer ${token}` };
  const rest = { url: `${url}/api/v1/user/sync/status`, headers, status: 200 };
  const query = await compareLoad(bench, {
    id: 'trpc.query',
    part,
    title: 'tRPC query of the status',
    ours: { url: `${url}/api/trpc/sync.status`, headers, status: 200 },
    floor: { name: 'REST', pid: bench.webPid(), ...rest },
    goals: { requests: { ratio: 1 / 1.3 }, p50: { ratio: 1.3 } },
  });
  return { figures: [...query, ...(await subscriptionStarts(bench, headers))] };
}

/** Each on a connection of its own, as is the REST call that it is compared with. */
async function subscriptionStarts(bench: Bench, headers: Record<string, string>): Promise<Figure[]> {
  say('starts of a subscription');
  const { url } = bench.stack;
  const each = { headers, status: 200, connections: 1, requests: startsARound, firstChunkOnly: true };
  const rest: Float64Array[] = [];
  const trpc: Float64Array[] = [];
  for (let round = 0; round <= bench.rounds; round += 1) {
    const answered = await bench.generator.run({ ...each, url: `${url}/api/v1/user/sync/status` });
    const started = await bench.generator.run({ ...each, url: subscriptionUrl(url) });
    if (round === 0) continue; // warm-up
    rest.push(answered.latencies);
    trpc.push(started.latencies);
  }
  const figure = (id: string, of: (latencies: Float64Array) => number, goal?: Figure['goal']): Figure => ({
    id: `trpc.subscription.${id}`,
    part,
    title: `tRPC subscription, start to first snapshot: ${id}`,
    unit: 'ms',
    better: 'lower',
    ours: trpc.map(of),
    floor: { name: 'REST', values: rest.map(of) },
    goal,
  });
  return [figure('p50', median, { ratio: 1.3 }), figure('p99', (latencies) => percentile(latencies, 0.99))];
}
