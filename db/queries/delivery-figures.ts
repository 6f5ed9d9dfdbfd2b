/** What is to be told and was not yet, of all users for operators, without naming anybody. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { channels, type Channel } from '#domain/deliveries.ts';
import { kysely } from '../kysely.ts';
import { holdsUp } from './delivery-rounds.ts';

export interface DeliveryFigures {
  channel: Channel;
  /** Due, or tried and not taken; without what waits for the hour of a digest. */
  undelivered: number;
  /**
   * For how long the first of those that are due has not been tried. What a held or disabled target gets is not due, nor what
   * waits behind a message; what waits for the end of quiet hours is.
   */
  overdueSeconds: number;
}

/** One pass over what waits; a line for each channel. */
export async function readDeliveryFigures(em: EntityManager): Promise<DeliveryFigures[]> {
  const { rows } = await sql<DeliveryFigures>`with waiting as (
      select t.channel, d.attempts <> '[]'::jsonb as tried,
        case when t.disabled_reason is null then greatest(d.next_at, t.held_until, case when d.bundle is null
          then max(d.next_at) filter (where ${holdsUp('d')}) over (partition by d.target_id) end) end as due_at,
        row_number() over (partition by d.target_id, d.lane order by d.event_seq) as place
      from deliveries d join delivery_targets t on t.id = d.target_id where d.status = 'pending'
    )
    select c.channel, count(w.channel) filter (where w.tried or w.due_at <= now()) as undelivered,
      coalesce(max(extract(epoch from now() - w.due_at)) filter (where w.place = 1 and w.due_at < now()), 0)::float8
        as "overdueSeconds"
    from unnest(${[...channels]}::text[]) as c(channel) left join waiting w on w.channel = c.channel
    group by 1 order by 1`.execute(kysely(em));
  return rows;
}
