/**
 * The phases of one sync, in order, and the text that people see for each. Pure data: the workflow, the worker and the
 * web all derive what they show from here, so a phase reads the same in the Temporal UI, the REST API and the page.
 */
export const phases = [
  'initializing',
  'connecting',
  'signing_in',
  'reading',
  'processing',
  'completed',
  'failed',
] as const;

export type Phase = (typeof phases)[number];

/** How far a sync is. `done` and `total` count rentals; `total` is null while the portal has not said how many there are. */
export interface Counts {
  done: number;
  total: number | null;
  /** Nothing is stored. */
  dryRun?: boolean | undefined;
}

/** The sentence for a phase. `failure` is used for `failed` only. */
export function phaseText(phase: Phase, { done, total, dryRun }: Counts, failure = 'The sync failed.'): string {
  switch (phase) {
    case 'initializing':
      return 'Initializing sync...';
    case 'connecting':
      return 'Connecting to Gibney...';
    case 'signing_in':
      return 'Logging into Gibney...';
    case 'reading':
      return done > 0 ? `Reading rentals... (${done} so far)` : 'Reading rentals...';
    case 'processing':
      return `Processing ${bookings(total ?? done)}...`;
    case 'completed':
      return dryRun ? 'Dry run finished; nothing was stored' : `Successfully synced ${synced(done, total)}`;
    case 'failed':
      return failure;
  }
}

/** `38 of 40`; a single number where both are the same. */
export function ofAll(done: number, total: number | null | undefined): string {
  return total && done < total ? `${done} of ${total}` : `${done}`;
}

function synced(done: number, total: number | null): string {
  const missing = (total ?? done) - done;
  return missing > 0 ? `${ofAll(done, total)} bookings; ${missing} could not be read` : bookings(done);
}

function bookings(count: number): string {
  return count === 1 ? '1 booking' : `${count} bookings`;
}
