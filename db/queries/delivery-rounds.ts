/** Rounds of deliveries: which targets and deliveries are due, and what came of those that were tried. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql, type RawBuilder } from 'kysely';
import { oursTries } from '#domain/deliveries.ts';
import type { Attempt, DeliveryAfter, DisabledReason, TargetState, Warning } from '#domain/deliveries.ts';
import { testEventType } from '#domain/events.ts';
import { personalChannels } from '#domain/notifications.ts';
import { iso, kysely, now, type Row } from '../kysely.ts';
import { storableJson } from '../text.ts';
import { lockUser } from './users.ts';

/** The attempts that a delivery keeps: two whole ladders. */
const keptAttempts = 20;

/** The attempts of the delivery `d`, with one more. */
export const withAttempt = (attempt: RawBuilder<unknown>): RawBuilder<unknown> => sql`
    case when jsonb_array_length(d.attempts) < ${keptAttempts} then d.attempts else d.attempts - 0 end || jsonb_build_array(${attempt})`;

/** What says why a delivery was not tried any more, in the place of an attempt, begins so. */
export const notSent = 'Not sent: ';

/** The attempts of the delivery `d`, which is given up without another one. */
export function withReason(reason: string): RawBuilder<unknown> {
  const line = storableJson({ durationMs: 0, responseStatus: null, error: notSent + reason, answer: null });
  return withAttempt(sql`${line}::jsonb || jsonb_build_object('at', ${iso(now)})`);
}

export const testLanes = `${testEventType}:%`;

/** Whether the delivery is in a message for which others wait: one that is refused again and again goes alone. */
export function holdsUp(delivery: string): RawBuilder<boolean> {
  const [bundle, tries, lane] = ['bundle', 'tries', 'lane'].map((column) => sql.ref(`${delivery}.${column}`));
  return sql<boolean>`(${bundle} is not null and ${tries} <= ${oursTries} and ${lane} not like ${testLanes})`;
}

/**
 * Targets of all users whose next delivery should have been tried by now. As in {@link readDue}, the first of each lane
 * counts, and where all is told in one message, the soonest, which takes along what came before it; where a message was
 * claimed and is tried again within minutes, only what waits for nothing does, see `claimBundle`.
 */
export async function listOverdueTargets(em: EntityManager, overdueMs: number, limit: number): Promise<string[]> {
  const before = sql`now() - ${overdueMs} * interval '1 ms'`;
  const { rows } = await sql<{ id: string }>`select t.id from delivery_targets t
    where exists (select 1 from deliveries d where d.target_id = t.id and d.status = 'pending' and d.next_at < ${before})
      and exists (
        select 1 from (
          select d.lane, case when t.channel = any(${[...personalChannels]}) then min(d.next_at)
            else (array_agg(d.next_at order by d.event_seq))[1] end as next_at
          from deliveries d where d.target_id = t.id and d.status = 'pending' group by d.lane
        ) head where head.next_at < ${before} and (head.lane like ${testLanes}
          or t.disabled_reason is null and (t.held_until is null or t.held_until < ${before}) and not exists (
            select 1 from deliveries c
            where c.target_id = t.id and c.status = 'pending' and ${holdsUp('c')} and c.next_at >= ${before}
          ))
      )
    limit ${limit}`.execute(kysely(em));
  return rows.map(({ id }) => id);
}

const targetColumns = [
  ...(['id', 'userId', 'channel', 'address', 'secretSealed', 'previousSecretSealed', 'previousUntil'] as const),
  ...(['disabledReason', 'failures', 'failingSince', 'heldUntil', 'warned', 'told', 'revision'] as const),
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
  /** See {@link claimBundle}. */
  bundle?: string;
  wasCutOff?: boolean;
}

export interface Due {
  deliveries: DueDelivery[];
  /** Time until the next one is due, where none is now. Null where nothing waits. */
  waitMs: number | null;
  /** The database's time, in epoch ms. */
  now: number;
}

/**
 * The deliveries that may be tried now: the first of each lane, those that failed least before the others. While the target
 * is held, or disabled, tests only.
 */
export async function readDue(em: EntityManager, { id: targetId }: Pick<TargetRow, 'id'>, limit: number): Promise<Due> {
  const { rows } = await sql<DueDelivery & { waitMs: number | null; now: number }>`with waiting as (
      select d.id, d.tries, d.event_seq, d.lane like ${testLanes} as is_test, d.next_at,
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

/** The outcome of one delivery. */
export interface Outcome {
  id: string;
  isTest: boolean;
  /** It may have been taken: then the next try says that it may be the second. */
  unsure: boolean;
  attempt: Attempt;
  after: DeliveryAfter;
}

export interface Round {
  outcomes: Outcome[];
  /** Null where the round says nothing about the target. */
  target: TargetState | null;
  /** Whatever else waits for this target because it failed is due now. */
  isBack: boolean;
}

const time = (epochMs: number | null) => (epochMs === null ? null : new Date(epochMs));

/**
 * Writes down a round that was tried for the target as it was read. Where the target has changed since, by its owner or by
 * a round that overtook this one, nothing is concluded from failures: they are only in the log. Where the round disables
 * the target, whatever waits is given up; its owner may have it sent later. False where the target has changed or is gone.
 */
export function recordRound(
  em: EntityManager,
  { id, userId, revision }: Pick<TargetRow, 'id' | 'userId' | 'revision'>,
  { outcomes, target, isBack }: Round,
): Promise<boolean> {
  return em.transactional(async (tx) => {
    await lockUser(tx, userId);
    const found = kysely(tx).selectFrom('delivery_targets').select('revision').where('id', '=', id).forNoKeyUpdate();
    const isAsRead = (await found.executeTakeFirst())?.revision === revision;
    await recordOutcomes(tx, outcomes, isAsRead);
    if (outcomes.some(({ after }) => after.status === 'delivered'))
      await kysely(tx).updateTable('delivery_targets').set({ lastDeliveredAt: now }).where('id', '=', id).execute();
    if (!isAsRead) return false;
    if (target) await recordState(tx, id, target);
    if (isBack) await bringForward(tx, id, { failed: true });
    if (target?.disabledReason) await giveUpWaiting(tx, id, target.disabledReason);
    return true;
  });
}

async function recordState(tx: EntityManager, id: string, after: TargetState): Promise<void> {
  const { failures, failingSince, heldUntil, disabledReason, warned } = after;
  await kysely(tx)
    .updateTable('delivery_targets')
    .set({ failures, failingSince: time(failingSince), heldUntil: time(heldUntil), disabledReason, warned })
    .set({ told: sql<number>`least(told, ${warned})`, revision: sql<number>`revision + 1` })
    .$if(disabledReason === 'gone', (update) => update.set(withoutKeys))
    .where('id', '=', id)
    .execute();
}

/** A device that is gone keeps its name, so that its deliveries can be read; its old keys are of no use to anybody. */
const withoutKeys = {
  secretSealed: sql<string | null>`case when channel <> 'push' then secret_sealed end`,
  updatedAt: now,
};

/** One that is no longer pending was settled by another round. */
async function recordOutcomes(tx: EntityManager, outcomes: Outcome[], isAsRead: boolean): Promise<void> {
  const given = outcomes.map(({ id, isTest, unsure, attempt, after }) => {
    const counts = isAsRead || isTest || after.status === 'delivered';
    return { id, attempt, counts, unsure, ...after, nextAt: time(after.nextAt) };
  });
  await sql`update deliveries d set
      status = case when o.counts then o.status else d.status end,
      tries = case when o.counts then o.tries else d.tries end,
      next_at = case when o.counts then o."nextAt" else d.next_at end,
      done_at = case when o.counts and o.status <> 'pending' then now() end,
      sending_since = case when o.unsure and o.status = 'pending' then d.sending_since end,
      attempts = ${withAttempt(sql`o.attempt`)}
    from jsonb_to_recordset(${storableJson(given)}::jsonb)
      as o(id uuid, counts boolean, unsure boolean, status text, tries int, "nextAt" timestamptz, attempt jsonb)
    where d.id = o.id and d.status = 'pending'`.execute(kysely(tx));
}

const isPending = (targetId: string) => sql<boolean>`target_id = ${targetId} and status = 'pending'`;

/** `fresh`: as if none of it had been tried. `failed`: only what had failed, since all else waits for its hour. */
export async function bringForward(
  tx: EntityManager,
  targetId: string,
  { fresh = false, failed = false } = {},
): Promise<void> {
  const due = { nextAt: now, ...(fresh && { tries: 0 }) };
  const waiting = kysely(tx).updateTable('deliveries').set(due).where(isPending(targetId));
  await (failed ? waiting.where('tries', '>', 0) : waiting).execute();
}

const reasons: Record<DisabledReason, string> = {
  user: 'it was turned off.',
  gone: 'the receiver takes nothing any more.',
  failing: 'the receiver took nothing for three days.',
};

async function giveUpWaiting(tx: EntityManager, targetId: string, why: DisabledReason): Promise<void> {
  await sql`update deliveries d set status = 'given_up', next_at = null, done_at = now(),
      attempts = case when d.attempts = '[]' then ${withReason(reasons[why])} else d.attempts end
    where ${isPending(targetId)}`.execute(kysely(tx));
}

/** The owner of the target has been told, unless it is no longer true. */
export async function noteTold(em: EntityManager, targetId: string, warning: Warning): Promise<void> {
  await kysely(em)
    .updateTable('delivery_targets')
    .set({ told: warning })
    .where('id', '=', targetId)
    .where('told', '<', warning)
    .where('warned', '>=', warning)
    .execute();
}
