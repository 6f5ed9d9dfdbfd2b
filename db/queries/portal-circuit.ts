/**
 * The portal-wide circuit breaker. Many users whose syncs fail at the portal mean one cause, so scheduled syncs are held
 * back until one of those that still go through (manual and first syncs, and one probe a minute) succeeds.
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import { policyOf, portalWideKinds } from '#domain/failure-kinds.ts';
import type { FailureKind } from '#domain/failure-kinds.ts';
import { affected, firstRow, sql, withTimes, type AsRead } from '../sql.ts';

/** Different users: one person whose account is odd says nothing about the portal. */
const usersToOpen = 5;

/** Failures further apart are not one outage. */
const windowMs = 10 * 60_000;

/** Scheduled syncs that go through while it is open: enough to notice within a minute that the portal is back. */
const probeEvery = '1 minute';

export interface PortalCircuitRow {
  /** Null while it is closed. */
  openedAt: Date | null;
  /** The kind of the failure that opened it. */
  reason: FailureKind | null;
  closedAt: Date | null;
  probedAt: Date | null;
}

export type CircuitTurn = 'opened' | 'closed';

export async function readPortalCircuit(em: EntityManager): Promise<PortalCircuitRow> {
  const found = await firstRow<AsRead<PortalCircuitRow>>(
    em,
    sql`select opened_at as "openedAt", reason, closed_at as "closedAt", probed_at as "probedAt" from portal_circuit`,
  );
  return withTimes<PortalCircuitRow>(found!, 'openedAt', 'closedAt', 'probedAt');
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
  const circuit = await firstRow<{ openedAt: string | null }>(
    tx,
    sql`select opened_at as "openedAt" from portal_circuit for update`,
  );
  if (circuit!.openedAt !== null || !(await isOutage(tx, end.completedAt))) return null;
  await affected(
    tx,
    sql`update portal_circuit set opened_at = ${end.completedAt}, reason = ${end.errorCode}, probed_at = null`,
  );
  return 'opened';
}

async function closeCircuit(tx: EntityManager, completedAt: Date): Promise<boolean> {
  const closed = await affected(
    tx,
    sql`update portal_circuit set opened_at = null, reason = null, closed_at = ${completedAt}
        where opened_at <= ${completedAt}`,
  );
  return closed > 0;
}

/** Enough different users, and at least half of all syncs that ended in the window or since the circuit was closed last. */
async function isOutage(tx: EntityManager, completedAt: Date): Promise<boolean> {
  const found = await firstRow<{ outage: boolean }>(
    tx,
    sql`with newest as (
          select greatest(${completedAt}::timestamptz, max(completed_at)) as at from sync_jobs
        ), ended as (
          select user_id, error_code = any(${portalWideKinds}::text[]) is true as at_portal
          from sync_jobs, newest, portal_circuit circuit
          where completed_at > greatest(newest.at - make_interval(secs => ${windowMs / 1000}), circuit.closed_at)
        )
        select count(distinct user_id) filter (where at_portal) >= ${usersToOpen}
          and 2 * count(*) filter (where at_portal) >= count(*) as outage
        from ended`,
  );
  return found!.outage;
}

/** Whether a scheduled sync is held back now. Where the circuit is open and no probe was sent for a minute, this one is it. */
export async function holdsBack(tx: EntityManager): Promise<boolean> {
  const { openedAt } = await readPortalCircuit(tx);
  if (openedAt === null) return false;
  const probes = await affected(
    tx,
    sql`update portal_circuit set probed_at = now()
        where probed_at is null or probed_at <= now() - ${probeEvery}::interval`,
  );
  return probes === 0;
}
