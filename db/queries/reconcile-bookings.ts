/** The one writer of bookings: brings them in line with what an attempt read, in one transaction, once a job. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { ReconcileBookingsInput, ReconcileBookingsResult } from '#domain/activities.ts';
import { isLargeLoss, keptWords, lostWords, wantsSecondReading, wantsSecondSync, type Loss } from '#domain/losses.ts';
import { ofAll } from '#domain/phases.ts';
import { columnsOf, rentalFields } from '#domain/rental-list/fields.ts';
import type { JobRetryView } from '#domain/shapes/sync.ts';
import { sql, type RawBuilder } from 'kysely';
import { kysely, now } from '../kysely.ts';
import { noteRehearsal, readPlannedChanges, Rehearsal } from './dry-run.ts';
import { assignByRules } from './assign-groups.ts';
import { adoptRenumbered, insertNew, markMissing, missPast, touchListed, updateChanged } from './booking-writes.ts';
import { writeBookingEvents } from './events.ts';
import { appendJobLog, noteRetry } from './sync-jobs.ts';
import { lockUser } from './users.ts';

export type StoredCounts = Omit<Extract<ReconcileBookingsResult, { outcome: 'stored' }>, 'outcome'>;

/** The reconcile was refused, and nothing written: the message says why. */
export class ReconcileRefusedError extends Error {
  override name = 'ReconcileRefusedError';
}

/**
 * Stores what the attempt staged. A second call for a job returns what the first one stored. Throws
 * {@link ReconcileRefusedError} where the job is closed or the staged rows are not as many as `count`.
 */
export async function reconcileBookings(
  em: EntityManager,
  input: ReconcileBookingsInput,
): Promise<ReconcileBookingsResult> {
  const rehearsal: { found?: Rehearsal } = {};
  try {
    return await writeBookings(em, input, rehearsal);
  } catch (error) {
    if (error !== rehearsal.found) throw error;
    return noteRehearsal(em, input, rehearsal.found!);
  }
}

function writeBookings(
  em: EntityManager,
  input: ReconcileBookingsInput,
  rehearsal: { found?: Rehearsal },
): Promise<ReconcileBookingsResult> {
  return em.transactional(async (tx) => {
    const { stored, dryRun: isRehearsed } = await lockJob(tx, input);
    const dryRun = isRehearsed || input.dryRun;
    if (stored) return { outcome: 'stored', ...stored };
    const staged = await readStaged(tx, input);
    // Rows staged a moment ago are not in the planner's statistics: without this it compares each with each.
    await sql`set local enable_nestloop = off`.execute(kysely(tx));
    const whole = input.complete && staged.nameless === 0;
    const loss = whole ? await adoptOrLose(tx, input) : null;
    if (loss && !input.confirmed && !dryRun && wantsSecondReading(loss)) {
      await noteRetry(tx, { ...input, retry: confirming(input, loss) });
      return { outcome: 'wants_confirmation' };
    }
    const { unconfirmed, lost, ...counts } = await store(tx, input, staged, loss);
    // Thrown, so that nothing of it remains.
    if (dryRun) throw (rehearsal.found = new Rehearsal(counts, await readPlannedChanges(tx, input)));
    await noteStored(tx, input, counts, { unconfirmed, lost });
    if (counts.added + counts.changed > 0) await assignByRules(tx, input.userId, input.jobId);
    if (counts.added + counts.changed + counts.removed > 0) await writeBookingEvents(tx, input);
    return { outcome: 'stored', ...counts };
  });
}

function confirming({ attempt }: ReconcileBookingsInput, { missing }: Loss): JobRetryView {
  return { reason: 'confirming', httpStatus: null, missing, attempt: attempt + 1, of: null, nextTryAt: null };
}

/** Locks the job. Returns its counts where it was already reconciled. */
async function lockJob(
  tx: EntityManager,
  { userId, jobId }: { userId: string; jobId: string },
): Promise<{ stored: StoredCounts | null; dryRun: boolean }> {
  await lockUser(tx, userId);
  const job = await kysely(tx)
    .selectFrom('sync_jobs')
    .select([
      'status',
      'reconciledAt',
      'dryRun',
      'bookingsSynced',
      'total as listed',
      'added',
      'changed',
      'removed',
      'partial',
    ])
    .where((eb) => eb.and({ id: jobId, userId }))
    .forUpdate()
    .executeTakeFirst();
  if (!job) throw new ReconcileRefusedError('the job does not exist');
  const { status, reconciledAt, dryRun, ...counts } = job;
  if (reconciledAt) return { stored: counts as StoredCounts, dryRun };
  if (status === 'completed' || status === 'failed') throw new ReconcileRefusedError('the job is closed');
  return { stored: null, dryRun };
}

interface Staged {
  /** Distinct rentals. */
  listed: number;
  /** Rows without a record id: the list may hold more than we know. */
  nameless: number;
  unreadable: number;
}

async function readStaged(tx: EntityManager, { jobId, attempt, count }: ReconcileBookingsInput): Promise<Staged> {
  const { staged, ...found } = await kysely(tx)
    .selectFrom('staged_rentals')
    .where((eb) => eb.and({ jobId, attempt }))
    .select((eb) => [
      eb.fn.countAll<number>().as('staged'),
      eb.fn.count<number>('recordId').distinct().as('listed'),
      eb.fn.countAll<number>().filterWhere('recordId', 'is', null).as('nameless'),
      eb.fn.count<number>('problem').as('unreadable'),
    ])
    .executeTakeFirstOrThrow();
  if (staged !== count) throw new ReconcileRefusedError(`${staged} rows are staged where the attempt counted ${count}`);
  return found;
}

/**
 * The rentals of the attempt, one row per record id: the last readable one, since a list that shifts while it is
 * scrolled shows a row twice. From a row that the version before could not read, nothing is taken.
 */
function listedOf({ jobId, attempt }: ReconcileBookingsInput): RawBuilder<unknown> {
  const columns = rentalFields.flatMap(columnsOf);
  const all = sql.lit(`{${columns.join(',')}}`);
  return sql`select distinct on (record_id) record_id, ${sql.join(columns.map((name) => sql.ref(name)))}, record_url,
      case when problem is not null and unreadable = '{}' then ${all}::text[] else unreadable end as unreadable
    from staged_rentals where job_id = ${jobId} and attempt = ${attempt} and record_id is not null
    order by record_id, problem is null desc, starts_at is not null desc, ordinal desc`;
}

/**
 * What the list lacks under any record id. A reading that is not believed may give new ones, too: the one that is
 * believed finds the rentals again by the same rule.
 */
async function adoptOrLose(tx: EntityManager, input: ReconcileBookingsInput): Promise<Loss> {
  const loss = await readLoss(tx, input);
  if (loss.missing === 0) return loss;
  const { userId, jobId } = input;
  const renumbered = await adoptRenumbered(tx, { userId, jobId, listed: listedOf(input) });
  if (renumbered === 0) return loss;
  const message = `Known rentals that have a new record id at Gibney: ${renumbered}. Each is still the one that it was.`;
  await appendJobLog(tx, { userId, jobId, phase: 'processing', level: 'info', message });
  return readLoss(tx, input);
}

/** Which of the known bookings the list lacks, and every other attempt of the job lacked as well. */
async function readLoss(tx: EntityManager, input: ReconcileBookingsInput): Promise<Loss> {
  const staged = kysely(tx).selectFrom('staged_rentals').select('recordId').distinct().where('jobId', '=', input.jobId);
  const found = await kysely(tx)
    .selectFrom('bookings as b')
    .leftJoin(staged.as('s'), 's.recordId', 'b.recordId')
    .where('b.userId', '=', input.userId)
    .where('b.removedAt', 'is', null)
    .select((eb) => {
      const count = () => eb.fn.countAll<number>();
      return [
        count().as('known'),
        count().filterWhere('s.recordId', 'is', null).as('missing'),
        count().filterWhere('b.startsAt', '>', now).as('upcoming'),
        count().filterWhere('b.startsAt', '>', now).filterWhere('s.recordId', 'is', null).as('missingUpcoming'),
      ];
    })
    .executeTakeFirstOrThrow();
  return { listed: input.count, ...found };
}

/** `loss` is what a whole list lacks; with any other list nothing is taken for gone. */
async function store(
  tx: EntityManager,
  input: ReconcileBookingsInput,
  { listed, nameless, unreadable }: Staged,
  loss: Loss | null,
): Promise<StoredCounts & Doubts> {
  const from = { userId: input.userId, jobId: input.jobId, listed: listedOf(input) };
  const unconfirmed = loss && wantsSecondSync(loss) ? await missPast(tx, from) : 0;
  const removed = loss ? await markMissing(tx, from) : 0;
  const changed = await updateChanged(tx, from);
  const known = await touchListed(tx, from);
  const added = await insertNew(tx, from);
  // Only what was read twice is lost: a dry run reads once, and says what it would remove.
  const lost = loss && input.confirmed && isLargeLoss(loss) ? removed : 0;
  const gaps = !(loss || input.partRead) || unreadable > 0 || input.unreadable > 0;
  const partial = gaps || unconfirmed > 0 || lost > 0;
  const counts = { bookingsSynced: known + added, listed: listed + nameless, added, changed, removed, partial };
  return { ...counts, unconfirmed, lost };
}

/** Rentals that many at once were missing: kept for now, or removed. */
interface Doubts {
  unconfirmed: number;
  lost: number;
}

const unconfirmedText =
  'Rentals seem to be missing from the list, and no second reading confirmed it: none is marked as gone.';

async function noteStored(
  tx: EntityManager,
  input: ReconcileBookingsInput,
  counts: StoredCounts,
  doubts: Doubts,
): Promise<void> {
  const { userId, jobId, unconfirmed } = input;
  const { listed, ...stored } = counts;
  const { bookingsSynced, added, changed, removed } = stored;
  const line = { userId, jobId, phase: 'processing' } as const;
  await kysely(tx)
    .updateTable('sync_jobs')
    .set({ ...stored, ...doubts, done: bookingsSynced, total: listed ?? null })
    .set({ reconciledAt: now, phase: 'processing' })
    .where('id', '=', jobId)
    .execute();
  const message = `Stored ${ofAll(bookingsSynced, listed)} rentals: ${added} new, ${changed} changed, ${removed} gone.`;
  await appendJobLog(tx, { ...line, level: 'info', message, data: { ...counts } });
  if (unconfirmed) await appendJobLog(tx, { ...line, level: 'warn', message: unconfirmedText });
  const told = [
    ...(doubts.lost > 0 ? [lostWords(doubts.lost)] : []),
    ...(doubts.unconfirmed > 0 ? [keptWords(doubts.unconfirmed)] : []),
  ];
  for (const { what, then } of told) await appendJobLog(tx, { ...line, level: 'warn', message: `${what} ${then}` });
}
