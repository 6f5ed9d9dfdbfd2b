/** The portal's rows on their way into the bookings: written while an attempt reads, read by the reconcile. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { kysely, type Row } from '../kysely.ts';
import { meaningOf } from '../rental-status.ts';
import { storableJson } from '../text.ts';

/** One row of the portal's list. */
export type StagedRental = Omit<Row<'staged_rentals'>, 'jobId' | 'attempt'>;

/** The largest amount that a price column holds: more than 21 million dollars. */
const largestPrice = 2_147_483_647;

/** Stores rows of an attempt; a row that is there already is replaced. Any number of rows, one statement. */
export async function stageRentals(
  em: EntityManager,
  jobId: string,
  attempt: number,
  rentals: StagedRental[],
): Promise<void> {
  if (rentals.length === 0) return;
  const records = recordsOf(rentals);
  const names = Object.keys(records[0]!).map((name) => sql.ref(name));
  const fresh = names.map((name) => sql`${name} = excluded.${name}`);
  await sql`insert into staged_rentals (job_id, attempt, ${sql.join(names)})
    select ${jobId}::uuid, ${attempt}::int, ${sql.join(names)}
    from jsonb_populate_recordset(null::staged_rentals, ${storableJson(records)}::jsonb)
    on conflict (job_id, attempt, ordinal) do update set ${sql.join(fresh)}`.execute(kysely(em));
}

/** Forgets what an attempt staged, so that it can begin again. */
export async function clearStagedAttempt(em: EntityManager, jobId: string, attempt: number): Promise<void> {
  await kysely(em)
    .deleteFrom('staged_rentals')
    .where((eb) => eb.and({ jobId, attempt }))
    .execute();
}

/** The words that the attempt read for a status and whose meaning is not known. */
export async function unknownStatuses(em: EntityManager, jobId: string, attempt: number): Promise<string[]> {
  const found = await kysely(em)
    .selectFrom('staged_rentals as s')
    .select('s.status')
    .distinct()
    .where((eb) => eb.and({ jobId, attempt }))
    .where('s.status', '<>', '')
    .where(meaningOf(sql`s.status`), '=', 'unknown')
    .execute();
  return found.map(({ status }) => status);
}

/** By column. One an ordinal (the last), since one statement cannot replace a row twice. */
function recordsOf(rentals: StagedRental[]): Record<string, unknown>[] {
  const byOrdinal = new Map(rentals.map((rental) => [rental.ordinal, rental]));
  return [...byOrdinal.values()].map(asRecord);
}

function asRecord(rental: StagedRental): Record<string, unknown> {
  const tooLarge = rental.priceCents !== null && Math.abs(rental.priceCents) > largestPrice;
  return {
    ordinal: rental.ordinal,
    record_id: rental.recordId,
    name: rental.name,
    starts_at: rental.startsAt,
    ends_at: rental.endsAt,
    studio: rental.studio,
    location: rental.location,
    status: rental.status,
    price_cents: tooLarge ? null : rental.priceCents,
    record_url: rental.recordUrl,
    problem: rental.problem ?? (tooLarge ? 'the price is larger than any we can keep' : null),
    raw: rental.raw,
  };
}
