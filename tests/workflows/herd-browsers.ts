/**
 * A worker of the queue `portal` in a process of its own, to be killed in the middle; the portal and its browser are faked. Told by
 * its arguments where everything is, it tells its parent of each attempt that begins.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { ApplicationFailure, Context } from '@temporalio/activity';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { initOrm } from '#db/orm.ts';
import { beginAttempt } from '#db/queries/portal-accounts.ts';
import { stageRentals, type StagedRental } from '#db/queries/staged-rentals.ts';
import type { PortalActivities } from '#domain/activities.ts';
import { portalQueue } from '#workflows/names.ts';
import { reportProgress } from '#workflows/messages.ts';

export interface Begun {
  userId: string;
  attempt: number;
  /** Epoch ms. */
  at: number;
}

export interface HerdBrowsers {
  databaseUrl: string;
  address: string;
  namespace: string;
  slots: number;
  /** How long a list takes to read. */
  readingMs: number;
  /** Here their times are texts, and are written as such. */
  rentals: StagedRental[];
}

const { databaseUrl, address, namespace, slots, readingMs, rentals } = JSON.parse(process.argv[2]!) as HerdBrowsers;

Runtime.install({ logger: new DefaultLogger('ERROR') });
const orm = await initOrm(databaseUrl, { size: slots + 1 });

const scrapeRentals: PortalActivities['scrapeRentals'] = async (input) => {
  const { userId, jobId, attempt } = input;
  const { client, heartbeat, info } = Context.current();
  process.send!({ userId, attempt, at: Date.now() } satisfies Begun);
  heartbeat();
  const report = { jobId, attempt, seq: 1, phase: 'initializing', done: 0, total: null } as const;
  const workflow = client.workflow.getHandle(info.workflowExecution!.workflowId);
  const [account] = await Promise.all([
    beginAttempt(orm.em.fork(), input),
    workflow.signal(reportProgress, report),
    pause(readingMs),
  ]);
  if (!account) throw ApplicationFailure.nonRetryable('the job is no longer active', 'cancelled');
  if (rentals.length > 0) await stageRentals(orm.em.fork(), jobId, attempt, rentals);
  return { attempt, count: rentals.length, complete: true, unreadable: 0, revision: account.revision };
};

const worker = await Worker.create({
  connection: await NativeConnection.connect({ address }),
  namespace,
  taskQueue: portalQueue,
  activities: { scrapeRentals },
  maxConcurrentActivityTaskExecutions: slots,
});
process.once('disconnect', () => process.exit(1));
await worker.run();
