/**
 * Group 7: backups. Both databases are backed up in one moment, in which syncs and deliveries are under way; then people go on, and
 * in a later moment the machine is lost. One database comes back from the earlier moment and the other from the later one.
 */
import { endOrphansScheduleId, ensureSyncsScheduleId } from '#workflows/names.ts';
import { backupAges, type BackupAge, type FaultCase, type Outcome } from './cases.ts';
import { backUp, restore, setAside, stopAll, type Backup } from './context/backups.ts';
import { endStory, goOn, tellStory, type Role, type Story } from './context/backup-story.ts';
import { jobsOf, untilOver, type Dancer } from './context/dancer.ts';
import { wholeList } from './context/inject-fault.ts';
import { untilTold } from './context/receivers.ts';
import { toldProblems } from './context/told-truth.ts';
import { bookingProblems, orderProblems, portalProblems } from './context/truth.ts';
import { until } from '../support/until.ts';
import type { TestContext } from './context/test-context.ts';

/** After this, a sync is overdue for the reconciler. */
const slackMs = 2 * 60_000;

type Standing = 'syncing' | 'paused' | 'gone';

interface Restored {
  from(early: Backup, late: Backup): { postgres: Backup; temporal: Backup | null };
  /** The time that passed, as PostgreSQL sees it. */
  meanwhile: string[];
  standing: Record<Role, Standing>;
  /** How the sync that was under way in one of the moments ended, by whose it is. */
  ends: Partial<Record<Role, 'completed' | 'interrupted'>>;
  /** What was told after the backup of our database is not known any more, so it may be told again. */
  repeats: boolean;
}

const allOverdue = `update portal_accounts set next_sync_at = now() - interval '10 minutes' where next_sync_at is not null`;
const newcomerOverdue = `update portal_accounts set next_sync_at = now() - interval '10 minutes' where user_id =
  (select id from users order by created_at desc limit 1)`;

const hourLater = [
  `update sync_jobs set created_at = created_at - interval '1 hour', started_at = started_at - interval '1 hour',
    completed_at = completed_at - interval '1 hour'`,
  'update users set interval_minutes = null',
];

const asPostgresKnows: Record<Role, Standing> = {
  sleeper: 'syncing',
  busy: 'syncing',
  late: 'syncing',
  newcomer: 'syncing',
  leaver: 'gone',
  pauser: 'paused',
  resumer: 'syncing',
  early: 'syncing',
  told: 'syncing',
};

const restored: Record<BackupAge, Restored> = {
  ours: {
    from: (early, late) => ({ postgres: early, temporal: late }),
    meanwhile: [allOverdue, ...hourLater],
    standing: { ...asPostgresKnows, newcomer: 'gone', leaver: 'syncing', pauser: 'syncing', resumer: 'paused' },
    ends: { busy: 'interrupted', late: 'interrupted' },
    repeats: true,
  },
  Temporal: {
    from: (early, late) => ({ postgres: late, temporal: early }),
    meanwhile: [newcomerOverdue, ...hourLater],
    standing: asPostgresKnows,
    ends: { busy: 'completed', late: 'interrupted' },
    repeats: false,
  },
  lost: {
    from: (_, late) => ({ postgres: late, temporal: null }),
    meanwhile: [allOverdue, ...hourLater],
    standing: asPostgresKnows,
    ends: { busy: 'completed', late: 'interrupted' },
    repeats: false,
  },
};

export const restoreCase: FaultCase = {
  id: 'restore',
  breaks: 'both databases come back from backups, one from an earlier moment than the other, or Temporal’s not at all',
  holds: 'what PostgreSQL knows holds for everybody: nobody is synced twice, past a pause, or forgotten',
  moments: backupAges,
  async run(context) {
    const story = await tellStory(context);
    const early = await backUp(context, 'early');
    await goOn(context, story);
    await stopAll(context);
    await story.late.gate.open();
    forgetRepeats(story.told);
    const late = await setAside(context, 'late');
    const outcomes: Outcome[] = [];
    try {
      for (const moment of backupAges) {
        await restore(context, restored[moment].from(early, late), restored[moment].meanwhile);
        outcomes.push({ moment, problems: await problemsOf(context, story, restored[moment]) });
        await stopAll(context);
      }
    } finally {
      await stopAll(context);
      await restore(context, { postgres: late, temporal: late });
      await endStory(context, story);
    }
    return outcomes;
  },
};

/** Of before the loss, as where a receiver was held for longer than it is waited for: what comes from here on is the restore's. */
function forgetRepeats({ taken }: Story['told']): void {
  const first = new Map(taken.toReversed().map((call) => [call.headers['webhook-id'], call]));
  taken.splice(0, taken.length, ...taken.filter((call) => first.get(call.headers['webhook-id']) === call));
}

async function problemsOf(context: TestContext, story: Story, { standing, ends, repeats }: Restored) {
  const [{ now: since }] = (await context.db.rows<{ now: Date }>('select now()')) as [{ now: Date }];
  const roles = Object.entries(story.dancers) as [Role, Dancer][];
  const together = roles.map(([role, dancer]) => async () => {
    const problems = await standingProblems(context, dancer, standing[role], since);
    return problems.map((problem) => `${role}: ${problem}`);
  });
  const all = async () => (await Promise.all(together.map((each) => each()))).flat();
  let left: string[] = [];
  let triggeredAt = 0;
  await until(
    'both databases to be of one mind',
    async () => {
      if (Date.now() - triggeredAt > betweenRoundsMs) {
        await keepHouse(context);
        triggeredAt = Date.now();
      }
      left = await all();
      return left.length === 0;
    },
    180_000,
  ).catch(() => undefined); // told by what is left
  const syncing = roles.filter(([role]) => standing[role] === 'syncing');
  left.push(...(await endProblems(context, story, ends)), ...(await laterProblems(context, syncing)));
  await untilTold(context, story.told);
  return [...left, ...(await toldProblems(context, story.told, { repeats }))];
}

/** What does not hold yet. */
async function standingProblems(context: TestContext, { id }: Dancer, standing: Standing, since: Date) {
  const [account] = await context.db.rows<{ nextSyncAt: Date | null; pausedReason: string | null; now: Date }>(
    `select next_sync_at as "nextSyncAt", paused_reason as "pausedReason", now() from portal_accounts where user_id = $1`,
    [id],
  );
  const run = await context.syncs.readRun(id);
  if (standing === 'gone') return run.is === 'missing' && !account ? [] : [`its workflow is ${run.is}`];
  const status = run.is === 'missing' ? null : await context.syncs.readStatus(id);
  const jobs = await jobsOf(context, id);
  const problems = jobs.every(({ completedAt }) => completedAt) ? [] : ['a job is not over'];
  if (standing === 'paused') {
    if (account?.pausedReason !== 'user') problems.push('the database knows of no pause');
    // A workflow that is not there is started by whoever resumes.
    if (status && status.pausedReason !== 'user') problems.push('its workflow knows of no pause');
    if (jobs.some(({ createdAt }) => createdAt > since)) problems.push('it was synced while paused');
    return problems;
  }
  if (status === null) return [...problems, `its workflow is ${run.is}`];
  // A workflow that wakes before the database's time is told that time.
  if (!account?.nextSyncAt || account.nextSyncAt < account.now) problems.push('its sync is overdue');
  if (status.nextSyncAt === null || Date.parse(status.nextSyncAt) > Number(account?.nextSyncAt) + slackMs)
    problems.push(
      `the workflow says ${status.nextSyncAt} for the next sync, the database ${account?.nextSyncAt?.toISOString()}`,
    );
  return problems;
}

/** What an operator does after a restore; else it happens in its time. */
async function keepHouse({ syncs }: TestContext): Promise<void> {
  for (const id of [ensureSyncsScheduleId, endOrphansScheduleId]) await syncs.client.schedule.getHandle(id).trigger();
}

const betweenRoundsMs = 15_000;

async function endProblems(context: TestContext, { jobs }: Story, ends: Restored['ends']): Promise<string[]> {
  const problems = Object.entries(ends).map(async ([role, end]) => {
    const id = jobs[role as keyof Story['jobs']];
    const [job] = await context.db.rows<{ status: string; error: string | null; log: string | null }>(
      `select status, error_code as error, (select message from sync_job_logs l where l.job_id = j.id
         order by id desc limit 1) as log from sync_jobs j where id = $1`,
      [id],
    );
    const isSo = end === 'completed' ? job?.status === end : job?.error === end && /interrupted/i.test(job.log ?? '');
    return isSo ? [] : [`the sync of ${role} is ${JSON.stringify(job)}, not ${end}`];
  });
  return (await Promise.all(problems)).flat();
}

/** Everybody can sync, once at a time, and then has what the portal shows. */
async function laterProblems(context: TestContext, roles: [Role, Dancer][]): Promise<string[]> {
  const problems = roles.map(async ([role, dancer]) => {
    dancer.jobs = (await jobsOf(context, dancer.id)).length + 1;
    await dancer.sync();
    const found = wholeList(await untilOver(context, dancer, dancer.jobs));
    const jobs = await jobsOf(context, dancer.id);
    jobs.forEach((job, index) => found.push(...orderProblems(job, jobs[index - 1])));
    found.push(...(await bookingProblems(context, dancer)), ...portalProblems(context, dancer));
    return found.map((problem) => `${role}: ${problem}`);
  });
  return (await Promise.all(problems)).flat();
}
