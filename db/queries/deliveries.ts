/** Deliveries: what is due for a target, what came of it, and what people see of it. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { Attempt, DeliveryAfter, TargetState } from '#domain/deliveries.ts';
import { testEventType } from '#domain/events.ts';
import { decodeTimeCursor, encodeTimeCursor, page } from '../cursor.ts';
import { given, kysely, now, type Row } from '../kysely.ts';
import { isUuid, storableJson } from '../text.ts';

/** The attempts that a delivery keeps: two whole ladders. */
const keptAttempts = 20;

/** The same as a statement. */
export const waitingTargets = (userId: string) =>
  sql<{ id: string }>`select t.id from delivery_targets t where t.user_id = ${userId}
    and exists (select 1 from deliveries d where d.target_id = t.id and d.status = 'pending')`;

/** Targets of the user that have something to be told, now or later. */
export async function listWaitingTargets(em: EntityManager, userId: string): Promise<string[]> {
  const { rows } = await waitingTargets(userId).execute(kysely(em));
  return rows.map(({ id }) => id);
}

/** Targets of all users whose next delivery should have been tried by now. */
export async function listOverdueTargets(em: EntityManager, overdueMs: number, limit: number): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select t.id from delivery_targets t
    where (t.held_until is null or t.held_until < now() - ${overdueMs} * interval '1 ms') and exists (
      select 1 from deliveries d where d.target_id = t.id and d.status = 'pending'
        and (t.disabled_reason is null or d.lane like ${`${testEventType}:%`}) and d.next_at < now() - ${overdueMs} * interval '1 ms')
    limit ${limit}`.execute(kysely(em));
  return rows.map(({ id }) => id);
}

const targetColumns = [
  ...(['id', 'userId', 'channel', 'address', 'secretSealed', 'previousSecretSealed', 'previousUntil'] as const),
  ...(['disabledReason', 'failures', 'failingSince', 'heldUntil', 'warned'] as const),
];

/** All that a channel needs of its target, and how it stands. */
export type TargetRow = Pick<Row<'delivery_targets'>, (typeof targetColumns)[number]>;

export async function readTarget(em: EntityManager, id: string): Promise<TargetRow | null> {
  const row = kysely(em).selectFrom('delivery_targets').select(targetColumns).where('id', '=', id);
  return (await row.executeTakeFirst()) ?? null;
}

/** A delivery whose turn it is, with its event. */
export interface DueDelivery
  extends Pick<Row<'deliveries'>, 'id' | 'tries'>, Pick<Row<'events'>, 'type' | 'data' | 'at'> {
  eventId: string;
  isTest: boolean;
}

export interface Due {
  deliveries: DueDelivery[];
  /** Until the next one is due, where none is now. Null where nothing waits. */
  waitMs: number | null;
  /** The database's time, in epoch ms. */
  now: number;
}

/**
 * The deliveries that may be tried now: the first of each lane, those that failed least before the others. While the target
 * is held, or disabled, tests only.
 */
export async function readDue(em: EntityManager, targetId: string, limit: number): Promise<Due> {
  const { rows } = await sql<DueDelivery & { waitMs: number | null; now: number }>`with waiting as (
      select d.id, d.tries, d.event_seq, d.lane like ${`${testEventType}:%`} as is_test, d.next_at,
        row_number() over (partition by d.lane order by d.event_seq) as place
      from deliveries d where d.target_id = ${targetId} and d.status = 'pending'
    ), heads as (
      select waiting.*, case when is_test then next_at when t.disabled_reason is not null then null
          else greatest(next_at, t.held_until) end as due_at
      from waiting join delivery_targets t on t.id = ${targetId} where place = 1
    ), next as (
      select case when min(due_at) > now() then ceil(extract(epoch from min(due_at) - now()) * 1000)::int8
        when min(due_at) is not null then 0 end as wait_ms from heads
    )
    select h.id, h.tries, h.is_test, e.id as event_id, e.type, e.data, e.at, next.wait_ms,
      (extract(epoch from now()) * 1000)::int8 as now
    from next left join heads h on h.due_at <= now() left join events e on e.seq = h.event_seq
    order by h.is_test desc, h.tries, h.event_seq limit ${limit}`.execute(kysely(em));
  return {
    deliveries: rows.filter(({ id }) => id !== null).map(({ waitMs: _, now: __, ...due }) => due),
    waitMs: rows[0]!.waitMs,
    now: rows[0]!.now,
  };
}

/** What came of one delivery. */
export interface Outcome {
  id: string;
  attempt: Attempt;
  after: DeliveryAfter;
}

const time = (epochMs: number | null) => (epochMs === null ? null : new Date(epochMs));

/**
 * Writes down a round. `isBack`: whatever else waits for this target is due now. Where the target is disabled, whatever
 * waits is given up; its owner may have it sent later.
 */
export function recordRound(
  em: EntityManager,
  targetId: string,
  { outcomes, target, isBack }: { outcomes: Outcome[]; target: TargetState; isBack: boolean },
): Promise<void> {
  return em.transactional(async (tx) => {
    await kysely(tx).selectFrom('delivery_targets').select('id').where('id', '=', targetId).forUpdate().execute();
    await recordOutcomes(tx, outcomes);
    const { failures, failingSince, heldUntil, disabledReason, warned } = target;
    const isDelivered = outcomes.some(({ after }) => after.status === 'delivered');
    await kysely(tx)
      .updateTable('delivery_targets')
      .set({ failures, failingSince: time(failingSince), heldUntil: time(heldUntil), warned })
      // A person may have disabled it meanwhile.
      .set({ disabledReason: disabledReason ?? sql`disabled_reason` })
      .set(isDelivered ? { lastDeliveredAt: now } : {})
      .where('id', '=', targetId)
      .execute();
    if (isBack) await bringForward(tx, targetId);
    if (disabledReason === 'gone' || disabledReason === 'failing') await giveUpWaiting(tx, targetId);
  });
}

async function recordOutcomes(tx: EntityManager, outcomes: Outcome[]): Promise<void> {
  const given = outcomes.map(({ id, attempt, after }) => ({ id, attempt, ...after, nextAt: time(after.nextAt) }));
  await sql`update deliveries d set status = o.status, tries = o.tries, next_at = o."nextAt",
      done_at = case when o.status = 'pending' then null else now() end,
      attempts = case when jsonb_array_length(d.attempts) < ${keptAttempts} then d.attempts else d.attempts - 0 end
        || jsonb_build_array(o.attempt)
    from jsonb_to_recordset(${storableJson(given)}::jsonb)
      as o(id uuid, status text, tries int, "nextAt" timestamptz, attempt jsonb)
    where d.id = o.id`.execute(kysely(tx));
}

const isPending = (targetId: string) => sql<boolean>`target_id = ${targetId} and status = 'pending'`;

async function bringForward(tx: EntityManager, targetId: string): Promise<void> {
  await kysely(tx).updateTable('deliveries').set({ nextAt: now }).where(isPending(targetId)).execute();
}

async function giveUpWaiting(tx: EntityManager, targetId: string): Promise<void> {
  const given = { status: 'given_up', nextAt: null, doneAt: now } as const;
  await kysely(tx).updateTable('deliveries').set(given).where(isPending(targetId)).execute();
}

const deliveryColumns = [
  ...(['d.id', 'd.targetId', 'd.status', 'd.nextAt', 'd.attempts', 'd.createdAt', 'd.doneAt'] as const),
  ...(['t.channel', 't.address', 'e.bookingId', 'e.type as event', 'e.id as eventId'] as const),
];

export type DeliveryRow = Pick<
  Row<'deliveries'>,
  'id' | 'targetId' | 'status' | 'nextAt' | 'attempts' | 'createdAt' | 'doneAt'
> &
  Pick<Row<'delivery_targets'>, 'channel' | 'address'> &
  Pick<Row<'events'>, 'bookingId'> & { event: Row<'events'>['type']; eventId: string };

function deliveriesOf(em: EntityManager, userId: string) {
  return kysely(em)
    .selectFrom('deliveries as d')
    .innerJoin('delivery_targets as t', 't.id', 'd.targetId')
    .innerJoin('events as e', 'e.seq', 'd.eventSeq')
    .select(deliveryColumns)
    .where('d.userId', '=', userId);
}

export interface DeliveryFilter {
  targetId?: string | undefined;
  bookingId?: string | undefined;
  channel?: Row<'delivery_targets'>['channel'] | undefined;
}

/** What was sent where, newest first. Throws `BadCursorError`. */
export async function listDeliveries(
  em: EntityManager,
  userId: string,
  { limit, cursor, targetId, bookingId, channel }: DeliveryFilter & { limit: number; cursor?: string | null },
): Promise<{ deliveries: DeliveryRow[]; nextCursor: string | null }> {
  const after = decodeTimeCursor('deliveries', cursor);
  if ([targetId, bookingId].some((id) => id !== undefined && !isUuid(id))) return { deliveries: [], nextCursor: null };
  const found = await deliveriesOf(em, userId)
    .where((eb) =>
      eb.and(
        given([
          targetId !== undefined && eb('d.targetId', '=', targetId),
          bookingId !== undefined && eb('e.bookingId', '=', bookingId),
          channel !== undefined && eb('t.channel', '=', channel),
          after && eb(eb.refTuple('d.createdAt', 'd.id'), '<', eb.tuple(after.at, after.id)),
        ]),
      ),
    )
    .orderBy('d.createdAt', 'desc')
    .orderBy('d.id', 'desc')
    .limit(limit + 1)
    .execute();
  const { items, nextCursor } = page(found, limit, ({ createdAt: at, id }) =>
    encodeTimeCursor('deliveries', { at, id }),
  );
  return { deliveries: items, nextCursor };
}

/** Sends it once more, now, with a whole ladder of tries. Null where there is no such delivery. */
export async function sendAgain(em: EntityManager, userId: string, id: string): Promise<DeliveryRow | null> {
  if (!isUuid(id)) return null;
  const again = { status: 'pending', tries: 0, nextAt: now, doneAt: null } as const;
  await kysely(em)
    .with('released', (db) =>
      db
        .updateTable('delivery_targets as t')
        .from('deliveries as d')
        .set({ heldUntil: null })
        .whereRef('t.id', '=', 'd.targetId')
        .where('d.id', '=', id)
        .where('d.userId', '=', userId),
    )
    .updateTable('deliveries')
    .set(again)
    .where('id', '=', id)
    .where('userId', '=', userId)
    .execute();
  return (await deliveriesOf(em, userId).where('d.id', '=', id).executeTakeFirst()) ?? null;
}

/** Sends all events since then that the target wants and has not taken. Returns how many. */
export async function sendSince(em: EntityManager, userId: string, targetId: string, since: Date): Promise<number> {
  const { rows } = await sql<{ count: number }>`with again as (
      insert into deliveries (user_id, target_id, event_seq, lane, next_at)
      select t.user_id, t.id, e.seq, coalesce(e.booking_id::text, 'sync'), now()
      from delivery_targets t join events e on e.user_id = t.user_id and e.at >= ${since}
        and e.type <> ${testEventType} and (t.events = '{}' or e.type = any(t.events))
      where t.id = ${targetId} and t.user_id = ${userId} order by e.seq
      on conflict (target_id, event_seq) do update set status = 'pending', tries = 0, next_at = now(), done_at = null
        where deliveries.status = 'given_up'
      returning 1
    )
    select count(*) as count from again`.execute(kysely(em));
  return rows[0]!.count;
}

/** What went wrong last at a target, for its owner to read; null where nothing has. */
export async function readLastFailure(
  em: EntityManager,
  targetId: string,
): Promise<{ event: string; error: string } | null> {
  const { rows } = await sql<{
    event: string;
    error: string;
  }>`select e.type as event, d.attempts -> -1 ->> 'error' as error
    from deliveries d join events e on e.seq = d.event_seq
    where d.target_id = ${targetId} and d.attempts -> -1 ->> 'error' is not null
    order by d.attempts -> -1 ->> 'at' desc limit 1`.execute(kysely(em));
  return rows[0] ?? null;
}
