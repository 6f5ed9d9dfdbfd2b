/** What operators do to many users at once: first as a dry run, then as a workflow of its own. */
import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import * as queries from '#db/queries/bulk-operations.ts';
import type { BulkRow } from '#db/queries/bulk-operations.ts';
import { undoOf } from '#domain/bulk.ts';
import { TemporalUnavailableError } from '#platform/errors.ts';
import { bulkOperationId } from '#workflows/names.ts';
import { noteDeed } from '../audit/audit.ts';
import type { Session } from '../auth/session.ts';
import { ApiError, notFound } from '../errors.ts';
import type { bulkRequest } from '../schemas/operate-inputs.ts';
import type { Services } from '../services.ts';
import { workflowUrl } from './workflow-url.ts';

const previewed = 100;
const listed = 20;

export async function requestBulk(services: Services, session: Session, input: z.output<typeof bulkRequest>) {
  const { action, query, rate, reason = null, dryRun } = input;
  const id = dryRun ? null : randomUUID();
  const deed = id === null ? `bulk.try.${action}` : `bulk.start.${action}`;
  await noteDeed(services, session, { action: deed, reason: input.reason, bulk: { id, query, rate } });
  if (id === null) {
    const found = await queries.previewBulk(services.orm.em.fork(), { action, query, limit: previewed });
    const nothing = { id, done: 0, skipped: 0, undoOf: null, canUndo: false, createdAt: null, finishedAt: null };
    return { ...nothing, action, query, rate, reason, state: 'dry_run' as const, ...found, workflowUrl: null };
  }
  const bulk = { id, action, query, ratePerMinute: rate, reason, requestedBy: session.user.id };
  return start(services, await queries.insertBulk(services.orm.em.fork(), bulk));
}

/** About those alone to whom the operation was done, once. Throws `not_found`, `validation_failed`. */
export async function undoBulk(services: Services, session: Session, id: string) {
  const { action: before, query, ratePerMinute, state } = await findBulk(services, id);
  const action = undoOf[before];
  if (action === null) throw new ApiError('validation_failed', 'What was synced cannot be taken back.');
  if (state === 'running') throw new ApiError('validation_failed', 'Wait for its end, or cancel it first.');
  const trace = { id, query, rate: ratePerMinute };
  await noteDeed(services, session, { action: `bulk.undo.${before}`, bulk: trace });
  const bulk = { action, query, ratePerMinute, reason: `takes ${id} back`, requestedBy: session.user.id, undoOf: id };
  const undo = await queries.insertUndo(services.orm.em.fork(), bulk);
  if (!undo) throw new ApiError('validation_failed', 'It is taken back already.');
  return start(services, undo);
}

async function start(services: Services, row: BulkRow) {
  const { id: bulkId, action, total, ratePerMinute } = row;
  try {
    await services.syncClient.startBulk({ bulkId, action, total, ratePerMinute });
  } catch (error) {
    await queries.deleteBulk(services.orm.em.fork(), bulkId);
    throw error;
  }
  return viewOf(services, row);
}

/** Newest first. */
export async function listBulks(services: Services) {
  const rows = await queries.listBulks(services.orm.em.fork(), listed);
  return rows.map((row) => viewOf(services, row));
}

/** While it runs as its workflow says; where that does not answer, as it is written down. Throws `not_found`. */
export async function readBulk(services: Services, id: string) {
  const row = await findBulk(services, id);
  if (row.state !== 'running') return viewOf(services, row);
  const live = await services.syncClient.readBulk(id).catch((error: unknown) => {
    if (!(error instanceof TemporalUnavailableError)) throw error;
    return null;
  });
  const furthest = (written: number, told = 0) => Math.max(written, told);
  return viewOf(services, {
    ...row,
    done: furthest(row.done, live?.done),
    skipped: furthest(row.skipped, live?.skipped),
  });
}

/** Who is done stays done. Throws `not_found`. */
export async function cancelBulk(services: Services, session: Session, id: string): Promise<void> {
  const { action } = await findBulk(services, id);
  await noteDeed(services, session, { action: `bulk.cancel.${action}`, bulk: { id } });
  if (!(await services.syncClient.cancelBulk(id))) await queries.finishBulk(services.orm.em.fork(), id, 'canceled');
}

async function findBulk({ orm }: Pick<Services, 'orm'>, id: string): Promise<BulkRow> {
  const row = await queries.readBulk(orm.em.fork(), id);
  if (!row) throw notFound('bulk operation', id);
  return row;
}

function viewOf({ config }: Services, { ratePerMinute, requestedBy: _, isUndone, ...row }: BulkRow) {
  const canUndo = undoOf[row.action] !== null && row.state !== 'running' && row.done > 0 && !isUndone;
  return {
    ...row,
    rate: ratePerMinute,
    canUndo,
    users: null,
    workflowUrl: workflowUrl(config, bulkOperationId(row.id)),
  };
}
