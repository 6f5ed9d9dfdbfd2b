/** The tool that starts a sync and, while it runs, says how far it is. */
import { z } from 'zod';
import { phases } from '#domain/phases.ts';
import { flag, id } from '#domain/shapes/common.ts';
import { job } from '#domain/shapes/sync.ts';
import type { StatusJobView } from '#domain/shapes/sync.ts';
import { isActive } from '#domain/sync-states.ts';
import { asApiError } from '../known-errors.ts';
import { syncRequest } from '../schemas/inputs.ts';
import { requestSync } from '../sync/commands.ts';
import { readJob } from '../sync/history.ts';
import { watchStatus } from '../sync/status.ts';
import { tool } from './tool.ts';
import type { ToolContext } from './tool.ts';

/** Most assistants give a call up after a minute. */
const usualWaitSeconds = 45;
const longestWaitSeconds = 600;
const wait = `Give whole seconds from 0 to ${longestWaitSeconds}.`;

const input = syncRequest.extend({
  waitSeconds: z.int(wait).min(0, wait).max(longestWaitSeconds, wait).default(usualWaitSeconds).meta({
    description: 'How long to wait for the end of the sync. It goes on by itself after that.',
  }),
});

const output = z.object({
  jobId: id,
  joined: flag.meta({ description: 'True where a sync was under way already.' }),
  finished: flag.meta({ description: 'False where it still goes on: ask sync_status for how far it is.' }),
  job: job.nullable().meta({ description: 'Null while the sync has not begun.' }),
});

export const syncNow = tool({
  name: 'sync_now',
  title: 'Sync now',
  description:
    "Reads the rentals from Gibney's site now, which takes up to a few minutes, or joins the sync that is under way. Answers when it has ended or the wait is over.",
  scope: 'sync',
  hints: { readOnlyHint: false, openWorldHint: true },
  input,
  output,
  run: ({ services, userId }, { options }) => requestSync(services, userId, { options }),
  async follow(context, { waitSeconds }, { jobId, joined }) {
    if (waitSeconds > 0) await untilEnd(context, jobId, waitSeconds);
    const found = await readStored(context, jobId);
    return { jobId, joined, finished: found !== null && !isActive(found), job: found };
  },
});

async function untilEnd(context: ToolContext, jobId: string, waitSeconds: number): Promise<void> {
  const { services, session, signal } = context;
  const over = AbortSignal.any([signal, AbortSignal.timeout(waitSeconds * 1000)]);
  try {
    for await (const { view } of watchStatus(services, session, over)) {
      if (view.job?.id === jobId) await context.progress(view.job);
      const isOver = view.job?.id === jobId ? !isActive(view.job) : await hasEnded(context, jobId);
      if (isOver) return;
    }
  } catch (error) {
    // The sync was started: that too much is watched already makes no failure of it.
    if (asApiError(error).reason !== 'rate_limited') throw error;
  }
}

async function hasEnded(context: ToolContext, jobId: string): Promise<boolean> {
  const found = await readStored(context, jobId);
  return found !== null && !isActive(found);
}

/** Null where the sync has not begun. */
async function readStored({ services, userId }: ToolContext, jobId: string) {
  try {
    return await readJob(services, userId, jobId);
  } catch (error) {
    if (asApiError(error).reason === 'not_found') return null;
    throw error;
  }
}

export const progressTotal = phases.indexOf('completed');

/** How far a sync is, of `progressTotal`; rises with phases and rentals, and is less than before only where it began anew. */
export function progressOf({ phase, done, total }: Pick<StatusJobView, 'phase' | 'done' | 'total'>): number {
  const reached = Math.min(phases.indexOf(phase), progressTotal);
  if (phase !== 'reading') return reached;
  return reached + done / Math.max(total ?? 0, done + 50);
}
