/** What must hold for a user at rest, whatever happened before: each function says what does not, in words. */
import type { JobRow, Dancer } from './dancer.ts';
import { jobsOf } from './dancer.ts';
import { until } from '#tests/support/until.ts';
import type { TestContext } from './test-context.ts';

const intervalMs = 120 * 60_000;
const jitter = 0.1;

/** A booking in the words of the portal's page, so that the conversions of the service are not trusted here. */
interface Line extends Record<string, string> {
  recordId: string;
}

const fields = ['name', 'start', 'end', 'studio', 'location', 'price', 'status'] as const;

export function aliveBookings({ db }: TestContext, userId: string): Promise<Line[]> {
  const wall = (column: string) => `to_char(${column} at time zone 'America/New_York', 'FMMM/FMDD/YYYY FMHH12:MI AM')`;
  return db.rows<Line>(
    `select id, to_char(starts_at at time zone 'America/New_York', 'YYYYMMDD"T"HH24MISS') as "icalStart",
       to_char(starts_at at time zone 'UTC', 'YYYYMMDD"T"HH24MISS"Z"') as "icalUtc",
       to_char(ends_at at time zone 'America/New_York', 'YYYYMMDD"T"HH24MISS') as "icalEnd",
       to_char(ends_at at time zone 'UTC', 'YYYYMMDD"T"HH24MISS"Z"') as "icalEndUtc",
       record_id as "recordId", name, ${wall('starts_at')} as start, ${wall('ends_at')} as end, studio, location,
       to_char(price_cents / 100.0, 'FM$999,999,990.00') as price, status
     from bookings where user_id = $1 and removed_at is null`,
    [userId],
  );
}

/** The stored bookings that are alive are those on the portal, value by value. */
export async function bookingProblems(context: TestContext, { id, username }: Dancer): Promise<string[]> {
  const listed = new Map(context.portal.control.rentals(username).map((rental) => [rental.recordId, rental]));
  const stored = new Map((await aliveBookings(context, id)).map((line) => [line.recordId, line]));
  const problems: string[] = [];
  for (const recordId of listed.keys())
    if (!stored.has(recordId)) problems.push(`${recordId} is on the portal and not stored`);
  for (const [recordId, line] of stored) {
    const rental = listed.get(recordId);
    if (!rental) problems.push(`${recordId} is stored and not on the portal`);
    for (const field of rental ? fields : []) {
      if (line[field] !== rental![field])
        problems.push(`${recordId} has ${field} ${line[field]}, not ${rental![field]}`);
    }
  }
  return summed(problems);
}

/** No booking that is on the portal has been lost; for a dancer whose list could not be read. */
export async function keptProblems(context: TestContext, { id, username, stored }: Dancer): Promise<string[]> {
  const alive = new Set((await aliveBookings(context, id)).map(({ recordId }) => recordId));
  const listed = new Set(context.portal.control.rentals(username).map(({ recordId }) => recordId));
  const lost = [...stored].filter((recordId) => !alive.has(recordId) && listed.has(recordId));
  const invented = [...alive].filter((recordId) => !stored.has(recordId) && !listed.has(recordId));
  return summed([...lost.map((each) => `${each} was lost`), ...invented.map((each) => `${each} was invented`)]);
}

/** Each change is told once. */
export async function changeProblems({ db }: TestContext, { id, changes }: Dancer): Promise<string[]> {
  const told = await db.rows<{ kind: string; count: number }>(
    'select kind, count(*)::int as count from booking_changes where user_id = $1 group by kind',
    [id],
  );
  const found = Object.fromEntries(told.map(({ kind, count }) => [kind, count]));
  const kinds = new Set([...Object.keys(found), ...Object.keys(changes)]);
  return [...kinds]
    .filter((kind) => (found[kind] ?? 0) !== (changes[kind] ?? 0))
    .map((kind) => `${found[kind] ?? 0} changes of kind ${kind} are told, not ${changes[kind] ?? 0}`);
}

/** All jobs are over, in order, one at a time, and there are as many as were asked for. */
export async function jobProblems(context: TestContext, { id, jobs: wanted }: Dancer): Promise<string[]> {
  const jobs = await jobsOf(context, id);
  const problems = jobs.length === wanted ? [] : [`the history has ${jobs.length} jobs, not ${wanted}`];
  jobs.forEach((job, index) => problems.push(...orderProblems(job, jobs[index - 1])));
  return problems;
}

export function orderProblems({ status, startedAt, completedAt, id }: JobRow, before: JobRow | undefined): string[] {
  if (completedAt === null || !['completed', 'failed'].includes(status)) return [`job ${id} is still ${status}`];
  const problems: string[] = [];
  if (status === 'completed' && startedAt === null) problems.push(`job ${id} completed without a start`);
  if (startedAt && startedAt > completedAt) problems.push(`job ${id} ended before it started`);
  if (before && startedAt && before.completedAt && startedAt < before.completedAt)
    problems.push(`job ${id} overlaps the one before`);
  return problems;
}

/** The next sync is an interval after the last, and database, workflow and API say the same. */
export async function scheduleProblems(context: TestContext, dancer: Dancer): Promise<string[]> {
  const last = (await jobsOf(context, dancer.id)).at(-1);
  const [account] = await context.db.rows<{ nextSyncAt: Date | null }>(
    'select next_sync_at as "nextSyncAt" from portal_accounts where user_id = $1',
    [dancer.id],
  );
  const stored = account?.nextSyncAt ?? null;
  if (!last?.completedAt || !stored) return ['no next sync is set'];
  const problems: string[] = [];
  const waitMs = stored.getTime() - last.completedAt.getTime();
  if (Math.abs(waitMs / intervalMs - 1) > jitter + 0.001)
    problems.push(`the next sync is ${Math.round(waitMs / 60_000)} minutes after the last`);
  // The workflow learns of it a moment after the database.
  const said = async () => (await context.syncs.readStatus(dancer.id))?.nextSyncAt;
  const isKnown = until('the schedule in the workflow', async () => (await said()) === stored.toISOString(), 15_000);
  await isKnown.catch(async () =>
    problems.push(`the workflow says ${await said()} for the next sync, the database ${stored.toISOString()}`),
  );
  const api = await dancer.status();
  if (api.next_sync_at !== stored.toISOString() || api.job?.id !== last.id || !api.live)
    problems.push(`the API says ${JSON.stringify(api)}`);
  return problems;
}

/** One visit at a time, every tab closed at the end, and no wrong password ever sent. */
export function portalProblems(
  { portal: { control } }: TestContext,
  { username, refused }: Pick<Dancer, 'username' | 'refused'>,
): string[] {
  const { pagesMax, pagesNow, badLogins } = control.counters(username);
  const problems: string[] = [];
  if (pagesMax > 1) problems.push(`${pagesMax} visits of the portal at once`);
  if (pagesNow > 0) problems.push(`${pagesNow} tabs are still open`);
  if (badLogins > refused) problems.push(`${badLogins} refused sign-ins, where ${refused} are expected`);
  return problems;
}

/** Everything at once, for a dancer whose last sync read the whole list. */
export async function restProblems(context: TestContext, dancer: Dancer): Promise<string[]> {
  const parts = [bookingProblems, changeProblems, jobProblems, scheduleProblems];
  const found = await Promise.all(parts.map((part) => part(context, dancer)));
  return [...found.flat(), ...portalProblems(context, dancer)];
}

/** Many of a sort say no more than a few. */
export function summed(problems: string[]): string[] {
  return problems.length > 3 ? [...problems.slice(0, 3), `… and ${problems.length - 3} more`] : problems;
}
