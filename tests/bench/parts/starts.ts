/** `npm start` for the second time: everything is built, the database and the keys are there. */
import { rm } from 'node:fs/promises';
import { launchStack, untilNoProcess } from '../../support/stack.ts';
import { benchEnv, say } from '../bench.ts';
import type { Settings } from '../bench.ts';
import type { PartResult } from '../figures.ts';

export async function starting({ rounds }: Settings): Promise<PartResult> {
  say('starts of the service');
  let env: Record<string, string> = benchEnv;
  const ours: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const began = performance.now();
    const run = await launchStack({ via: 'npm', env });
    await run.line(/^ready: /, 300_000);
    if (round > 0) ours.push(performance.now() - began); // the first one fills the data folder
    env = run.env;
    run.child.kill('SIGTERM');
    await run.ended;
    await untilNoProcess(run.dataDir, 10_000);
  }
  await rm(env.DATA_DIR!, { recursive: true, force: true });
  const title = 'npm start, the second time';
  return {
    figures: [{ id: 'start.second', part: 'starts', title, unit: 'ms', better: 'lower', ours, goal: { value: 4_000 } }],
  };
}
