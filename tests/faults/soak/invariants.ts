/** What must hold over everything that happened in a soak. Each answers with what does not. */
import { jobsOf, type JobRow } from '../context/dancer.ts';
import { bookingProblems, portalProblems } from '../context/truth.ts';
import type { TestContext } from '../context/test-context.ts';
import type { Member } from './crowd.ts';

export interface Invariant {
  name: string;
  check(context: TestContext, members: Member[]): Promise<string[]>;
}

/** A check of each user, told with the user's name. */
function forEach(check: (context: TestContext, member: Member) => Promise<string[]>): Invariant['check'] {
  return async (context, members) => {
    const problems: string[] = [];
    for (const member of members) {
      problems.push(...(await check(context, member)).map((problem) => `${member.dancer.id}: ${problem}`));
    }
    return problems;
  };
}

async function overlaps(context: TestContext, { dancer }: Member): Promise<string[]> {
  const jobs = await jobsOf(context, dancer.id);
  const ran = jobs.filter((job): job is JobRow & { startedAt: Date } => job.startedAt !== null);
  ran.sort((a, b) => a.startedAt.getTime() - b.startedAt.getTime());
  return ran.flatMap((job, index) => {
    const before = ran[index - 1]?.completedAt;
    return before && job.startedAt < before ? [`job ${job.id} began before the one before it had ended`] : [];
  });
}

/** The sync that answers a request was running, or began later: it ended after the request was sent. */
async function unanswered(context: TestContext, { dancer, asked }: Member): Promise<string[]> {
  const jobs = new Map((await jobsOf(context, dancer.id)).map((job) => [job.id, job]));
  return asked.flatMap(({ at, jobId }) => {
    const job = jobs.get(jobId);
    if (!job) return [`the request of ${at.toISOString()} was promised job ${jobId}, which never was`];
    return job.completedAt && job.completedAt >= at
      ? []
      : [`the request of ${at.toISOString()} got a job that was over`];
  });
}

async function wrongRemovals({ db }: TestContext, { dancer, gone, listed }: Member): Promise<string[]> {
  const told = await db.rows<{ recordId: string; kind: string; at: Date }>(
    `select b.record_id as "recordId", c.kind, c.at from booking_changes c join bookings b on b.id = c.booking_id
     where c.user_id = $1 and c.kind in ('added', 'removed')`,
    [dancer.id],
  );
  return told.flatMap(({ recordId, kind, at }) => {
    if (kind === 'added') return listed.has(recordId) ? [] : [`${recordId} was invented`];
    const since = gone.get(recordId);
    return since && since <= at
      ? []
      : [`${recordId} was marked removed at ${at.toISOString()} while it was on the portal`];
  });
}

async function stuckJobs({ db }: TestContext): Promise<string[]> {
  const active = await db.rows<{ id: string; status: string }>(
    `select id, status from sync_jobs where status in ('pending', 'running')`,
  );
  return active.map(({ id, status }) => `job ${id} is still ${status}`);
}

async function workflows({ syncs: { client } }: TestContext, members: Member[]): Promise<string[]> {
  const wanted = new Set(members.map(({ dancer }) => `sync:${dancer.id}`));
  const problems: string[] = [];
  for (const id of wanted) {
    const { status } = await client.workflow.getHandle(id).describe();
    if (status.name !== 'RUNNING') problems.push(`the workflow ${id} is ${status.name}`);
  }
  for await (const { workflowId } of client.workflow.list({
    query: `WorkflowType = 'userSync' AND ExecutionStatus = 'Running'`,
  })) {
    if (!wanted.has(workflowId)) problems.push(`the workflow ${workflowId} belongs to nobody`);
  }
  return problems;
}

export const invariants: Invariant[] = [
  { name: 'one sync at a time for each user', check: forEach(overlaps) },
  {
    name: 'one visit of the portal at a time, and no wrong password',
    check: forEach(async (context, { dancer }) => portalProblems(context, dancer)),
  },
  { name: 'every request was answered by a sync that ran then or began later', check: forEach(unanswered) },
  { name: 'nothing was marked removed that was on the portal, nothing invented', check: forEach(wrongRemovals) },
  {
    name: 'the bookings are those on the portal',
    check: forEach((context, { dancer }) => bookingProblems(context, dancer)),
  },
  { name: 'no job is stuck', check: stuckJobs },
  { name: 'one workflow for each user, and no other', check: workflows },
];
