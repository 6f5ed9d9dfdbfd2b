/** The portal's rows on their way into the bookings: written while an attempt reads, read by the reconcile. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { snakeCase } from '#domain/shapes/case.ts';
import { sql } from 'kysely';
import { kysely, type Row } from '../kysely.ts';
import { meaningOf } from '../rental-status.ts';
import { storableJson } from '../text.ts';

/** One row of the portal's list. */
export type StagedRental = Omit<Row<'staged_rentals'>, 'jobId' | 'attempt'>;

/** Stores rows of an attempt; an existing row is replaced. Any number of rows, one statement. */
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

/** Forgets what all attempts of the jobs staged: they are over. */
export async function deleteStagedOf(em: EntityManager, jobIds: string[]): Promise<void> {
  if (jobIds.length > 0) await kysely(em).deleteFrom('staged_rentals').where('jobId', 'in', jobIds).execute();
}

/** The words for a status that the attempt read and whose meaning is not known. */
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

/** By column. One per ordinal (the last), since one statement cannot replace a row twice. */
function recordsOf(rentals: StagedRental[]): Record<string, unknown>[] {
  const byOrdinal = new Map(rentals.map((rental) => [rental.ordinal, rental]));
  return [...byOrdinal.values()].map((rental) =>
    Object.fromEntries(Object.entries(rental).map(([name, value]) => [snakeCase(name), value])),
  );
}
