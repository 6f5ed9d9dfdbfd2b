/** Rows of a user as a sync leaves them. */
import { randomUUID } from 'node:crypto';
import pg from 'pg';

export interface SeededRows {
  jobId: string;
  bookingId: string;
  name: string;
}

/** One finished job with a log line, one booking and one change. */
export async function seedRows(databaseUrl: string, userId: string, name = 'R-490015'): Promise<SeededRows> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const [jobId, bookingId] = [randomUUID(), randomUUID()];
  try {
    await client.query(
      `insert into sync_jobs (id, user_id, status, phase, bookings_synced, added, changed, removed, started_at, completed_at)
       values ($1, $2, 'completed', 'completed', 1, 1, 0, 0, now(), now())`,
      [jobId, userId],
    );
    await client.query(
      `insert into sync_job_logs (job_id, user_id, level, phase, message) values ($1, $2, 'info', 'reading', 'Read 1 rental')`,
      [jobId, userId],
    );
    await client.query(
      `insert into bookings (id, user_id, record_id, name, starts_at, ends_at, studio, location, status, price_cents,
         record_url, first_seen_at, last_seen_at, updated_at)
       values ($1, $2, 'a0B000000000001AAA', $3, now() + interval '1 day', now() + interval '25 hours', 'Studio A',
         '280 Broadway (Lower Manhattan)', 'Approved', 1900, 'https://example.com/r', now(), now(), now())`,
      [bookingId, userId, name],
    );
    await client.query(
      `insert into booking_changes (user_id, booking_id, job_id, kind, after, at)
       values ($1, $2, $3, 'added', '{"startsAt": "2026-11-24T19:00:00.000Z"}', now())`,
      [userId, bookingId, jobId],
    );
  } finally {
    await client.end();
  }
  return { jobId, bookingId, name };
}
