/**
 * The portal-wide circuit breaker. Many users whose syncs fail at the portal mean one cause, so scheduled syncs are held
 * back until one of those that still go through (manual and first syncs, and one probe a minute) succeeds.
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import { policyOf, portalWideKinds } from '#domain/failure-kinds.ts';
import type { FailureKind } from '#domain/failure-kinds.ts';
import { sql } from 'kysely';
import { kysely, now, type Row } from '../kysely.ts';

/** Different users: one person's odd account says nothing about the portal. */
const usersToOpen = 5;

/** Failures further apart are not one outage. */
const windowMs = 10 * 60_000;

/** Scheduled syncs that go through while it is open: enough to notice within a minute that the portal is back. */
const lastProbe = sql<Date>`now() - interval '1 minute'`;

export type PortalCircuitRow = Omit<Row<'portal_circuit'>, 'id'>;

export type CircuitTurn = 'opened' | 'closed';

const circuitOf = (em: EntityManager) =>
  kysely(em).selectFrom('portal_circuit').select(['openedAt', 'reason', 'closedAt', 'probedAt']);

export function readPortalCircuit(em: EntityManager): Promise<PortalCircuitRow> {
  return circuitOf(em).executeTakeFirstOrThrow();
}

/**
 * Takes note of a sync that ended, in the transaction that makes its job final; returns what that did to the circuit.
 * Times are those of the workflows, so no worker's clock matters. Takes its lock last in the transaction.
 */
export async function noteSyncEnd(
  tx: EntityManager,
  end: { status: 'completed' | 'failed'; errorCode: FailureKind | null; completedAt: Date },
): Promise<CircuitTurn | null> {
  if (end.status === 'completed') return (await closeCircuit(tx, end.completedAt)) ? 'closed' : null;
  if (end.errorCode === null || !policyOf(end.errorCode).portalWide) return null;
  // Held until the end of the transaction, so that of simultaneous failures each counts those before it.
  const { openedAt } = await circuitOf(tx).forUpdate().executeTakeFirstOrThrow();
  if (openedAt !== null || !(await isOutage(tx, end.completedAt))) return null;
  const opened = { openedAt: end.completedAt, reason: end.errorCode, probedAt: null };
  await kysely(tx).updateTable('portal_circuit').set(opened).execute();
  return 'opened';
}

/** At the word of an operator: everybody goes on now. No effect where it is closed. */
export async function closeCircuitNow(em: EntityManager): Promise<PortalCircuitRow> {
  await kysely(em)
    .updateTable('portal_circuit')
    .set({ openedAt: null, reason: null, closedAt: now })
    .where('openedAt', 'is not', null)
    .execute();
  return readPortalCircuit(em);
}

async function closeCircuit(tx: EntityManager, completedAt: Date): Promise<boolean> {
  const { numUpdatedRows } = await kysely(tx)
    .updateTable('portal_circuit')
    .set({ openedAt: null, reason: null, closedAt: completedAt })
    .where('openedAt', '<=', completedAt)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Enough different users, and at least half of all syncs that ended in the window or since the circuit was last closed. */
async function isOutage(tx: EntityManager, completedAt: Date): Promise<boolean> {
  const { rows } = await sql<{ outage: boolean }>`with newest as (
      select greatest(${completedAt}::timestamptz, max(completed_at)) as at from sync_jobs
    ), ended as (
      select user_id, error_code = any(${portalWideKinds}::text[]) is true as at_portal
      from sync_jobs, newest, portal_circuit circuit
      where completed_at > greatest(newest.at - make_interval(secs => ${windowMs / 1000}), circuit.closed_at)
    )
    select count(distinct user_id) filter (where at_portal) >= ${usersToOpen}
      and 2 * count(*) filter (where at_portal) >= count(*) as outage
    from ended`.execute(kysely(tx));
  return rows[0]!.outage;
}

/** Whether a scheduled sync is held back now. Where the circuit is open and no probe was sent for a minute, this one is it. */
export async function holdsBack(tx: EntityManager): Promise<boolean> {
  const { openedAt } = await readPortalCircuit(tx);
  if (openedAt === null) return false;
  const { numUpdatedRows } = await kysely(tx)
    .updateTable('portal_circuit')
    .set({ probedAt: now })
    .where((eb) => eb.or([eb('probedAt', 'is', null), eb('probedAt', '<=', lastProbe)]))
    .executeTakeFirst();
  return numUpdatedRows === 0n;
}
