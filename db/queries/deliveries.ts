/** Deliveries: what waits, what people see of it, and what they send again. */
import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { privateEventTypes, reminderEventType, testEventType } from '#domain/events.ts';
import { decodeTimeCursor, encodeTimeCursor, page } from '../cursor.ts';
import { given, kysely, now, type Row } from '../kysely.ts';
import { isUuid } from '#domain/ids.ts';
import { isChosen } from './chosen-events.ts';
import { bringForward, notSent } from './delivery-rounds.ts';
import { lockUser } from './users.ts';

/** The same as a statement. */
export const waitingTargets = (userId: string) =>
  sql<{ id: string }>`select t.id from delivery_targets t where t.user_id = ${userId}
    and exists (select 1 from deliveries d where d.target_id = t.id and d.status = 'pending'
      and (t.disabled_reason is null or d.lane like ${`${testEventType}:%`}))`;

/** Targets of the user that have something to be told, now or later. */
export async function listWaitingTargets(em: EntityManager, userId: string): Promise<string[]> {
  const { rows } = await waitingTargets(userId).execute(kysely(em));
  return rows.map(({ id }) => id);
}

const deliveryColumns = [
  ...(['d.id', 'd.targetId', 'd.status', 'd.nextAt', 'd.attempts', 'd.createdAt', 'd.doneAt'] as const),
  ...(['t.channel', 'e.bookingId', 'e.type as event', 'e.id as eventId'] as const),
  // The endpoint of a device says nothing to people; its name does.
  sql<string>`case when t.channel = 'push' then t.description else t.address end`.as('address'),
] as const;

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

interface SentEvent {
  eventAt: Date;
  eventData: Row<'events'>['data'];
}

export interface DeliveryFilter {
  targetId?: string | undefined;
  bookingId?: string | undefined;
  channel?: Row<'delivery_targets'>['channel'] | undefined;
}

interface DeliveryPage extends DeliveryFilter {
  limit: number;
  cursor?: string | null | undefined;
  withEvents?: boolean;
}

/** What was sent where, newest first; `withEvents` with what it says. Throws `BadCursorError`. */
export async function listDeliveries(
  em: EntityManager,
  userId: string,
  { limit, cursor, targetId, bookingId, channel, withEvents = false }: DeliveryPage,
): Promise<{ deliveries: (DeliveryRow & Partial<SentEvent>)[]; nextCursor: string | null }> {
  const after = decodeTimeCursor('deliveries', cursor);
  if ([targetId, bookingId].some((id) => id !== undefined && !isUuid(id))) return { deliveries: [], nextCursor: null };
  const found = await deliveriesOf(em, userId)
    .$if(withEvents, (query) => query.select(['e.at as eventAt', 'e.data as eventData']))
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

/**
 * Sends it once more, now, with a whole ladder of tries. Null where there is no such delivery, or none to this target; `disabled`, and
 * nothing done, where its target is, unless it is a test.
 */
export function sendAgain(
  em: EntityManager,
  userId: string,
  id: string,
  targetId?: string,
): Promise<DeliveryRow | 'disabled' | null> {
  if (!isUuid(id)) return Promise.resolve(null);
  return em.transactional(async (tx) => {
    await lockUser(tx, userId);
    const found = await kysely(tx)
      .selectFrom('delivery_targets as t')
      .innerJoin('deliveries as d', 'd.targetId', 't.id')
      .select(['t.id', 't.disabledReason', 'd.lane', 'd.status', 'd.bundle'])
      .where((eb) => eb.and({ 'd.id': id, 'd.userId': userId, ...(targetId !== undefined && { 't.id': targetId }) }))
      .forNoKeyUpdate('t')
      .executeTakeFirst();
    if (!found) return null;
    const isTest = found.lane.startsWith(`${testEventType}:`);
    if (found.disabledReason !== null && !isTest) return 'disabled';
    if (!isTest) await release(tx, found.id);
    await queueAgain(tx, id, found);
    return (await deliveriesOf(tx, userId).where('d.id', '=', id).executeTakeFirst()) ?? null;
  });
}

/**
 * What waits in a message with others goes again with them: alone it would wait behind them. Either way it is another
 * message, since mail programs hide one that they already know.
 */
async function queueAgain(
  tx: EntityManager,
  id: string,
  { status, bundle }: Pick<Row<'deliveries'>, 'status' | 'bundle'>,
): Promise<void> {
  const again = { status: 'pending', tries: 0, nextAt: now, doneAt: null, sendingSince: null } as const;
  const deliveries = kysely(tx).updateTable('deliveries');
  await (
    status === 'pending' && bundle !== null
      ? deliveries
          .set({ ...again, bundle: randomUUID() })
          .where('bundle', '=', bundle)
          .where('status', '=', 'pending')
      : deliveries.set({ ...again, bundle: null }).where('id', '=', id)
  ).execute();
}

/** Whoever waits for something to be sent does not wait for the time that the target was put off to. */
async function release(tx: EntityManager, targetId: string): Promise<void> {
  await kysely(tx)
    .updateTable('delivery_targets')
    .set({ heldUntil: null, revision: sql<number>`revision + 1` })
    .where('id', '=', targetId)
    .execute();
}

/**
 * Sends all that the user's targets gave up since then once more, with a whole ladder of tries; none that are disabled, nothing that is no longer chosen, no tests, and no
 * reminders, whose time is over. Returns how many, and to which targets.
 */
export function sendGivenUp(
  em: EntityManager,
  userId: string,
  since: Date,
): Promise<{ count: number; targetIds: string[] }> {
  return em.transactional(async (tx) => {
    await lockUser(tx, userId);
    const targets = await kysely(tx)
      .selectFrom('delivery_targets')
      .select('id')
      .where('userId', '=', userId)
      .where('disabledReason', 'is', null)
      .orderBy('id')
      .forNoKeyUpdate()
      .execute();
    const { rows } = await sql<{ targetId: string }>`update deliveries d
      set status = 'pending', tries = 0, next_at = now(), done_at = null, bundle = null, sending_since = null
      from events e, delivery_targets t where e.seq = d.event_seq and t.id = d.target_id and ${isChosen('e')}
        and e.type not in (${testEventType}, ${reminderEventType}) and d.target_id = any(${targets.map(({ id }) => id)}) and d.status = 'given_up' and d.done_at >= ${since}
      returning d.target_id as "targetId"`.execute(kysely(tx));
    const targetIds = [...new Set(rows.map(({ targetId }) => targetId))];
    for (const targetId of targetIds) await release(tx, targetId);
    return { count: rows.length, targetIds };
  });
}

export interface Recovery {
  since: Date;
  /** Also what the target has taken. */
  includeDelivered: boolean;
}

/** Sends all events since then that the target wants and has not taken, waiting ones at once. Returns how many did not wait; null where it is disabled or missing. */
export function sendSince(
  em: EntityManager,
  userId: string,
  targetId: string,
  recovery: Recovery,
): Promise<number | null> {
  return em.transactional(async (tx) => {
    await lockUser(tx, userId);
    const target = await kysely(tx)
      .selectFrom('delivery_targets')
      .select('disabledReason')
      .where((eb) => eb.and({ id: targetId, userId }))
      .forNoKeyUpdate()
      .executeTakeFirst();
    if (target?.disabledReason !== null) return null;
    await release(tx, targetId);
    await bringForward(tx, targetId);
    return queueSince(tx, targetId, recovery);
  });
}

async function queueSince(tx: EntityManager, targetId: string, { since, includeDelivered }: Recovery): Promise<number> {
  const { rows } = await sql<{ count: number }>`with again as (
      insert into deliveries (user_id, target_id, event_seq, lane, next_at)
      select t.user_id, t.id, e.seq, coalesce(e.booking_id::text, 'sync'), now()
      from delivery_targets t join events e on e.user_id = t.user_id and e.at >= ${since}
        and e.type <> all(${[...privateEventTypes]}) and ${isChosen('e')}
      where t.id = ${targetId} order by e.seq
      on conflict (target_id, event_seq) do update
        set status = 'pending', tries = 0, next_at = now(), done_at = null, bundle = null, sending_since = null
        where deliveries.status = 'given_up' or ${includeDelivered} and deliveries.status = 'delivered'
      returning 1
    )
    select count(*) as count from again`.execute(kysely(tx));
  return rows[0]!.count;
}

/** The last thing that went wrong at a target, for its owner to read; null where nothing has. */
export async function readLastFailure(
  em: EntityManager,
  targetId: string,
): Promise<{ event: string; error: string } | null> {
  const { rows } = await sql<{
    event: string;
    error: string;
  }>`select e.type as event, tried ->> 'error' as error
    from deliveries d join events e on e.seq = d.event_seq cross join jsonb_array_elements(d.attempts) tried
    where d.target_id = ${targetId} and tried ->> 'error' is not null and not starts_with(tried ->> 'error', ${notSent})
    order by tried ->> 'at' desc limit 1`.execute(kysely(em));
  return rows[0] ?? null;
}
