import { everywhere, type FaultCase, type Outcome } from './cases.ts';
import { waitUntilStable } from './context/wait-until-stable.ts';
import type { TestContext } from './context/test-context.ts';

/** Runs a case and tidies up after it. What is left over counts against every moment of the case. */
export async function runCase(context: TestContext, faultCase: FaultCase): Promise<Outcome[]> {
  const outcomes = await faultCase
    .run(context)
    .catch((error: unknown) => everywhere([textOf(error)], faultCase.moments));
  const leftOver = await waitUntilStable(context).catch((error: unknown) => [textOf(error)]);
  return outcomes.map((outcome) => ({ ...outcome, problems: [...outcome.problems, ...leftOver] }));
}

function textOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message} (${cause.message})` : message;
}
