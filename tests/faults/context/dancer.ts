/** A user of the service with an account at the portal, and what is known to be true of both. */
import { randomUUID } from 'node:crypto';
import type { Rental } from '#tests/portal/types.ts';
import { formatWallClock, newYorkWallClock } from '#tests/portal/wall-clock.ts';
import { registerUser, type ApiUser, type JobAnswer } from '#tests/service/client.ts';
import { until } from '#tests/support/until.ts';
import type { TestContext } from './test-context.ts';

export interface Dancer extends ApiUser {
  username: string;
  /** The record ids that were stored when the dancer was last at rest. */
  stored: Set<string>;
  /** Changes of bookings that must be in the history by now, by kind. */
  changes: Record<string, number>;
  /** Jobs that must be in the history by now. */
  jobs: number;
  /** How often the list was changed. */
  turns: number;
  /** Sign-ins that the portal was told to refuse. */
  refused: number;
}

export const portalPassword = 'grand-battement';

const dayMs = 24 * 60 * 60_000;

/** With the edges below: two batches, the second one full. */
const usualRentals = 96;

/** Rentals at the edges of both changes of the clock; every case reads them by value. */
const edges: Partial<Rental>[] = [
  { start: '3/9/2025 1:30 AM', end: '3/9/2025 3:30 AM' }, // one hour long: the clock skips 2 AM
  { start: '11/2/2025 12:30 AM', end: '11/2/2025 1:30 AM' }, // ends in the first of the two hours
  { start: '11/2/2025 1:30 AM', end: '11/2/2025 3:00 AM' },
  { start: '11/2/2025 11:00 PM', end: '11/3/2025 12:30 AM' },
];

/** A new user whose first sync is done. Works with fewer rentals, but then there is no second batch to be held at. */
export async function settledDancer(context: TestContext, rentals = usualRentals): Promise<Dancer> {
  const dancer = await newDancer(context, rentals);
  await dancer.connect(dancer.username, portalPassword);
  await untilOver(context, dancer, 1);
  noteRest(context, dancer);
  dancer.changes.added = dancer.stored.size;
  return dancer;
}

/** A new user who is not connected yet. */
export async function newDancer({ url, portal: { control } }: TestContext, rentals = usualRentals): Promise<Dancer> {
  const username = `dancer-${randomUUID()}@portal.example`;
  control.addUser({ username, password: portalPassword, rentals });
  for (const edge of edges) control.addRental(username, edge);
  const api = await registerUser(url);
  return { ...api, username, stored: new Set(), changes: {}, jobs: 1, turns: 0, refused: 0 };
}

/** Waits until the newest of `jobs` jobs is over, as the database says. */
export async function untilOver({ db }: TestContext, { id }: Dancer, jobs: number): Promise<JobRow> {
  return until(
    `the end of sync ${jobs} of ${id}`,
    async () => {
      const found = await jobsOf({ db }, id);
      return (
        found.length >= jobs && found.every(({ status }) => ['completed', 'failed'].includes(status)) && found.at(-1)
      );
    },
    400_000,
  );
}

export interface JobRow {
  id: string;
  status: JobAnswer['status'];
  errorCode: string | null;
  partial: boolean;
  attempt: number;
  createdAt: Date;
  startedAt: Date | null;
  completedAt: Date | null;
}

/** All jobs of a user, oldest first. */
export function jobsOf({ db }: Pick<TestContext, 'db'>, userId: string): Promise<JobRow[]> {
  return db.rows<JobRow>(
    `select id, status, error_code as "errorCode", partial, attempt, created_at as "createdAt",
       started_at as "startedAt", completed_at as "completedAt"
     from sync_jobs where user_id = $1 order by created_at`,
    [userId],
  );
}

/** What the portal shows now is what is stored. */
export function noteRest({ portal: { control } }: TestContext, dancer: Dancer): void {
  dancer.stored = new Set(control.rentals(dancer.username).map(({ recordId }) => recordId));
}

/**
 * Changes the list at the portal in every way: two new, two gone, one moved, one with another price and status. All of
 * them are past ones, so that it can be done again and again.
 */
export function changeList({ portal: { control } }: TestContext, dancer: Dancer): void {
  const { username, changes } = dancer;
  const turn = ++dancer.turns;
  const past = control.rentals(username).filter(({ start }) => Date.parse(start) < Date.now() - 2 * dayMs);
  const [first, second, third, , fifth] = past;
  control.vanish(username, first!.recordId);
  control.vanish(username, second!.recordId);
  const day = newYorkWallClock(new Date(Date.UTC(2025, 5, 1, 12) + turn * dayMs));
  const at = (hour: number) => formatWallClock({ ...day, hour });
  control.updateRental(username, third!.recordId, { start: at(19), end: at(21) });
  control.updateRental(username, fifth!.recordId, { price: `$1,${200 + turn}.50`, status: `On Hold ${turn}` });
  control.addRental(username, { start: at(9), end: at(10) });
  control.addRental(username, { start: at(14), end: at(15) });
  const more = { added: 2, removed: 2, moved: 1, price: 1, status: 1 };
  for (const [kind, count] of Object.entries(more)) changes[kind] = (changes[kind] ?? 0) + count;
}

/** The rentals at the portal with the portal's session ended, so that the next sync begins with a sign-in. */
export function signOut({ portal: { control } }: TestContext, { username }: Dancer): void {
  control.endSessions(username);
}
