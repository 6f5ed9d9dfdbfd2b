/** Deliveries that go out in one message. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { kysely, type Row } from '../kysely.ts';
import { afterQuiet, passesQuiet, readNoticeTiming } from './notice-times.ts';
import { holdsUp, testLanes, type Due, type DueDelivery } from './delivery-rounds.ts';

type Claimed = Pick<Row<'delivery_targets'>, 'id' | 'userId'>;

/**
 * As `readDue`, for a channel that tells all that is due in one message. What is in it is written down before it is sent
 * and stays together from then on, so that it is the same message when it is sent again; until it is settled, or was
 * refused three times, nothing that came later is sent, so that all comes in order. Only what passes quiet hours may go
 * before it; of one rental, what came earlier goes along, or first where it is in a message. `wasCutOff`: a worker that did
 * not get to write that down may already have sent it. A test is a message of its own, and waits for nothing; all else waits
 * for the end of the user's quiet hours.
 */
export async function claimBundle(em: EntityManager, { id: targetId, userId }: Claimed, limit: number): Promise<Due> {
  const timing = await readNoticeTiming(em, userId);
  const readyAt = sql`greatest(d.next_at, t.held_until)`;
  const { rows } = await sql<DueDelivery & { waitMs: number | null; now: number }>`with pending as (
      select d.id, d.tries, d.event_seq, d.lane, d.bundle, d.sending_since,
        d.lane like ${testLanes} as is_test, ${holdsUp('d')} as holds_up,
        case when d.lane like ${testLanes} then d.next_at when t.disabled_reason is null then ${readyAt} end as ready_at,
        case when d.lane like ${testLanes} then d.next_at when t.disabled_reason is null
          then ${afterQuiet(readyAt, 'e', timing)} end as quiet_until, ${passesQuiet('e', timing)} as passes
      from deliveries d join delivery_targets t on t.id = d.target_id join events e on e.seq = d.event_seq
      where d.target_id = ${targetId} and d.status = 'pending'
    ), in_lanes as (
      select pending.*, bool_or(holds_up) over () as is_claimed,
        bool_or(holds_up) over (partition by lane) as is_lane_claimed,
        min(ready_at) filter (where passes) over from_here as passes_at, min(quiet_until) over from_here as lane_until
      from pending
      window from_here as (partition by lane order by event_seq rows between current row and unbounded following)
    ), waiting as (
      select in_lanes.*, case when is_test then ready_at
        when bundle is not null and passes_at is not null then least(quiet_until, greatest(ready_at, passes_at))
        when bundle is not null then quiet_until
        when not is_claimed then lane_until
        when not is_lane_claimed then passes_at end as due_at
      from in_lanes
    ), head as (
      select *, gen_random_uuid() as new_bundle from waiting where due_at is not null
      order by is_test and due_at <= now() desc, bundle is not null and not is_test and due_at <= now() desc,
        due_at, event_seq limit 1
    ), members as (
      select waiting.* from head join waiting on case
          when head.is_test then waiting.id = head.id
          when head.bundle is not null then waiting.bundle = head.bundle
          else not waiting.is_test and waiting.bundle is null and waiting.due_at <= now() end
      where head.due_at <= now() order by waiting.event_seq limit ${limit}
    ), claimed as (
      update deliveries d set bundle = coalesce(d.bundle, head.new_bundle), sending_since = now()
      from members, head where d.id = members.id returning d.id, d.bundle
    )
    select claimed.id, members.tries, members.is_test, claimed.bundle, members.sending_since is not null as was_cut_off,
      e.id as event_id, e.type, e.data, e.at, (extract(epoch from now()) * 1000)::int8 as now,
      (select greatest(0, ceil(extract(epoch from due_at - now()) * 1000))::int8 from head) as wait_ms
    from (select 1) one left join claimed on true left join members on members.id = claimed.id
      left join events e on e.seq = members.event_seq
    order by members.event_seq`.execute(kysely(em));
  return {
    deliveries: rows.filter(({ id }) => id !== null).map(({ waitMs: _, now: __, ...due }) => due),
    waitMs: rows[0]!.waitMs,
    now: rows[0]!.now,
  };
}
