/** What PostgreSQL says of a herd that is over: who was forgotten, who was synced twice, what failed. */
import { rows, sql } from '../../support/sql.ts';
import { holds, type Check } from '../figures.ts';
import type { Person } from '../population.ts';
import type { World } from '../world.ts';

interface JobRow {
  userId: string;
  id: string;
  status: string;
  errorCode: string | null;
  attempt: number;
  manual: boolean;
  /** Epoch ms. */
  createdAt: number;
  completedAt: number | null;
}

export const jobsSince = ({ em }: World, since: Date): Promise<JobRow[]> =>
  rows<JobRow>(
    em(),
    sql`select user_id as "userId", id, status, error_code as "errorCode", attempt, triggered_manually as manual,
          extract(epoch from created_at)::float8 * 1000 as "createdAt", extract(epoch from completed_at)::float8 * 1000 as "completedAt"
        from sync_jobs where created_at >= ${since}`,
  );

const some = (what: string, found: unknown[]) => (found.length === 0 ? [] : [`${found.length} ${what}`]);

/** `herd` was due, and `clicked` are those of the others who asked for a sync. */
export function judge(jobs: JobRow[], herd: Person[], clicked: string[]): Check[] {
  const jobsOf = Map.groupBy(jobs, ({ userId }) => userId);
  const expected = [...herd.map(({ id }) => id), ...clicked];
  const completed = (userId: string) => jobsOf.get(userId)?.some(({ status }) => status === 'completed') ?? false;
  const twice = [...jobsOf].filter(([, own]) => own.length > 1);
  const failed = Map.groupBy(
    jobs.filter(({ status }) => status === 'failed'),
    ({ errorCode }) => errorCode,
  );
  const strangers = [...jobsOf.keys()].filter((userId) => !new Set(expected).has(userId));
  return [
    holds(
      'no timer lost: everybody was synced',
      some(
        'were not',
        expected.filter((userId) => !completed(userId)),
      ),
    ),
    holds('nobody was synced twice', some('were', twice)),
    holds('nobody was synced who was not due and did not ask', some('were', strangers)),
    holds(
      'no sync failed',
      [...failed].map(([code, own]) => `${own.length} ${code}`),
    ),
  ];
}

export interface NextSyncs {
  spreadMs: number;
  /** Of the herd, in the minute in which most are due. */
  busiestShare: number;
  failing: number;
}

export async function nextSyncs({ em }: World, people: Person[]): Promise<NextSyncs> {
  const ids = people.map(({ id }) => id);
  const next = await rows<{ at: number; failures: number }>(
    em(),
    sql`select extract(epoch from next_sync_at)::float8 * 1000 as at, consecutive_failures as failures
        from portal_accounts where user_id = any(${ids}::uuid[])`,
  );
  const times = next.map(({ at }) => at);
  const minutes = [...Map.groupBy(times, (at) => Math.floor(at / 60_000)).values()].map(({ length }) => length);
  const most = (values: number[], of: (a: number, b: number) => number) => values.reduce((a, b) => of(a, b));
  return {
    spreadMs: most(times, Math.max) - most(times, Math.min),
    busiestShare: most(minutes, Math.max) / times.length,
    failing: next.filter(({ failures }) => failures > 0).length,
  };
}
