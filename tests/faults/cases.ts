/** The vocabulary of the suite: what a case is, and what came of it. */
import type { TestContext } from './context/test-context.ts';

/** Where in a sync a fault strikes. `storing` is the middle of the transaction that writes the bookings. */
export const moments = ['sign-in', 'reading', 'storing'] as const;
export type Moment = (typeof moments)[number];

/** Which of the requests that tell of a sync is struck. A mail is one, so it is struck in all three. */
export const deliveryMoments = ['first', 'middle', 'last'] as const;
export type DeliveryMoment = (typeof deliveryMoments)[number];

/** Which backup is the older one: Temporal's, of which nothing may be left at all, or that of our database. */
export const backupAges = ['Temporal', 'lost', 'ours'] as const;
export type BackupAge = (typeof backupAges)[number];

type Moments = readonly (Moment | DeliveryMoment | BackupAge)[];

export interface Outcome {
  moment: Moments[number];
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
  /** Default: those of a sync. */
  moments?: Moments;
  /** Part of the short form, which `npm test` runs. */
  short?: boolean;
  run(context: TestContext): Promise<Outcome[]>;
}

/** The same outcome for all moments. */
export function everywhere(problems: string[], at: Moments = moments): Outcome[] {
  return at.map((moment) => ({ moment, problems }));
}

export function skipped(reason: string): Outcome[] {
  return moments.map((moment) => ({ moment, problems: [], skipped: reason }));
}
