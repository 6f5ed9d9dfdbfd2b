/** Workers beside each other: who took which activity, and workers whose ways can be cut. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startRelay, type Relay } from '#tests/support/relay.ts';
import { until } from '#tests/support/until.ts';
import { jobsOf, type Dancer } from './dancer.ts';
import type { Part } from './part.ts';
import type { TestContext } from './test-context.ts';

export interface Taken {
  activity: string;
  pid: number;
  at: number;
  /** How it ended where it did not complete. */
  ended?: string;
}

type History = Awaited<ReturnType<ReturnType<TestContext['syncs']['client']['workflow']['getHandle']>['fetchHistory']>>;
type Event = NonNullable<History['events']>[number];

/** Every activity of a sync that some worker took, in order. */
export async function takenBy(context: TestContext, { id }: Dancer, jobId?: string): Promise<Taken[]> {
  const job = (await jobsOf(context, id)).at(-1)!;
  const [row] = await context.db.rows<{ run: string }>('select workflow_run_id as run from sync_jobs where id = $1', [
    jobId ?? job.id,
  ]);
  const { events } = await context.syncs.client.workflow.getHandle(`sync:${id}`, row!.run).fetchHistory();
  const all = events ?? [];
  return all.flatMap((event) => takenIn(all, event));
}

function takenIn(all: Event[], { activityTaskStartedEventAttributes: started, eventId, eventTime }: Event): Taken[] {
  if (!started) return [];
  const scheduled = all.find((other) => String(other.eventId) === String(started.scheduledEventId));
  const end = all.find((other) => String(endOf(other)?.startedEventId) === String(eventId));
  const pid = Number(/ (\d+)@/.exec(started.identity ?? '')?.[1]);
  const activity = scheduled?.activityTaskScheduledEventAttributes?.activityType?.name ?? '';
  const ended = end?.activityTaskCompletedEventAttributes ? {} : { ended: reasonOf(end) };
  return [{ activity, pid, at: Number(eventTime?.seconds) * 1_000 + Number(eventTime?.nanos) / 1e6, ...ended }];
}

const endOf = (event: Event) =>
  event.activityTaskCompletedEventAttributes ??
  event.activityTaskFailedEventAttributes ??
  event.activityTaskTimedOutEventAttributes ??
  event.activityTaskCanceledEventAttributes;

function reasonOf(event: Event | undefined): string {
  const failed = event?.activityTaskFailedEventAttributes?.failure;
  if (failed) return `${failed.applicationFailureInfo?.type}: ${failed.message}`;
  return event?.activityTaskTimedOutEventAttributes ? 'timed out' : 'open or canceled';
}

/** The worker that has the attempt of this dancer now. */
export async function holderOf({ syncs }: TestContext, { id }: Dancer): Promise<number> {
  return until(`who reads for ${id}`, async () => {
    const { raw } = await syncs.client.workflow.getHandle(`sync:${id}`).describe();
    const attempt = raw.pendingActivities?.find(({ activityType }) => activityType?.name === 'scrapeRentals');
    return Number(/ (\d+)@/.exec(attempt?.lastWorkerIdentity ?? '')?.[1]);
  });
}

export interface WorkerOnRelays {
  part: Part;
  postgres: Relay;
  temporal: Relay;
  /** Whether its log has this line by now, after the lines that were there at the last look. */
  hasSaid(line: string): boolean;
  close(): Promise<void>;
}

/** A worker with ways of its own to PostgreSQL and to Temporal. */
export async function addWorkerOnRelays(context: TestContext, env: NodeJS.ProcessEnv = {}): Promise<WorkerOnRelays> {
  const postgres = await startRelay(context.databaseUrl);
  const temporal = await startRelay(`http://${context.temporalAddress}`);
  const part = await context.addWorker({
    env: {
      DATABASE_URL: postgres.url,
      DATABASE_DIRECT_URL: postgres.url,
      TEMPORAL_ADDRESS: new URL(temporal.url).host,
      ...env,
    },
  });
  const log = join(context.folder, 'logs', `${part.name}.log`);
  let read = 0;
  return {
    part,
    postgres,
    temporal,
    hasSaid(line) {
      const text = readFileSync(log, 'utf8');
      const at = text.indexOf(line, read);
      if (at >= 0) read = at + line.length;
      return at >= 0;
    },
    async close() {
      await part.stop();
      await Promise.all([postgres.close(), temporal.close()]);
    },
  };
}
