/** Rentals with the corrections of their prices, and what a user wants to spend on them. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import type { Correction } from '#domain/costs.ts';
import { kysely, now } from '../kysely.ts';
import { studioZoneName } from '../studio-day.ts';
import { bookingColumns, matchingBookings, type BookingRow } from './bookings.ts';

export interface CostRow extends BookingRow {
  corrections: Correction[];
  /** Null where it is in no group. */
  groupName: string | null;
  payer: string | null;
}

/** What starts in the span, canceled and gone ones too, by start. */
export async function listCosts(em: EntityManager, userId: string, span: { from: Date; to: Date }): Promise<CostRow[]> {
  const corrections = sql<(Omit<Correction, 'at'> & { at: string })[]>`coalesce((
    select jsonb_agg(jsonb_build_object('kind', c.kind, 'at', c.at,
      'before', c.before -> case c.kind when 'price' then 'price_cents' else 'status' end) order by c.at, c.id)
    from booking_changes c where c.booking_id = b.id and c.kind in ('price', 'status')), '[]')`;
  const found = await matchingBookings(kysely(em), userId, span)
    .leftJoin('groups as g', 'g.id', 'b.groupId')
    .select(bookingColumns)
    .select(['g.name as groupName', 'g.payer'])
    .select(corrections.as('corrections'))
    .orderBy('b.startsAt')
    .orderBy('b.id')
    .execute();
  return found.map((row) => ({
    ...row,
    corrections: row.corrections.map(({ at, ...correction }) => ({ ...correction, at: new Date(at) })),
  }));
}

/** The calendar years, in New York, with any rental; null where there is none. */
export async function yearsWithRentals(
  em: EntityManager,
  userId: string,
): Promise<{ first: number; last: number } | null> {
  const yearOf = (moment: 'min' | 'max') =>
    sql<number | null>`extract(year from ${sql.raw(moment)}(b.starts_at) at time zone ${studioZoneName})::int`;
  const { first, last } = await matchingBookings(kysely(em), userId, {})
    .select([yearOf('min').as('first'), yearOf('max').as('last')])
    .executeTakeFirstOrThrow();
  return first === null || last === null ? null : { first, last };
}

export interface BudgetRow {
  cents: number;
  per: 'month' | 'year';
}

export async function readBudget(em: EntityManager, userId: string): Promise<BudgetRow | null> {
  const user = kysely(em).selectFrom('users').select(['budgetCents as cents', 'budgetPer as per']);
  const found = await user.where('id', '=', userId).executeTakeFirst();
  const { cents, per } = found ?? {};
  return typeof cents === 'number' && per ? { cents, per } : null;
}

/** Null removes it. */
export async function writeBudget(em: EntityManager, userId: string, budget: BudgetRow | null): Promise<void> {
  await kysely(em)
    .updateTable('users')
    .set({ budgetCents: budget?.cents ?? null, budgetPer: budget?.per ?? null, updatedAt: now })
    .where('id', '=', userId)
    .execute();
}
