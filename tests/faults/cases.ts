/** The vocabulary of the suite: what a case is, and what came of it. */
import type { TestContext } from './context/test-context.ts';

/** Where in a sync a fault strikes. `storing` is the middle of the transaction that writes the bookings. */
export const moments = ['sign-in', 'reading', 'storing'] as const;
export type Moment = (typeof moments)[number];

export interface Outcome {
  moment: Moment;
  /** What does not hold, in words; empty where everything does. */
  problems: string[];
  /** Set where this machine cannot break things in that way. */
  skipped?: string;
}

export interface FaultCase {
  /** Unique, as `worker-killed`. */
  id: string;
  /** What breaks, and how it comes back. */
  breaks: string;
  /** What must hold afterwards, beyond what holds after every case. */
  holds: string;
  /** Part of the short form, which `npm test` runs. */
  short?: boolean;
  run(context: TestContext): Promise<Outcome[]>;
}

/** The same outcome for all moments. */
export function everywhere(problems: string[]): Outcome[] {
  return moments.map((moment) => ({ moment, problems }));
}

export function skipped(reason: string): Outcome[] {
  return moments.map((moment) => ({ moment, problems: [], skipped: reason }));
}
