import type { Bench } from '../bench.ts';
import { median } from '../figures.ts';
import type { Account } from '../service.ts';

const aloneRequests = 100;

/** How much longer a status, asked for one after the other, takes at most while `work` is under way than it does alone. */
export async function heldUp(
  { prober, stack }: Bench,
  { token }: Account,
  work: () => Promise<void>,
): Promise<{ longerMs: number; aloneMs: number }> {
  const url = `${stack.url}/api/v1/user/sync/status`;
  const asked = { url, headers: { authorization: `Bearer ${token}` }, status: 200, connections: 1 };
  const alone = median((await prober.run({ ...asked, requests: aloneRequests })).latencies);
  const probing = await prober.begin(asked);
  const from = Date.now();
  await work();
  const to = Date.now();
  const { latencies, sentAt } = await probing.stop();
  const during = latencies.filter((latency, index) => sentAt[index]! <= to && sentAt[index]! + latency >= from);
  return { longerMs: Math.max(0, Math.max(...during) - alone), aloneMs: alone };
}
