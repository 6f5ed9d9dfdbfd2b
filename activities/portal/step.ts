import { inSpan } from '#platform/tracing.ts';

/** A step of an attempt, as traces show it. */
export function step<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  return inSpan({ name: `portal: ${name}` }, work);
}
