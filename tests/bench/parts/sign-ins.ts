/** 50 people who sign in at once, and what everybody else notices of it. */
import { hash, verify } from '@node-rs/argon2';
import { say } from '../bench.ts';
import type { Bench } from '../bench.ts';
import { percentile } from '../figures.ts';
import type { PartResult } from '../figures.ts';
import { heldUp } from '../measure/held-up.ts';
import { accountPassword } from '../service.ts';

const part = 'sign-ins';
const atOnce = 50;

export async function signingIn(bench: Bench): Promise<PartResult> {
  const dancer = await bench.reader(137);
  const stored = await hash(accountPassword);
  const all: number[] = [];
  const floor: number[] = [];
  const slowest: number[] = [];
  const longer: number[] = [];
  say(`${atOnce} sign-ins at once`);
  for (let round = 0; round < bench.rounds; round += 1) {
    const began = performance.now();
    await Promise.all(Array.from({ length: atOnce }, () => verify(stored, accountPassword)));
    floor.push(performance.now() - began);
    const held = await heldUp(bench, dancer, async () => {
      const { seconds, latencies } = await bench.generator.run(signIns(bench, dancer.username));
      all.push(seconds * 1_000);
      slowest.push(percentile(latencies, 0.99));
    });
    longer.push(held.longerMs);
  }
  const common = { part, unit: 'ms', better: 'lower' } as const;
  const hashes = { name: `${atOnce} argon2id hashes, nothing else`, values: floor };
  return {
    figures: [
      { ...common, id: 'sign-in.all', title: `${atOnce} sign-ins at once, until the last`, ours: all, floor: hashes },
      { ...common, id: 'sign-in.p99', title: `${atOnce} sign-ins at once, p99 of one`, ours: slowest },
      {
        ...common,
        id: 'sign-in.others',
        title: 'Meanwhile: how much longer another request takes at most',
        ours: longer,
        goal: { value: 50 },
      },
    ],
  };
}

function signIns({ stack }: Bench, email: string) {
  return {
    url: `${stack.url}/api/v1/auth/token`,
    method: 'POST' as const,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password: accountPassword }),
    status: 200,
    connections: atOnce,
    requests: atOnce,
  };
}
