/** Users, jobs and staged lists for the tests of the database, made through the same functions as in the service. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import { afterAll, beforeAll, expect } from 'vitest';
import type { ReconcileBookingsInput, ReconcileBookingsResult } from '#domain/activities.ts';
import { blankRental } from '#domain/rental-list/fields.ts';
import { initOrm, type EntityManager } from '#db/orm.ts';
import { closeSyncJob } from '#db/queries/close-sync-job.ts';
import { openSyncJob } from '#db/queries/open-sync-job.ts';
import { beginAttempt, savePortalCredentials } from '#db/queries/portal-accounts.ts';
import { reconcileBookings, type StoredCounts } from '#db/queries/reconcile-bookings.ts';
import { stageRentals, type StagedRental } from '#db/queries/staged-rentals.ts';
import { createSecrets } from '#db/secrets.ts';
import { firstRow, sql } from '../support/sql.ts';
import { createTestDatabase, type TestDatabase } from '../support/index.ts';

export const secrets = createSecrets([{ id: 'test', key: randomBytes(32) }]);

export const defaults = { intervalMinutes: 120, limitMs: 300_000 };

/** What `toEqual` takes for any date, any text, any number. */
export const anyDate = expect.any(Date) as Date;
export const anyText = expect.any(String) as string;
export const anyNumber = expect.any(Number) as number;
export const textWith = (part: string) => expect.stringContaining(part) as string;

export const hourMs = 3_600_000;

/** A database for the file. `em()` gives a fresh entity manager each time, as each request and activity has one. */
export function useDatabase() {
  let database: TestDatabase;
  let orm: MikroORM;
  beforeAll(async () => {
    database = await createTestDatabase();
    orm = await initOrm(database.url);
  });
  afterAll(async () => {
    await orm.close();
    await database.drop();
  });
  return { em: (): EntityManager => orm.em.fork(), orm: () => orm, url: () => database.url };
}

export async function makeUser(em: EntityManager): Promise<string> {
  const email = `${randomUUID()}@example.test`;
  const user = await firstRow<{ id: string }>(em, sql`insert into users (email) values (${email}) returning id`);
  return user!.id;
}

/** A user with portal credentials. */
export async function makeConnectedUser(em: EntityManager): Promise<string> {
  const userId = await makeUser(em);
  await savePortalCredentials(em, secrets, { userId, username: 'dancer', password: 'plié-42' });
  return userId;
}

/** A job in its first attempt. */
export async function beginJob(em: EntityManager, userId: string): Promise<string> {
  const jobId = randomUUID();
  await openSyncJob(em, { userId, jobId, triggeredManually: true }, defaults);
  await beginAttempt(em, { userId, jobId, attempt: 1 });
  return jobId;
}

/** The same for all syncs of a file, although the full hour may come between two of them. */
const nextHour = Math.ceil(Date.now() / hourMs) * hourMs;

/** A rental as the portal lists it, tomorrow at the full hour unless said otherwise. */
export function rental(recordId: string | null, values: Partial<StagedRental> = {}): StagedRental {
  const startsAt = new Date(nextHour + 24 * hourMs);
  return {
    ...blankRental,
    ordinal: 0,
    recordId,
    name: `R-${recordId}`,
    startsAt,
    endsAt: new Date((values.startsAt ?? startsAt).getTime() + hourMs),
    studio: 'Studio A',
    location: '280 Broadway (Lower Manhattan)',
    status: 'Approved',
    priceCents: 1900,
    recordUrl: `https://portal.test/s/booking-item/${recordId}`,
    problem: null,
    unreadable: [],
    raw: { 'Rental Name': `R-${recordId}` },
    ...values,
  };
}

/** A row that was seen but could not be read. */
export function unreadable(recordId: string | null): StagedRental {
  const values = { startsAt: null, endsAt: null, name: '??', problem: 'the start is not a time' };
  return rental(recordId, { ...values, unreadable: ['starts_at', 'ends_at', 'name'] });
}

/** What a reconcile stored: the whole list, unless `listed` says that it was longer. */
export const stored = (counts: { bookingsSynced: number } & Partial<StoredCounts>) => ({
  ...{ outcome: 'stored', listed: counts.bookingsSynced, added: 0, changed: 0, removed: 0, partial: false },
  ...counts,
});

export const inOrder = (rentals: StagedRental[]): StagedRental[] =>
  rentals.map((row, ordinal) => ({ ...row, ordinal }));

export type Reading = Partial<
  Pick<ReconcileBookingsInput, 'complete' | 'partRead' | 'confirmed' | 'unreadable' | 'count' | 'attempt'>
>;

/** What the reconcile of this list is asked, once it is staged. */
export async function stage(
  em: EntityManager,
  job: { userId: string; jobId: string },
  rentals: StagedRental[],
  reading: Reading = {},
): Promise<ReconcileBookingsInput> {
  const attempt = reading.attempt ?? 1;
  await stageRentals(em, job.jobId, attempt, inOrder(rentals));
  const problems = rentals.filter(({ problem }) => problem !== null).length;
  return {
    ...job,
    attempt,
    count: rentals.length,
    complete: true,
    unreadable: problems,
    confirmed: false,
    ...reading,
  };
}

/** A whole sync of the list: opened, staged, reconciled and closed. */
export async function syncList(
  em: EntityManager,
  userId: string,
  rentals: StagedRental[],
  reading: Reading = {},
): Promise<{ jobId: string; result: ReconcileBookingsResult }> {
  const jobId = await beginJob(em, userId);
  const result = await reconcileBookings(em, await stage(em, { userId, jobId }, rentals, reading));
  const { outcome, ...counts } = result;
  await closeSyncJob(em, closing({ userId, jobId }, outcome === 'stored' ? counts : {}), defaults);
  return { jobId, result };
}

/** The end of a sync that somebody asked for and that went well, unless said otherwise. */
export function closing(
  job: { userId: string; jobId: string },
  values: Partial<Parameters<typeof closeSyncJob>[1]> = {},
): Parameters<typeof closeSyncJob>[1] {
  const completedAt = values.completedAt ?? Date.now();
  return {
    ...job,
    triggeredManually: true,
    status: 'completed',
    errorCode: null,
    bookingsSynced: 0,
    partial: false,
    completedAt,
    revision: 1,
    ...values,
  };
}
