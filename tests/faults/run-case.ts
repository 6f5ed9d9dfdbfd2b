import { everywhere, type FaultCase, type Verdict } from './cases.ts';
import { waitUntilStable } from './context/wait-until-stable.ts';
import type { TestContext } from './context/test-context.ts';

/** Runs a case and tidies up after it. What is left over counts against every moment of the case. */
export async function runCase(world: TestContext, faultCase: FaultCase): Promise<Verdict[]> {
  const verdicts = await faultCase.run(world).catch((error: unknown) => everywhere([textOf(error)]));
  const leftOver = await waitUntilStable(world).catch((error: unknown) => [textOf(error)]);
  return verdicts.map((verdict) => ({ ...verdict, problems: [...verdict.problems, ...leftOver] }));
}

function textOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message} (${cause.message})` : message;
}
