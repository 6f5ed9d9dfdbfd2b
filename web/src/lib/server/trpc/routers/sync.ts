import { tracked } from '@trpc/server';
import { z } from 'zod';
import {
  history,
  job,
  jobLogs,
  jobStatus,
  portalHealth,
  syncSchedule,
  syncStatus,
  timeline,
} from '#domain/shapes/sync.ts';
import { listHistory, listLogs, readJob } from '#lib/server/sync/history.ts';
import { cancelSync, pauseSync, requestSync, resumeSync } from '#lib/server/sync/commands.ts';
import type { Snapshot } from '#lib/server/sync/status-hub.ts';
import { readSchedule, syncAgain } from '#lib/server/sync/schedule.ts';
import { readTimeline } from '#lib/server/sync/timeline.ts';
import { readStatus, watchStatus } from '#lib/server/sync/status.ts';
import {
  againRequest,
  cancelRequest,
  jobList,
  jobLogList,
  pauseRequest,
  ref,
  syncRequest,
} from '#lib/server/schemas/inputs.ts';
import { router, userProcedure } from '../init.ts';

export const syncRouter = router({
  /** Where the sync stands now. */
  status: userProcedure.output(syncStatus).query(({ ctx }) => readStatus(ctx.services, ctx.user.id)),

  /**
   * The same, live: the present snapshot first, then each new one. A subscriber that comes back with `lastEventId`
   * gets the present snapshot, which holds all that it missed.
   */
  onStatus: userProcedure
    .input(z.strictObject({ lastEventId: z.string().max(200).nullish() }).optional())
    .subscription(({ ctx, signal }) => trackedSnapshots(watchStatus(ctx.services, ctx.session, signal))),

  /** Sync now, or join the sync that is under way. */
  request: userProcedure
    .meta({ scope: 'sync' })
    .input(syncRequest.optional())
    .output(z.object({ jobId: z.string(), status: jobStatus, joined: z.boolean() }))
    .mutation(({ ctx, input }) => requestSync(ctx.services, ctx.user.id, input ?? {})),

  /** Stops the pending or running sync; with a job id only that one. No effect where none runs. */
  cancel: userProcedure
    .meta({ scope: 'sync' })
    .input(cancelRequest.optional())
    .output(z.void())
    .mutation(({ ctx, input }) => cancelSync(ctx.services, ctx.user.id, input?.jobId)),

  /** How Gibney's portal does for everybody, to half a minute. */
  portal: userProcedure.output(portalHealth).query(({ ctx }) => ctx.services.portalHealth.read()),

  /** How long each step of a sync took, beside what is usual. */
  timeline: userProcedure
    .input(ref)
    .output(timeline)
    .query(({ ctx, input }) => readTimeline(ctx.services, ctx.session, input.id)),

  /** No more syncs until `resume`, or until a time. */
  pause: userProcedure
    .meta({ scope: 'sync' })
    .input(pauseRequest.optional())
    .output(z.void())
    .mutation(({ ctx, input }) => pauseSync(ctx.services, ctx.user.id, input)),

  /** Ends a pause of any reason. */
  resume: userProcedure
    .meta({ scope: 'sync' })
    .output(z.void())
    .mutation(({ ctx }) => resumeSync(ctx.services, ctx.user.id)),

  /** The next syncs that come by themselves. */
  schedule: userProcedure.output(syncSchedule).query(({ ctx }) => readSchedule(ctx.services, ctx.user.id)),

  /** One more sync at a time of the next seven days, beside those of the interval; null: no more. */
  again: userProcedure
    .meta({ scope: 'sync' })
    .input(againRequest.extend({ at: againRequest.shape.at.nullable() }))
    .output(syncSchedule)
    .mutation(({ ctx, input }) => syncAgain(ctx.services, ctx.user.id, input.at)),

  /** Past syncs, newest first. */
  history: userProcedure
    .input(jobList.optional())
    .output(history)
    .query(({ ctx, input }) => listHistory(ctx.services, ctx.user.id, input ?? jobList.parse({}))),

  job: userProcedure
    .input(ref)
    .output(job)
    .query(({ ctx, input }) => readJob(ctx.services, ctx.user.id, input.id)),

  /** What one sync wrote down, oldest first. */
  jobLogs: userProcedure
    .input(jobLogList)
    .output(jobLogs)
    .query(({ ctx, input }) => listLogs(ctx.services, ctx.user.id, input)),
});

async function* trackedSnapshots(snapshots: AsyncIterable<Snapshot>) {
  for await (const { id: eventId, view } of snapshots) yield tracked(eventId, view);
}
