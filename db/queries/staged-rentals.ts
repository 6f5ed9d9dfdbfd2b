/** The portal's rows on their way into the bookings: written while an attempt reads, read by the reconcile. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { affected, sql } from '../sql.ts';
import { storableJson } from '../text.ts';

/** One row of the portal's list. */
export interface StagedRental {
  /** The place in the list, from 0. */
  ordinal: number;
  /** Null where the row has no readable record id: the list is then incomplete. */
  recordId: string | null;
  name: string;
  startsAt: Date | null;
  endsAt: Date | null;
  studio: string;
  location: string;
  status: string;
  priceCents: number | null;
  recordUrl: string;
  /** Why values could not be read: such a row counts as seen, its booking keeps its last good values. */
  problem: string | null;
  /** The cells' texts by column label. */
  raw: Record<string, string>;
}

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
  await affected(
    em,
    sql`insert into staged_rentals (job_id, attempt, ordinal, record_id, name, starts_at, ends_at, studio, location,
          status, price_cents, record_url, problem, raw)
        select ${jobId}::uuid, ${attempt}::int, ordinal, record_id, name, starts_at, ends_at, studio, location,
          status, price_cents, record_url, problem, raw
        from jsonb_to_recordset(${asJson(rentals)}::jsonb) as rental (ordinal int, record_id text, name text,
          starts_at timestamptz, ends_at timestamptz, studio text, location text, status text, price_cents int,
          record_url text, problem text, raw jsonb)
        on conflict (job_id, attempt, ordinal) do update set record_id = excluded.record_id, name = excluded.name,
          starts_at = excluded.starts_at, ends_at = excluded.ends_at, studio = excluded.studio,
          location = excluded.location, status = excluded.status, price_cents = excluded.price_cents,
          record_url = excluded.record_url, problem = excluded.problem, raw = excluded.raw`,
  );
}

/** Forgets what an attempt staged, so that it can begin again. */
export async function clearStagedAttempt(em: EntityManager, jobId: string, attempt: number): Promise<void> {
  await affected(em, sql`delete from staged_rentals where job_id = ${jobId} and attempt = ${attempt}`);
}

/** One row an ordinal (the last), since one statement cannot replace a row twice. */
function asJson(rentals: StagedRental[]): string {
  const byOrdinal = new Map(rentals.map((rental) => [rental.ordinal, rental]));
  return storableJson([...byOrdinal.values()].map(asRecord));
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
