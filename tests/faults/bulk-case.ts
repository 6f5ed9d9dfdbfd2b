/** An operator syncs 200 users on one worker, somebody clicks in the middle of it, and the worker is killed. */
import { paceOf } from '#domain/bulk.ts';
import { createSecrets } from '#db/secrets.ts';
import { addOperator } from '#db/queries/operators.ts';
import { initOrm } from '#db/orm.ts';
import { loadLocalConfig } from '#platform/config.ts';
import { localKeyring } from '#scripts/lib/local-secrets.ts';
import { makePeople, portalPassword, type Person } from '../scale/population.ts';
import { registerUser, type ApiUser } from '../service/client.ts';
import { until } from '../support/until.ts';
import { everywhere, type FaultCase } from './cases.ts';
import { settledDancer, untilOver, type Dancer } from './context/dancer.ts';
import { wholeList } from './context/inject-fault.ts';
import { portalProblems, restProblems, summed } from './context/truth.ts';
import type { TestContext } from './context/test-context.ts';

const people = 200;
const rentals = 10;
const ratePerMinute = 120;
/** How many have been told when somebody clicks, and when the worker is killed. */
const clickAt = 70;
const killAt = 110;
const clickWithinMs = 2_000;
/** A sync of ten rentals takes seconds, on a machine that does more than this as well. */
const allWithinMs = 30 * 60_000;

export const bulk200: FaultCase = {
  id: 'bulk-200',
  breaks: `an operator syncs ${people} users; kill -9 of the only worker with its browsers in the middle, and a start`,
  holds: 'at most the ordered rate; a click in the middle begins within 2 s; each user is synced once, none is lost',
  moments: ['reading'],
  async run(context) {
    const clicker = await settledDancer(context, rentals);
    const { operator, crowd } = await prepare(context);
    const begunAt = performance.now();
    const seconds = () => Math.round((performance.now() - begunAt) / 1_000);
    const id = await order(context, operator, crowd);
    await untilTold(context, id, clickAt);
    const { waitedMs, before, jobId, clickedAt } = await click(context, clicker);
    await untilTold(context, id, killAt);
    await context.worker.killAll();
    await context.worker.start();
    const problems = await operationProblems(context, operator, id);
    context.say(`      all were told after ${seconds()} s; the click in the middle began after ${waitedMs} ms,`);
    context.say(`      and ${before} other attempts between`);
    if (waitedMs > clickWithinMs) problems.push(`the click began after ${waitedMs} ms`);
    const ids = crowd.map((person) => person.id);
    await until('the end of all syncs', async () => (await unfinished(context, ids)) === 0, allWithinMs);
    context.say(`      all were synced after ${seconds()} s`);
    problems.push(...(await crowdProblems(context, crowd)));
    problems.push(...wholeList(await untilOver(context, clicker, clicker.jobs)));
    for (const line of await storyOf(context, clicker.id, jobId, clickedAt)) context.say(`      ${line}`);
    return everywhere([...problems, ...(await restProblems(context, clicker))], ['reading']);
  },
};

/** Users with an account at the portal that has never been read, and an operator. */
async function prepare(context: TestContext): Promise<{ operator: ApiUser; crowd: Person[] }> {
  const orm = await initOrm(context.databaseUrl);
  try {
    const { CREDENTIALS_KEYS } = loadLocalConfig({ CREDENTIALS_KEYS: localKeyring(context.folder) });
    const operator = await registerUser(context.url);
    await addOperator(orm.em.fork(), operator.email);
    const world = { em: () => orm.em.fork(), secrets: createSecrets(CREDENTIALS_KEYS!), startedAt: Date.now() };
    const crowd = await makePeople(world, `bulk-${operator.id}`, people, 0);
    for (const { email } of crowd)
      context.portal.control.addUser({ username: email, password: portalPassword, rentals });
    return { operator, crowd };
  } finally {
    await orm.close();
  }
}

/** Whom it is about is fixed when it begins. The users of other cases, who count their syncs, are not to be among them. */
async function order({ db }: TestContext, operator: ApiUser, crowd: Person[]): Promise<string> {
  const others = await db.rows<{ id: string }>(
    `update portal_accounts set paused_reason = 'user'
      where paused_reason is null and not (user_id = any($1)) returning id`,
    [crowd.map(({ id }) => id)],
  );
  try {
    const bulk = { action: 'sync', rate: ratePerMinute, reason: 'a fault case' };
    const { status, body } = await operator.call<{ id: string; total: number }>('POST', '/operate/bulk', bulk);
    if (status !== 202 || body.total !== people) throw new Error(`it was answered ${status} ${JSON.stringify(body)}`);
    return body.id;
  } finally {
    await db.rows('update portal_accounts set paused_reason = null where id = any($1)', [others.map(({ id }) => id)]);
  }
}

const toldSql = `select at from bulk_operation_users where bulk_id = $1 and outcome = 'done' order by at`;

async function untilTold({ db }: TestContext, id: string, count: number): Promise<void> {
  await until(`${count} are told`, async () => (await db.rows(toldSql, [id])).length >= count, 300_000);
}

interface Click {
  waitedMs: number;
  before: number;
  jobId: string;
  clickedAt: Date;
}

/** How long it took until an attempt had begun, and how many of others began meanwhile. */
async function click({ db }: TestContext, clicker: Dancer): Promise<Click> {
  const clickedAt = new Date();
  const jobId = await clicker.sync();
  clicker.jobs += 1;
  const startedAt = await until('the attempt of who clicked', async () => {
    const [job] = await db.rows<{ at: Date | null }>('select started_at as at from sync_jobs where id = $1', [jobId]);
    return job?.at;
  });
  const [others] = await db.rows<{ count: number }>(
    'select count(*)::int as count from sync_jobs where started_at > $1 and started_at < $2',
    [clickedAt, startedAt],
  );
  return { waitedMs: startedAt.getTime() - clickedAt.getTime(), before: others!.count, jobId, clickedAt };
}

/** When the click's tasks were asked for, and when they were taken. */
async function storyOf(context: TestContext, userId: string, jobId: string, clickedAt: Date): Promise<string[]> {
  const [row] = await context.db.rows<{ run: string }>('select workflow_run_id as run from sync_jobs where id = $1', [
    jobId,
  ]);
  const { events } = await context.syncs.client.workflow.getHandle(`sync:${userId}`, row!.run).fetchHistory();
  return (events ?? []).flatMap((event) => {
    const at = Number(event.eventTime?.seconds) * 1_000 + Number(event.eventTime?.nanos) / 1e6 - clickedAt.getTime();
    const scheduled = event.activityTaskScheduledEventAttributes;
    const what = scheduled
      ? `${scheduled.activityType?.name} asked for`
      : event.activityTaskStartedEventAttributes
        ? 'taken'
        : event.workflowExecutionUpdateAcceptedEventAttributes
          ? 'the click accepted'
          : null;
    return what && at >= 0 ? [`${Math.round(at)} ms after the click: ${what}`] : [];
  });
}

/** It has told everybody, once, and never faster than it was to. */
async function operationProblems({ db, say }: TestContext, operator: ApiUser, id: string): Promise<string[]> {
  const view = await until(
    'the end of the operation',
    async () => {
      const { body } = await operator.call<{ state: string }>('GET', `/operate/bulk/${id}`);
      return body.state === 'completed' && body;
    },
    600_000,
  );
  const told = (await db.rows<{ at: Date }>(toldSql, [id])).map(({ at }) => at.getTime());
  const problems: string[] = [];
  const wanted = { total: people, done: people, skipped: 0 };
  for (const [name, count] of Object.entries(wanted))
    if (view[name as keyof typeof view] !== (count as never))
      problems.push(`the operation says ${JSON.stringify(view)}`);
  const { batchSize, pauseMs } = paceOf(ratePerMinute);
  // A batch that was cut off is followed by a whole one.
  const tooFast = told.slice(2 * batchSize).filter((at, index) => at - told[index]! < pauseMs);
  if (tooFast.length > 0) problems.push(`${tooFast.length} users were told faster than was ordered`);
  const most = Math.max(...told.map((from) => told.filter((at) => at >= from && at < from + 60_000).length));
  say(`      at most ${most} users were told in a minute, where ${ratePerMinute} were ordered`);
  return problems;
}

async function unfinished({ db }: TestContext, ids: string[]): Promise<number> {
  const [row] = await db.rows<{ count: number }>(
    `select count(*)::int as count from unnest($1::uuid[]) as u (id)
      where not exists (select from sync_jobs j where j.user_id = u.id and j.status in ('completed', 'failed'))
        or exists (select from sync_jobs j where j.user_id = u.id and j.status in ('pending', 'running'))`,
    [ids],
  );
  return row!.count;
}

/** Each has one sync, which completed, and every rental. */
async function crowdProblems(context: TestContext, crowd: Person[]): Promise<string[]> {
  const found = await context.db.rows<{ id: string; jobs: number; good: number; bookings: number; attempts: number }>(
    `select u.id, count(j.id)::int as jobs, coalesce(max(j.attempt), 0)::int as attempts,
        count(j.id) filter (where j.status = 'completed' and not j.partial)::int as good,
        (select count(*)::int from bookings b where b.user_id = u.id and b.removed_at is null) as bookings
      from users u left join sync_jobs j on j.user_id = u.id where u.id = any($1) group by u.id`,
    [crowd.map(({ id }) => id)],
  );
  const again = found.filter(({ attempts }) => attempts > 1).length;
  context.say(`      ${again} syncs were begun again after the kill`);
  const wrong = found.filter(({ jobs, good, bookings }) => jobs !== 1 || good !== 1 || bookings !== rentals);
  const problems = wrong.map(
    ({ id, jobs, good, bookings }) => `${id} has ${jobs} syncs, ${good} of them good, and ${bookings} bookings`,
  );
  for (const { email } of crowd) problems.push(...portalProblems(context, { username: email, refused: 0 }));
  return summed(problems);
}
