/** What a sync would change: it is done, looked at, and undone. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { ReconcileBookingsInput, ReconcileBookingsResult } from '#domain/activities.ts';
import type { PlannedChange } from '#domain/shapes/sync.ts';
import { kysely, now } from '../kysely.ts';
import { appendJobLog } from './sync-jobs.ts';
import { lockUser } from './users.ts';

type Counts = Omit<Extract<ReconcileBookingsResult, { outcome: 'stored' }>, 'outcome'>;
type Job = Pick<ReconcileBookingsInput, 'userId' | 'jobId'>;

/** Thrown to undo the transaction that found it. */
export class Rehearsal extends Error {
  override name = 'Rehearsal';
  readonly counts: Counts;
  readonly changes: PlannedChange[];

  constructor(counts: Counts, changes: PlannedChange[]) {
    super('nothing is stored by a dry run');
    this.counts = counts;
    this.changes = changes;
  }
}

/** Nobody reads more; the counts include all. */
const mostChanges = 500;
/** The log has a line for each of these. */
const mostLines = 30;

/** Within the transaction that made them. */
export function readPlannedChanges(tx: EntityManager, { userId, jobId }: Job): Promise<PlannedChange[]> {
  return kysely(tx)
    .selectFrom('booking_changes as c')
    .innerJoin('bookings as b', 'b.id', 'c.bookingId')
    .select(['c.kind', 'b.recordId', 'b.name', 'c.before', 'c.after'])
    .where((eb) => eb.and({ 'c.userId': userId, 'c.jobId': jobId }))
    .orderBy('b.startsAt', 'desc')
    .orderBy('b.id')
    .limit(mostChanges)
    .execute();
}

/** Records what was found, once a job. */
export function noteRehearsal(
  em: EntityManager,
  { userId, jobId }: Job,
  { counts, changes }: Rehearsal,
): Promise<ReconcileBookingsResult> {
  const { listed, ...found } = counts;
  return em.transactional(async (tx) => {
    await lockUser(tx, userId);
    const { numUpdatedRows } = await kysely(tx)
      .updateTable('sync_jobs')
      .set({ ...found, done: found.bookingsSynced, total: listed ?? null, reconciledAt: now, phase: 'processing' })
      .where((eb) => eb.and({ id: jobId, userId }))
      .where('reconciledAt', 'is', null)
      .executeTakeFirst();
    if (numUpdatedRows > 0n) await log(tx, { userId, jobId }, found, changes);
    return { outcome: 'stored', ...counts };
  });
}

async function log(
  tx: EntityManager,
  job: Job,
  { added, changed, removed }: Omit<Counts, 'listed'>,
  changes: PlannedChange[],
) {
  const line = { ...job, level: 'info', phase: 'processing' } as const;
  const message = `Dry run: ${added} would be new, ${changed} changed, ${removed} gone. Nothing was stored.`;
  await appendJobLog(tx, { ...line, message, data: { changes } });
  for (const { kind, name } of changes.slice(0, mostLines))
    await appendJobLog(tx, { ...line, message: `${name || 'A rental'} ${wouldBe(kind)}.` });
}

function wouldBe(kind: PlannedChange['kind']): string {
  if (kind === 'added') return 'would be new';
  if (kind === 'removed') return 'would be marked as gone';
  if (kind === 'restored') return 'would be back again';
  return kind === 'moved' || kind === 'renamed' ? `would be ${kind}` : `would have another ${kind}`;
}
