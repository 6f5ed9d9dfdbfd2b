/** How long each step of a sync took, beside what is usual. */
import { timelineOf, usualMs } from '#domain/sync-timeline.ts';
import { readTimelines } from '#db/queries/timelines.ts';
import { mayDo } from '../auth/scopes.ts';
import type { Session } from '../auth/session.ts';
import { notFound } from '../errors.ts';
import { workflowUrl } from '../operate/workflow-url.ts';
import type { Services } from '../services.ts';

/** Throws `not_found`, also for another user's. Only operators are led to the Temporal UI. */
export async function readTimeline({ orm, config }: Services, session: Session, jobId: string) {
  const { id: userId } = session.user;
  const [job, ...others] = await readTimelines(orm.em.fork(), userId, jobId);
  if (!job) throw notFound('sync', jobId);
  const usual = usualMs(others.map(timelineOf));
  const { workflowRunId } = job;
  const isShown = workflowRunId !== null && mayDo(session, 'operate');
  return {
    steps: timelineOf(job).map((step) => ({ ...step, usualMs: usual[step.kind] ?? null })),
    runUrl: isShown ? workflowUrl(config, `sync:${userId}`, workflowRunId) : null,
  };
}
