/** All users, as operators see them: where their syncs stand, in pages by key, and how many stand where. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { FailureKind } from '#domain/failure-kinds.ts';
import type { PausedReason, SyncState } from '#domain/sync-states.ts';
import { BadCursorError, decodeTextCursor, encodeTextCursor, page } from '../cursor.ts';
import { given, kysely, type Row } from '../kysely.ts';
import { isUuid } from '#domain/ids.ts';

export interface UserFilter {
  state?: SyncState | undefined;
  errorCode?: FailureKind | undefined;
  email?: string | undefined;
}

export interface OperatedUser extends Pick<Row<'users'>, 'id' | 'email' | 'createdAt'> {
  state: SyncState;
  pausedReason: PausedReason | null;
  /** Of the last sync that ended. */
  errorCode: FailureKind | null;
  consecutiveFailures: number;
  lastSyncAt: Date | null;
  nextSyncAt: Date | null;
}

/** Written out, so that the planner knows their index. */
const activeJob = sql<boolean>`j.status in ('pending', 'running')`;

const usersOf = (em: EntityManager) =>
  kysely(em)
    .selectFrom('users as u')
    .leftJoin('portal_accounts as a', 'a.userId', 'u.id')
    .leftJoin('sync_jobs as j', (join) => join.onRef('j.userId', '=', 'u.id').on(activeJob));

/** The same order as in the workflow's own answer. */
const state = sql<SyncState>`case when j.id is not null then j.status
  when a.state is distinct from 'connected' then 'not_connected'
  when a.paused_reason is not null then 'paused' else 'sleeping' end`;

/** Not by the join: the planner assumes that everybody has a job, of whatever status, and reads all users for a page. */
const isIdle = sql`u.id not in (select j.user_id from sync_jobs j where ${activeJob})`;

const isIn: Record<SyncState, ReturnType<typeof sql<boolean>>> = {
  pending: sql`j.status = 'pending'`,
  running: sql`j.status = 'running'`,
  not_connected: sql`${isIdle} and a.state is distinct from 'connected'`,
  paused: sql`${isIdle} and a.state = 'connected' and a.paused_reason is not null`,
  sleeping: sql`${isIdle} and a.state = 'connected' and a.paused_reason is null`,
};

const conditions = ({ state: wanted, errorCode, email }: UserFilter) =>
  given([
    wanted && isIn[wanted],
    errorCode && sql<boolean>`a.last_error_code = ${errorCode}`,
    email && sql<boolean>`u.email = ${email}`,
  ]);

/** Those that match, for whatever else is asked about them. */
export const operatedUsers = (em: EntityManager, filter: UserFilter) =>
  usersOf(em).where(({ and }) => and(conditions(filter)));

/** By id. Throws `BadCursorError`. */
export async function listUsers(
  em: EntityManager,
  { limit, cursor, ...filter }: UserFilter & { limit: number; cursor?: string | null | undefined },
): Promise<{ users: OperatedUser[]; nextCursor: string | null }> {
  const after = decodeTextCursor('users', cursor);
  if (after !== null && !isUuid(after)) throw new BadCursorError();
  const isOfAccounts = filter.errorCode !== undefined || filter.state === 'paused' || filter.state === 'sleeping';
  const found = await usersOf(em)
    .select(['u.id', 'u.email', 'u.createdAt', 'a.pausedReason', 'a.lastErrorCode as errorCode'])
    .select(['a.lastSyncAt', 'a.nextSyncAt', state.as('state')])
    .select(({ fn, lit }) => fn.coalesce('a.consecutiveFailures', lit(0)).as('consecutiveFailures'))
    .where(({ and }) => and([...conditions(filter), ...given([after !== null && sql<boolean>`u.id > ${after}`])]))
    // Its own index then leads to the page.
    .where(({ and }) => and(given([after !== null && isOfAccounts && sql<boolean>`a.user_id > ${after}`])))
    .orderBy('u.id')
    .limit(limit + 1)
    .execute();
  const { items, nextCursor } = page(found, limit, ({ id }) => encodeTextCursor('users', id));
  return { users: items, nextCursor };
}

/** Null where there is no such user. */
export async function readOperatedUser(em: EntityManager, userId: string): Promise<OperatedUser | null> {
  if (!isUuid(userId)) return null;
  const user = await usersOf(em)
    .select(['u.id', 'u.email', 'u.createdAt', 'a.pausedReason', 'a.lastErrorCode as errorCode'])
    .select(['a.lastSyncAt', 'a.nextSyncAt', state.as('state')])
    .select(({ fn, lit }) => fn.coalesce('a.consecutiveFailures', lit(0)).as('consecutiveFailures'))
    .where('u.id', '=', userId)
    .executeTakeFirst();
  return user ?? null;
}

export interface UserCounts {
  total: number;
  states: { state: SyncState; count: number }[];
  pausedReasons: { reason: PausedReason; count: number }[];
  errorCodes: { errorCode: FailureKind; count: number }[];
}

interface Standing {
  state: SyncState;
  reason: PausedReason | null;
  errorCode: FailureKind | null;
  count: number;
}

/** Reads the indexes alone: accounts by how they stand, the few jobs that are active, and how many users there are. */
export async function countUsers(em: EntityManager): Promise<UserCounts> {
  const { rows } = await sql<Standing>`with active as materialized (
      select j.user_id, j.status from sync_jobs j where ${activeJob}
    ), accounts as (
      select case when a.state <> 'connected' then 'not_connected' when a.paused_reason is not null then 'paused'
          else 'sleeping' end as state, a.paused_reason, a.last_error_code, count(*) as count
      from portal_accounts a group by 1, 2, 3
    ), corrected as (
      select state, paused_reason, last_error_code, count from accounts
      union all select active.status, null, null, 1 from active
      union all select case when a.state is distinct from 'connected' then 'not_connected'
          when a.paused_reason is not null then 'paused' else 'sleeping' end, a.paused_reason, null, -1
        from active left join portal_accounts a on a.user_id = active.user_id
      union all select 'not_connected', null, null, (select count(*) from users) - coalesce((select sum(count) from accounts), 0)
    )
    select state, case when state = 'paused' then paused_reason end as reason, last_error_code as "errorCode",
      coalesce(sum(count), 0)::int8 as count
    from corrected group by 1, 2, 3`.execute(kysely(em));
  const sumBy = <Key extends string>(keyOf: (row: Standing) => Key | null) => {
    const sums = new Map<Key, number>();
    for (const row of rows) {
      const key = keyOf(row);
      if (key !== null) sums.set(key, (sums.get(key) ?? 0) + row.count);
    }
    return [...sums].filter(([, count]) => count > 0).sort(([, one], [, other]) => other - one);
  };
  return {
    total: rows.reduce((sum, { count }) => sum + count, 0),
    states: sumBy((row) => row.state).map(([state, count]) => ({ state, count })),
    pausedReasons: sumBy(({ reason }) => reason).map(([reason, count]) => ({ reason, count })),
    errorCodes: sumBy(({ errorCode }) => errorCode).map(([errorCode, count]) => ({ errorCode, count })),
  };
}

/** Where a user is no longer reached: a webhook, or a calendar. */
export interface DeliveryTrouble {
  id: string;
  channel: Row<'delivery_targets'>['channel'];
  failures: number;
  failingSince: Date | null;
  /** Why nothing is sent there any more. */
  disabledReason: string | null;
  lastError: string | null;
}

/** Without addresses, which may be secrets. */
export async function listDeliveryTrouble(em: EntityManager, userId: string): Promise<DeliveryTrouble[]> {
  const { rows } = await sql<DeliveryTrouble>`select t.id, t.channel, t.failures, t.failing_since as "failingSince",
      t.disabled_reason as "disabledReason", (select d.attempts -> -1 ->> 'error' from deliveries d
        where d.user_id = t.user_id and d.target_id = t.id order by d.created_at desc limit 1) as "lastError"
    from delivery_targets t where t.user_id = ${userId} and (t.failures > 0 or t.disabled_reason in ('gone', 'failing'))
    union all
    select c.id, 'calendar', 0, c.failing_since, null, c.error from calendar_connections c
    where c.user_id = ${userId} and c.error is not null and c.removing_at is null
    limit 100`.execute(kysely(em));
  return rows;
}

/** The run of each of these jobs, and how many attempts it made. */
export async function listJobRuns(
  em: EntityManager,
  userId: string,
  jobIds: string[],
): Promise<Map<string, Pick<Row<'sync_jobs'>, 'workflowRunId' | 'attempt'>>> {
  if (jobIds.length === 0) return new Map();
  const runs = await kysely(em)
    .selectFrom('sync_jobs')
    .select(['id', 'workflowRunId', 'attempt'])
    .where('userId', '=', userId)
    .where('id', 'in', jobIds)
    .execute();
  return new Map(runs.map(({ id, ...run }) => [id, run]));
}
