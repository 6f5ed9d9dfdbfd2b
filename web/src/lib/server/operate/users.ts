/** What operators see and do. All of it is in the audit log before it happens; none of it opens a secret. */
import type { z } from 'zod';
import { sendGivenUp } from '#db/queries/deliveries.ts';
import * as queries from '#db/queries/operate.ts';
import { closeCircuitNow, readPortalCircuit } from '#db/queries/portal-circuit.ts';
import { userSyncId } from '#workflows/names.ts';
import { noteDeed } from '../audit/audit.ts';
import type { Session } from '../auth/session.ts';
import { listBookings } from '../bookings/bookings.ts';
import { startDelivery } from '../deliveries/deliveries.ts';
import { notFound } from '../errors.ts';
import type { bookingsLook, deliveriesRetry, logsLook, userList } from '../schemas/operate-inputs.ts';
import type { Services } from '../services.ts';
import { notifyWatchers, pauseSync, resumeSync } from '../sync/commands.ts';
import { listHistory, listLogs } from '../sync/history.ts';
import { readStatus } from '../sync/status.ts';
import { workflowUrl } from './workflow-url.ts';

export async function readOverview({ orm }: Pick<Services, 'orm'>) {
  const [counts, circuit] = await Promise.all([queries.countUsers(orm.em.fork()), readPortalCircuit(orm.em.fork())]);
  return { ...counts, circuit };
}

/** Throws `BadCursorError`. */
export async function listUsers(services: Services, session: Session, list: z.output<typeof userList>) {
  await noteDeed(services, session, { action: 'users.list' });
  return queries.listUsers(services.orm.em.fork(), list);
}

const jobsShown = 20;

/** Throws `not_found`. */
export async function readUserForOperator(services: Services, session: Session, userId: string) {
  const { orm, config } = services;
  const user = await findUser(services, userId);
  await noteDeed(services, session, { action: 'user.view', subjectId: userId });
  const [status, { jobs }, deliveryTrouble, circuit] = await Promise.all([
    readStatus(services, userId),
    listHistory(services, userId, { limit: jobsShown }),
    queries.listDeliveryTrouble(orm.em.fork(), userId),
    readPortalCircuit(orm.em.fork()),
  ]);
  const runs = await queries.listJobRuns(
    orm.em.fork(),
    userId,
    jobs.map(({ id }) => id),
  );
  const workflowId = userSyncId(userId);
  return {
    ...user,
    status,
    workflow: { id: workflowId, url: workflowUrl(config, workflowId) },
    jobs: jobs.map((job) => {
      const { workflowRunId = null, attempt = 0 } = runs.get(job.id) ?? {};
      return { ...job, attempts: attempt, runUrl: workflowRunId && workflowUrl(config, workflowId, workflowRunId) };
    }),
    deliveryTrouble,
    circuit,
  };
}

/** A user's bookings, once it is written down why. Throws `not_found`, `BadCursorError`. */
export async function lookAtBookings(
  services: Services,
  session: Session,
  { id, reason, ...page }: z.output<typeof bookingsLook> & { id: string },
) {
  await findUser(services, id);
  await noteDeed(services, session, { action: 'user.bookings', subjectId: id, reason });
  return listBookings(services, id, page);
}

/** What a sync wrote down, as the user sees it, once it is written down why. Throws `not_found`, `BadCursorError`. */
export async function lookAtLogs(
  services: Services,
  session: Session,
  { id, jobId, reason, ...page }: z.output<typeof logsLook> & { id: string; jobId: string },
) {
  await findUser(services, id);
  await noteDeed(services, session, { action: 'user.logs', subjectId: id, reason });
  return listLogs(services, id, { jobId, ...page });
}

interface Deed {
  id: string;
  reason?: string | undefined;
}

/** As if the user had asked, but not out of the user's own limits. Throws `not_found` and what refuses a sync. */
export async function syncUser(services: Services, session: Session, { id, reason }: Deed) {
  await findUser(services, id);
  await noteDeed(services, session, { action: 'user.sync', subjectId: id, reason });
  try {
    return await services.requestSync(id, {});
  } finally {
    await notifyWatchers(services, id);
  }
}

/** Leaves a pause as it is, with its end. Throws `not_found`. */
export async function pauseUser(services: Services, session: Session, { id, reason }: Deed): Promise<void> {
  const { pausedReason } = await findUser(services, id);
  await noteDeed(services, session, { action: 'user.pause', subjectId: id, reason });
  if (pausedReason === null) await pauseSync(services, id, { by: 'operator' });
}

/** Throws `not_found`. */
export async function resumeUser(services: Services, session: Session, { id, reason }: Deed): Promise<void> {
  await findUser(services, id);
  await noteDeed(services, session, { action: 'user.resume', subjectId: id, reason });
  await resumeSync(services, id);
}

const givenUpLatelyMs = 7 * 24 * 60 * 60_000;

/** What was given up, also by mail and push, to whatever is not off. Throws `not_found`. */
export async function retryDeliveries(
  services: Services,
  session: Session,
  { id, reason, since }: z.output<typeof deliveriesRetry> & { id: string },
): Promise<{ count: number }> {
  await findUser(services, id);
  await noteDeed(services, session, { action: 'user.deliveries.retry', subjectId: id, reason });
  const from = since === undefined ? new Date(Date.now() - givenUpLatelyMs) : new Date(since);
  const { count, targetIds } = await sendGivenUp(services.orm.em.fork(), id, from);
  for (const targetId of targetIds) startDelivery(services, targetId);
  return { count };
}

/** Whoever is held back by the portal's breaker goes on now. */
export async function closeCircuit(services: Services, session: Session, { reason }: Omit<Deed, 'id'>) {
  await noteDeed(services, session, { action: 'circuit.close', reason });
  return closeCircuitNow(services.orm.em.fork());
}

async function findUser({ orm }: Pick<Services, 'orm'>, userId: string): Promise<queries.OperatedUser> {
  const user = await queries.readOperatedUser(orm.em.fork(), userId);
  if (!user) throw notFound('user', userId);
  return user;
}
