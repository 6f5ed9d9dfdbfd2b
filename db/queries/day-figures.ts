/** The last 24 hours of everybody's syncs and deliveries for operators, hour by hour, without naming anybody. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql, type RawBuilder } from 'kysely';
import type { FailureKind } from '#domain/failure-kinds.ts';
import { kysely } from '../kysely.ts';

/** Whole hours, the last of which is still going on. */
const hours = 24;

/** Lengths in ms; null where there was nothing to measure. */
export interface HourFigures {
  at: Date;
  completed: number;
  /** How many of those could not read everything. */
  partial: number;
  /** Not counting those that somebody canceled. */
  failed: number;
  medianMs: number | null;
  p95Ms: number | null;
  /** From when a sync was asked for or due until it began. */
  waitP95Ms: number | null;
  delivered: number;
  givenUp: number;
  /** From the event until it was told. */
  deliveryP95Ms: number | null;
}

export interface DayFigures {
  hours: HourFigures[];
  /** Over all hours, the most frequent first. */
  failures: { errorCode: FailureKind; count: number }[];
  running: number;
  waiting: number;
  /** When the sync that has been waiting longest was opened. */
  waitingSince: Date | null;
}

const ms = (interval: RawBuilder<unknown>) => sql`extract(epoch from ${interval}) * 1000`;
/** Of those that `counts`. */
const quantile = (share: number, values: RawBuilder<unknown>, counts: RawBuilder<unknown> = sql`true`) =>
  sql`(percentile_cont(${sql.lit(share)}) within group (order by ${values}) filter (where ${counts}))::int8`;

const took = ms(sql`completed_at - started_at`);

/** Three statements, each from an index of what ended or is under way: some 200,000 rows for a day of 10,000 users. */
export async function readDayFigures(em: EntityManager, now: Date): Promise<DayFigures> {
  const from = sql`date_trunc('hour', ${now}::timestamptz) - make_interval(hours => ${hours - 1})`;
  const [ofHours, ofFailures, ofActive] = [
    await sql<HourFigures>`with slots as (
        select generate_series(${from}, ${now}::timestamptz, interval '1 hour') as at
      ), syncs as (
        select date_trunc('hour', completed_at) as at, count(*) filter (where status = 'completed') as completed,
          count(*) filter (where status = 'completed' and partial) as partial,
          count(*) filter (where status = 'failed' and error_code <> 'cancelled') as failed,
          ${quantile(0.5, took)} as median_ms,
          ${quantile(0.95, took)} as p95_ms,
          ${quantile(0.95, ms(sql`started_at - created_at`))} as wait_p95_ms
        from sync_jobs where completed_at >= ${from} group by 1
      ), told as (
        select date_trunc('hour', done_at) as at, count(*) filter (where status = 'delivered') as delivered,
          count(*) filter (where status = 'given_up') as given_up,
          ${quantile(0.95, ms(sql`done_at - created_at`), sql`status = 'delivered'`)} as delivery_p95_ms
        from deliveries where done_at >= ${from} group by 1
      )
      select slots.at, coalesce(completed, 0) as completed, coalesce(partial, 0) as partial,
        coalesce(failed, 0) as failed, median_ms, p95_ms, wait_p95_ms, coalesce(delivered, 0) as delivered,
        coalesce(given_up, 0) as given_up, delivery_p95_ms
      from slots left join syncs using (at) left join told using (at) order by at`.execute(kysely(em)),
    await sql<DayFigures['failures'][number]>`select error_code, count(*) as count from sync_jobs
      where completed_at >= ${from} and status = 'failed' group by 1 order by 2 desc, 1`.execute(kysely(em)),
    await sql<Omit<DayFigures, 'hours' | 'failures'>>`select count(*) filter (where status = 'running') as running,
        count(*) filter (where status = 'pending') as waiting,
        min(created_at) filter (where status = 'pending') as waiting_since
      from sync_jobs where status in ('pending', 'running')`.execute(kysely(em)),
  ];
  return { hours: ofHours.rows, failures: ofFailures.rows, ...ofActive.rows[0]! };
}
