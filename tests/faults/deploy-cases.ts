/** Group 5: deploys. The next version is this one, with a workflow and a table that differ. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { inProject } from '#platform/paths.ts';
import { workflowBundlePath } from '#temporal/workflow-bundle.ts';
import { ensureSyncsScheduleId } from '#workflows/names.ts';
import { savedHistories } from '../workflows/histories.ts';
import { everywhere, moments, type FaultCase } from './cases.ts';
import { jobsOf, untilOver } from './context/dancer.ts';
import {
  injectFaultAtEachMoment,
  standIn,
  syncAgain,
  takeDancer,
  wholeList,
  type Held,
} from './context/inject-fault.ts';
import type { Part } from './context/part.ts';
import { restProblems } from './context/truth.ts';
import { until } from '../support/until.ts';
import type { TestContext } from './context/test-context.ts';

const run = promisify(execFile);

/** No part of a worker. */
const notCopied = new Set(['node_modules', 'web', 'tests', 'docs']);

/** A changed order of commands, guarded as CONTRIBUTING.md says: runs of the version before go on as they began. */
const nextWorkflows = `
import { patched } from '@temporalio/workflow';
import { userSync as before } from './user-sync.ts';
export { ensureSyncs } from './ensure-syncs.ts';

export async function userSync(input: Parameters<typeof before>[0]): Promise<void> {
  patched('next-version');
  return before(input);
}
`;

const nextMigration = `
import { Migration } from '@mikro-orm/migrations';

export class Migration29990101000000_next extends Migration {
  override name = 'Migration29990101000000_next';
  override up(): void {
    this.addSql('alter table "bookings" add column "next_note" text null;');
    this.addSql('alter table "sync_jobs" add column "next_note" text not null default \\'\\';');
    this.addSql('create index "bookings_next_index" on "bookings" ("user_id", "next_note");');
    this.addSql('create table "next_things" ("id" bigserial primary key, "user_id" uuid not null references "users" ("id") on delete cascade);');
  }
}
`;

/** Writes the next version beside everything else; answers with its folder. */
async function makeNextVersion(context: TestContext): Promise<string> {
  const folder = await mkdtemp(join(context.folder, 'next-version-'));
  const names = (await readdir(inProject())).filter((name) => !name.startsWith('.') && !notCopied.has(name));
  for (const name of names) await cp(inProject(name), join(folder, name), { recursive: true });
  await symlink(inProject('node_modules'), join(folder, 'node_modules'));
  await writeFile(join(folder, 'workflows', 'index.ts'), nextWorkflows);
  await writeFile(join(folder, 'db', 'migrations', 'migration-29990101000000-next.ts'), nextMigration);
  return folder;
}

const nextVersion: FaultCase = {
  id: 'next-version',
  breaks: 'the worker is told to end, while one with the next version of the workflow starts',
  holds: 'the sync goes on and completes on the next version, and so does the one after it',
  async run(context) {
    const folder = await makeNextVersion(context);
    const outcomes = await injectFaultAtEachMoment(context, {
      async injectFault() {
        await replaceWorker(context, folder);
      },
      async also({ dancer }) {
        return [...wholeList(await syncAgain(context, dancer)), ...(await versionProblems(context, dancer.id))];
      },
    });
    // This version takes no run back from the next one, so nobody else meets these users.
    moments.forEach((moment) => takeDancer(context, moment));
    return outcomes;
  },
};

const rolledBack: FaultCase = {
  id: 'rolled-back',
  breaks: 'syncs that began on the next version stand in their middle when it is rolled back to this one',
  holds: 'the reconciler starts their runs anew; what was cut off is made up for, and everybody goes on',
  async run(context) {
    const next = await replaceWorker(context, await makeNextVersion(context));
    const held = await Promise.all(moments.map((moment) => standIn(context, moment)));
    const tried = await Promise.all(held.map(({ dancer }) => versionProblems(context, dancer.id)));
    try {
      await Promise.all([next.terminate(), context.worker.start()]);
    } finally {
      for (const { gate } of held) await gate.open();
    }
    await until('nobody is stuck', () => isMended(context, held), 8 * 60_000);
    return Promise.all(
      held.map(async (each, index) => ({
        moment: each.moment,
        problems: [...tried[index]!, ...(await rolledBackProblems(context, each))],
      })),
    );
  },
};

async function rolledBackProblems(context: TestContext, { dancer, jobId }: Held): Promise<string[]> {
  const isOver = async () =>
    (await jobsOf(context, dancer.id)).find(({ id, completedAt }) => id === jobId && completedAt);
  const { status, errorCode } = await until('the end of the sync that was cut off', isOver);
  if (errorCode === 'interrupted') dancer.jobs += 1;
  const last = await untilOver(context, dancer, dancer.jobs);
  const isEnded = status === 'completed' || errorCode === 'interrupted';
  return [
    ...(isEnded ? [] : [`the sync that was cut off ended ${status} as ${errorCode}`]),
    ...wholeList(last),
    ...wholeList(await syncAgain(context, dancer)),
    ...(await restProblems(context, dancer)),
  ];
}

/** In the place of this one, which ends as with any deploy. */
async function replaceWorker(context: TestContext, folder: string): Promise<Part> {
  const ended = context.worker.terminate();
  const next = await context.addWorker({
    env: { DATA_DIR: folder },
    alter: (spec) => ({
      ...spec,
      cwd: folder,
      args: spec.args.map((argument) => argument.replace(inProject('temporal'), join(folder, 'temporal'))),
    }),
  });
  await Promise.race([ended, until('the end of the old worker', () => !context.worker.runs, 45_000)]);
  return next;
}

/** A message makes a run take a task, and fail it; the reconciler is triggered as an operator would. */
async function isMended({ syncs }: TestContext, held: Held[]): Promise<boolean> {
  const runs = await Promise.all(held.map(({ dancer }) => syncs.readRun(dancer.id)));
  if (runs.every(({ is }) => is === 'asleep')) return true;
  await syncs.client.schedule.getHandle(ensureSyncsScheduleId).trigger();
  await Promise.all(held.map(({ dancer }) => syncs.answers(dancer.id, triggerEveryMs)));
  return false;
}

const triggerEveryMs = 10_000;

/** The newest run must know the change, else the case has tried nothing. */
async function versionProblems(context: TestContext, userId: string): Promise<string[]> {
  const handle = context.syncs.client.workflow.getHandle(`sync:${userId}`);
  const isMarked = async () => {
    const { events } = await handle.fetchHistory();
    return (events ?? []).some(({ markerRecordedEventAttributes: marker }) => marker);
  };
  const found = await until('a run of the next version', isMarked, 15_000).catch(() => false); // told below
  return found ? [] : ['the newest run is not of the next version'];
}

const migration: FaultCase = {
  id: 'migration-meanwhile',
  breaks: 'the next version’s migrations run while this version serves',
  holds: 'they wait for transactions and not for syncs; the sync completes on this version',
  async run(context) {
    const folder = await makeNextVersion(context);
    let migrated: Promise<unknown> | undefined;
    let done = false;
    return injectFaultAtEachMoment(context, {
      async injectFault() {
        const env = { ...process.env, DATABASE_URL: context.databaseUrl };
        migrated = run(process.execPath, [join(folder, 'db', 'migrate.ts')], { cwd: folder, env }).finally(
          () => (done = true),
        );
        await until(
          'a migration that is done, or waits for the reconcile',
          async () => done || (await isMigrationWaiting(context)),
        );
      },
      async after() {
        await migrated;
      },
      also: async () => {
        const found = await context.db.rows(`select 1 from information_schema.columns where column_name = 'next_note'`);
        return found.length === 2 ? [] : ['the migrations were not applied'];
      },
    });
  },
};

async function isMigrationWaiting({ db }: TestContext): Promise<boolean> {
  const waiting = await db.rows(
    `select 1 from pg_stat_activity where query like '%next_note%' and wait_event_type = 'Lock'`,
  );
  return waiting.length > 0;
}

const replayed: FaultCase = {
  id: 'histories-replay',
  breaks:
    'all that the workflows remember is replayed: the histories of earlier releases, and those of the cases before',
  holds: 'today’s code goes on from each of them, whatever was killed in which moment',
  async run(context) {
    Runtime.install({ logger: new DefaultLogger('ERROR') });
    const codePath = await workflowBundlePath(context.folder);
    const histories = [...(await savedHistories()), ...(await ownHistories(context))];
    const problems: string[] = [];
    for await (const { error, workflowId, runId } of Worker.runReplayHistories(
      { workflowBundle: { codePath } },
      histories,
    )) {
      if (error) problems.push(`run ${runId} of ${workflowId}: ${error.message.split('\n')[0]}`);
    }
    return everywhere(histories.length > 0 ? problems : ['there was nothing to replay']);
  },
};

async function ownHistories({ syncs }: TestContext) {
  const { workflow } = syncs.client;
  const histories = [];
  for await (const { workflowId, runId } of workflow.list({ query: `WorkflowType = 'userSync'` })) {
    const history = await workflow.getHandle(workflowId, runId).fetchHistory();
    const ofNextVersion = history.events?.some(({ markerRecordedEventAttributes: marker }) => marker);
    if (!ofNextVersion) histories.push({ workflowId, history });
  }
  return histories;
}

export const deployCases = [replayed, nextVersion, rolledBack, migration];
