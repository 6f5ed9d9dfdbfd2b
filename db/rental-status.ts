/** What a status means, in SQL, from the table in `domain/rental-status.ts`. */
import { sql, type RawBuilder } from 'kysely';
import { statusTable, type RentalMeaning } from '#domain/rental-status.ts';

const { separators, phrases, usual, words, unclear } = statusTable;
const arrayOf = (list: readonly string[]) => sql`${sql.lit(`{${list.join(',')}}`)}::text[]`;
const jsonOf = (map: Map<string, string>) => sql`${sql.lit(JSON.stringify(Object.fromEntries(map)))}::jsonb`;

/** Nearly every status is a usual one, which costs as little as a comparison; the others are taken apart, once. */
export function meaningOf(status: RawBuilder<string>): RawBuilder<RentalMeaning> {
  const spaced = sql`translate(lower(${status}), ${sql.lit(separators)}, ${sql.lit(' '.repeat(separators.length))})`;
  const cases = words.map(([meaning, list]) => sql`when said && ${arrayOf(list)} then ${sql.lit(meaning)}`);
  return sql<RentalMeaning>`coalesce(${jsonOf(usual)} ->> ${status}, (
    select coalesce(${jsonOf(phrases)} ->> array_to_string(said, ''),
      case when said && ${arrayOf(unclear)} then 'unknown' ${sql.join(cases, sql` `)} else 'unknown' end)
    from (select string_to_array(${spaced}, ' ') as said offset 0) taken_apart
  ))`;
}

/** Whether the room is still the dancer's, as far as the status says. */
export function isHeldStatus(status: RawBuilder<string>): RawBuilder<boolean> {
  return sql<boolean>`${meaningOf(status)} not in ('canceled', 'declined')`;
}

/** Of `bookings as b`: it left the list before it began. */
export const isGone = sql<boolean>`coalesce(b.removed_at < b.starts_at, false)`;

/** Of `bookings as b`: the room is or was the user's. */
export const isHeld = sql<boolean>`(not ${isGone} and ${isHeldStatus(sql`b.status`)})`;
