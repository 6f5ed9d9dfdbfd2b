/** What operators see of 10,000 users: right, and page by page from an index. */
import { beforeAll, describe, expect, it } from 'vitest';
import { countUsers, listUsers, readOperatedUser, type UserFilter } from '#db/queries/operate.ts';
import { closeSyncJob } from '#db/queries/close-sync-job.ts';
import { affected, rows, sql } from '../support/sql.ts';
import { beginJob, closing, defaults, makeConnectedUser, useDatabase } from './fixtures.ts';

const { em } = useDatabase();
const many = 10_000;
const holding = (items: unknown[]) => expect.arrayContaining(items) as unknown[];

const makeUsers = () =>
  affected(em(), sql`insert into users (email) select 'd' || n || '@example.test' from generate_series(1, ${many}) n`);

/** Of each ten: one without an account, two paused, three that fail, one of them paused, one that syncs now. */
beforeAll(async () => {
  await makeUsers();
  expect(await countUsers(em())).toMatchObject({ total: many, states: [{ state: 'not_connected', count: many }] });
  await affected(
    em(),
    sql`insert into portal_accounts (user_id, username, state, paused_reason, last_error_code)
      select id, 'd', 'connected', case n % 10 when 1 then 'user' when 2 then 'invalid_credentials' end,
        case n % 10 when 2 then 'invalid_credentials' when 3 then 'timed_out' when 4 then 'timed_out' end
      from (select id, row_number() over (order by email) as n from users) u where n % 10 > 0`,
  );
  await affected(
    em(),
    sql`insert into sync_jobs (id, user_id, status) select gen_random_uuid(), id, 'running'
      from (select id, row_number() over (order by email) as n from users) u where n % 10 = 5`,
  );
  await affected(em(), sql`analyze`);
});

async function allOf(filter: UserFilter): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await listUsers(em(), { ...filter, limit: 100, cursor });
    ids.push(...page.users.map(({ id }) => id));
    cursor = page.nextCursor;
  } while (cursor !== null);
  return ids;
}

describe('10,000 users', () => {
  it('are counted by state, pause and failure', async () => {
    expect(await countUsers(em())).toEqual({
      total: many,
      states: holding([
        { state: 'sleeping', count: 6_000 },
        { state: 'paused', count: 2_000 },
        { state: 'running', count: 1_000 },
        { state: 'not_connected', count: 1_000 },
      ]),
      pausedReasons: holding([
        { reason: 'user', count: 1_000 },
        { reason: 'invalid_credentials', count: 1_000 },
      ]),
      errorCodes: [
        { errorCode: 'timed_out', count: 2_000 },
        { errorCode: 'invalid_credentials', count: 1_000 },
      ],
    });
  });

  it.each([
    [{ state: 'paused' }, 2_000],
    [{ state: 'running' }, 1_000],
    [{ state: 'not_connected' }, 1_000],
    [{ errorCode: 'timed_out' }, 2_000],
    [{ state: 'paused', errorCode: 'invalid_credentials' }, 1_000],
    [{ state: 'sleeping', errorCode: 'invalid_credentials' }, 0],
    [{ email: 'd77@example.test' }, 1],
  ] as [UserFilter, number][])('are listed by %j, each once', async (filter, count) => {
    const ids = await allOf(filter);
    expect(ids).toHaveLength(count);
    expect(new Set(ids).size).toBe(count);
  });

  it('are looked up from an index, a page at a time', async () => {
    const explain = async (filter: string) => {
      const plan = await rows<{ 'QUERY PLAN': string }>(
        em(),
        sql.raw(
          `explain select u.id from users u left join portal_accounts a on a.user_id = u.id
            left join sync_jobs j on j.user_id = u.id and j.status in ('pending', 'running') where ${filter} order by u.id limit 51`,
        ),
      );
      return plan.map((row) => row['QUERY PLAN']).join('\n');
    };
    const after = `u.id > '80000000-0000-4000-8000-000000000000' and a.user_id > '80000000-0000-4000-8000-000000000000'`;
    expect(await explain(`a.last_error_code = 'timed_out' and ${after}`)).not.toContain('Seq Scan on portal_accounts');
    expect(
      await explain(`a.paused_reason is not null and a.state = 'connected' and j.id is null and ${after}`),
    ).not.toContain('Seq Scan on portal_accounts');
  });
});

it('a sync that ends leaves what it failed as, and one that completes takes it back', async () => {
  const userId = await makeConnectedUser(em());
  const end = async (values: Parameters<typeof closing>[1]) => {
    const jobId = await beginJob(em(), userId);
    expect((await readOperatedUser(em(), userId))?.state).toBe('running');
    await closeSyncJob(em(), closing({ userId, jobId }, values), defaults);
    return readOperatedUser(em(), userId);
  };
  expect(await end({ status: 'failed', errorCode: 'portal_changed', bookingsSynced: null })).toMatchObject({
    state: 'sleeping',
    errorCode: 'portal_changed',
    consecutiveFailures: 1,
  });
  expect(await end({ status: 'failed', errorCode: 'invalid_credentials', bookingsSynced: null })).toMatchObject({
    state: 'paused',
    pausedReason: 'invalid_credentials',
  });
});
