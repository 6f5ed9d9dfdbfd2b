/** What operators do to many users at once: the users are fixed when it begins, and the outcome is written down one by one. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { BulkAction, BulkState } from '#domain/bulk.ts';
import type { PausedReason } from '#domain/sync-states.ts';
import { kysely, now, type Row } from '../kysely.ts';
import { isUuid } from '#domain/ids.ts';
import { storable } from '../text.ts';
import { operatedUsers, type UserFilter } from './operate.ts';

/**
 * Of `portal_accounts as a`: whether there is anything to do when the user's turn comes. A pause that ends when the person does
 * something at the portal is ended only where that failure is named: each try of a wrong password may lock the account, and a
 * resumed user is synced by and by.
 */
const applies = (action: BulkAction, { errorCode }: UserFilter): ReturnType<typeof sql<boolean>> => {
  const isPaused = sql`a.state = 'connected' and a.paused_reason`;
  const [own, repeated]: PausedReason[] = ['user', 'repeated_failure'];
  if (action === 'resume') return sql`${isPaused} in (${own}, ${repeated}, ${errorCode ?? repeated})`;
  if (action === 'retry') return sql`${isPaused} in (${repeated}, ${errorCode ?? repeated})`;
  return sql`${isPaused} is null`;
};

/** Those whom it would concern if their failure were named. */
const waitsForPerson = (action: BulkAction, filter: UserFilter) =>
  action === 'resume' || action === 'retry'
    ? sql<boolean>`coalesce(a.state = 'connected' and a.paused_reason <> 'user' and not (${applies(action, filter)}), false)`
    : sql<boolean>`false`;

/** The users an operation begins with: those who paused syncing themselves are left alone. */
const concerns = (action: BulkAction, filter: UserFilter) =>
  action === 'resume'
    ? sql<boolean>`${applies(action, filter)} and a.paused_reason <> 'user'`
    : applies(action, filter);

/**
 * Users who are not paused yet may be once a running sync has ended, and resuming one in vain costs nothing. A failure's pause is
 * not the operation's, nor is one that ends by itself, nor one after another.
 */
const isStillPausedBy = (bulkId: string) => sql<boolean>`a.state = 'connected' and (a.paused_reason is null
  or a.paused_reason = 'user' and a.paused_until is null
    and 1 >= (select count(*) from events e join bulk_operations o on o.id = ${bulkId}
      where e.user_id = a.user_id and e.type = 'sync.paused' and e.at >= o.created_at))`;

const chosen = (em: EntityManager, action: BulkAction, filter: UserFilter) =>
  operatedUsers(em, filter).where(concerns(action, filter));

export async function previewBulk(
  em: EntityManager,
  { action, query, limit }: { action: BulkAction; query: UserFilter; limit: number },
): Promise<{ total: number; leftOut: number; users: { id: string; email: string }[] }> {
  const users = await chosen(em, action, query).select(['u.id', 'u.email']).orderBy('u.id').limit(limit).execute();
  const { total } = await chosen(em, action, query)
    .select(({ fn }) => fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  const { leftOut } = await operatedUsers(em, query)
    .where(waitsForPerson(action, query))
    .select(({ fn }) => fn.countAll<number>().as('leftOut'))
    .executeTakeFirstOrThrow();
  return { total, leftOut, users };
}

export type NewBulk = Pick<Row<'bulk_operations'>, 'action' | 'query' | 'ratePerMinute' | 'reason' | 'requestedBy'> & {
  id?: string;
};

export function insertBulk(em: EntityManager, bulk: NewBulk): Promise<BulkRow> {
  return insertWith(em, { ...bulk, undoOf: null }, (tx, id) =>
    kysely(tx)
      .insertInto('bulk_operation_users')
      .columns(['bulkId', 'userId'])
      .expression(
        chosen(tx, bulk.action, bulk.query).select([sql<string>`${id}::uuid`.as('bulkId'), 'u.id as userId']),
      ),
  );
}

/** Only about those to whom the operation was done. Null where it has already been taken back. */
export function insertUndo(em: EntityManager, bulk: NewBulk & { undoOf: string }): Promise<BulkRow | null> {
  return em.transactional(async (outer) => {
    await kysely(outer).selectFrom('bulk_operations').select('id').where('id', '=', bulk.undoOf).forUpdate().execute();
    if ((await readBulk(outer, bulk.undoOf))?.isUndone !== false) return null;
    return insertWith(outer, bulk, (tx, id) =>
      kysely(tx)
        .insertInto('bulk_operation_users')
        .columns(['bulkId', 'userId'])
        .expression((eb) =>
          eb
            .selectFrom('bulk_operation_users as b')
            .select([sql<string>`${id}::uuid`.as('bulkId'), 'b.userId'])
            .where('b.bulkId', '=', bulk.undoOf)
            .where('b.outcome', '=', 'done'),
        ),
    );
  });
}

function insertWith(
  em: EntityManager,
  { query, reason, ...bulk }: NewBulk & { undoOf: string | null },
  users: (tx: EntityManager, id: string) => { execute(): Promise<{ numInsertedOrUpdatedRows?: bigint }[]> },
): Promise<BulkRow> {
  return em.transactional(async (tx) => {
    const { id } = await kysely(tx)
      .insertInto('bulk_operations')
      .values({ ...bulk, query: JSON.stringify(query) as never, reason: reason && storable(reason), total: 0 })
      .returning('id')
      .executeTakeFirstOrThrow();
    const [inserted] = await users(tx, id).execute();
    const total = Number(inserted?.numInsertedOrUpdatedRows ?? 0n);
    await kysely(tx).updateTable('bulk_operations').set({ total }).where('id', '=', id).execute();
    return (await readBulk(tx, id))!;
  });
}

/** One that could not be started. */
export async function deleteBulk(em: EntityManager, id: string): Promise<void> {
  await kysely(em).deleteFrom('bulk_operations').where('id', '=', id).execute();
}

export interface BulkRow extends Row<'bulk_operations'> {
  done: number;
  skipped: number;
  /** Another one takes it back, or did. */
  isUndone: boolean;
}

const bulks = (em: EntityManager) =>
  kysely(em)
    .selectFrom('bulk_operations as o')
    .selectAll('o')
    .select((eb) => {
      const having = (outcome: 'done' | 'skipped') =>
        eb
          .selectFrom('bulk_operation_users as b')
          .select(({ fn }) => fn.countAll<number>().as('count'))
          .whereRef('b.bulkId', '=', 'o.id')
          .where('b.outcome', '=', outcome);
      const undo = eb
        .selectFrom('bulk_operations as undo')
        .select('undo.id')
        .whereRef('undo.undoOf', '=', 'o.id')
        .where('undo.state', '<>', 'canceled');
      return [having('done').as('done'), having('skipped').as('skipped'), eb.exists(undo).as('isUndone')];
    });

export async function readBulk(em: EntityManager, id: string): Promise<BulkRow | null> {
  if (!isUuid(id)) return null;
  return ((await bulks(em).where('o.id', '=', id).executeTakeFirst()) as BulkRow | undefined) ?? null;
}

/** Newest first. */
export async function listBulks(em: EntityManager, limit: number): Promise<BulkRow[]> {
  return (await bulks(em).orderBy('o.createdAt', 'desc').orderBy('o.id').limit(limit).execute()) as BulkRow[];
}

const syncing: ReadonlySet<BulkAction> = new Set(['sync', 'retry']);

/**
 * The next users of an operation that goes on: those to whom it applies are `started`, the others skipped. Those who were started
 * but not reached come last, and again; of a sync, those who have been synced since are `reached` already: the record was cut off.
 */
export async function takeBulkBatch(
  em: EntityManager,
  { id, limit }: { id: string; limit: number },
): Promise<{ action: BulkAction; userIds: string[]; reached: Set<string>; skipped: number } | null> {
  const operation = await kysely(em)
    .selectFrom('bulk_operations')
    .select(['action', 'query', 'state', 'undoOf', 'createdAt'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (operation?.state !== 'running') return null;
  const { action, query, undoOf, createdAt } = operation;
  const isSynced = syncing.has(action)
    ? sql<boolean>`exists (select from sync_jobs j where j.user_id = b.user_id and j.created_at >= ${createdAt}
        and not j.dry_run and not j.narrowed)`
    : sql<boolean>`false`;
  const isConcerned = action === 'resume' && undoOf !== null ? isStillPausedBy(undoOf) : applies(action, query);
  const { rows } = await sql<{ userId: string; outcome: 'started' | 'skipped'; reached: boolean }>`with turn as (
      select b.user_id, b.outcome is not null or coalesce(${isConcerned}, false) as applies,
        b.outcome is not null and ${isSynced} as reached
      from bulk_operation_users b left join portal_accounts a on a.user_id = b.user_id
      where b.bulk_id = ${id} and (b.outcome is null or b.outcome = 'started')
      order by b.at nulls first, b.user_id limit ${limit} for update of b
    )
    update bulk_operation_users b set outcome = case when turn.applies then 'started' else 'skipped' end, at = now()
    from turn where b.bulk_id = ${id} and b.user_id = turn.user_id
    returning b.user_id as "userId", b.outcome, turn.reached`.execute(kysely(em));
  const userIds = rows.filter(({ outcome }) => outcome === 'started').map(({ userId }) => userId);
  const reached = new Set(rows.filter((row) => row.reached).map(({ userId }) => userId));
  return { action, userIds, reached, skipped: rows.length - userIds.length };
}

/** A user who was started, and cannot be told. */
export async function recordBulkSkipped(
  em: EntityManager,
  { id, userId }: { id: string; userId: string },
): Promise<void> {
  await kysely(em)
    .updateTable('bulk_operation_users')
    .set({ outcome: 'skipped', at: now })
    .where('bulkId', '=', id)
    .where('userId', '=', userId)
    .where('outcome', '=', 'started')
    .execute();
}

/** What was asked has reached the user's workflow. Written into the audit log with it, once. */
export async function recordBulkDone(em: EntityManager, { id, userId }: { id: string; userId: string }): Promise<void> {
  await sql`with done as (
      update bulk_operation_users set outcome = 'done', at = now()
      where bulk_id = ${id} and user_id = ${userId} and outcome = 'started' returning user_id
    )
    insert into audit_entries (actor, actor_id, action, subject_id, reason, outcome, bulk)
    select 'operator', o.requested_by, 'bulk.' || o.action, done.user_id, o.reason, 'ok', jsonb_build_object('id', o.id)
    from done, bulk_operations o where o.id = ${id}`.execute(kysely(em));
}

export async function countBulkLeft(em: EntityManager, id: string): Promise<number> {
  const { count } = await kysely(em)
    .selectFrom('bulk_operation_users')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('bulkId', '=', id)
    .where((eb) => eb.or([eb('outcome', 'is', null), eb('outcome', '=', 'started')]))
    .executeTakeFirstOrThrow();
  return count;
}

export async function finishBulk(em: EntityManager, id: string, state: Exclude<BulkState, 'running'>): Promise<void> {
  await kysely(em)
    .updateTable('bulk_operations')
    .set({ state, finishedAt: now })
    .where('id', '=', id)
    .where('state', '=', 'running')
    .execute();
}
