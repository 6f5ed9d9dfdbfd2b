/**
 * The herd: everybody is due within a minute, as after an outage. People press the button meanwhile, and workers are killed: one with
 * browsers when a third is done, the one of the workflows at two thirds.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { firstRow, rows, sql } from '../../support/sql.ts';
import { holds, kilobytes, number, seconds, spreadOf, type Finding, type PartResult } from '../figures.ts';
import { openBrowsers, type Browsers } from '../herd/browsers.ts';
import { beginsAfter, clickAround, type Click } from '../herd/clicks.ts';
import { jobsSince, judge, nextSyncs } from '../herd/verdict.ts';
import { watchLoad } from '../measure/load.ts';
import { databaseSizes, perEach } from '../measure/sizes.ts';
import { makeDue, makePeople, type Person } from '../population.ts';
import { say, type World } from '../world.ts';
import { tellAll, untilAsleep } from './starting.ts';

const minuteMs = 60_000;
const clickEveryMs = 1_000;
const mostClicks = 600;
/** For so long after a worker was killed a click is told apart: it may wait for the heartbeats of the dead one. */
const afterKillMs = 30_000;

export interface HerdSettings {
  slots: number;
  readingMs: number;
  /** No longer than this, whatever is left. */
  limitMs: number;
}

interface Kills {
  at: number[];
}

export async function stampeding(world: World, herd: Person[], settings: HerdSettings): Promise<PartResult> {
  const idle = await makePeople(world, 'idle', Math.min(mostClicks, Math.ceil(herd.length / 10)));
  await tellAll(world, idle);
  await untilAsleep(world, herd.length + idle.length);
  const first = await makeHerd(world, herd);
  const due = await dueTimes(world, herd);
  const before = await databaseSizes(world);
  const browsers = await openBrowsers(world, settings.slots, settings.readingMs);
  say(`the herd is due in ${seconds(first.getTime() - Date.now())}, within a minute`);
  await pause(Math.max(0, first.getTime() - Date.now()));

  const watch = watchLoad([world.temporal, world.worker, world.postgres, ...browsers.parts]);
  const clicking = clickAround(world, chooser(herd, idle, browsers), clickEveryMs);
  const kills: Kills = { at: [] };
  await workOff(world, { herd, first, browsers, kills, limitMs: settings.limitMs }, () => clicking.stop());
  const usedSeconds = watch.seconds();
  const used = await watch.read();
  for (const part of browsers.parts) await part.stop();

  const jobs = await jobsSince(world, first);
  const inHerd = new Set(herd.map(({ id }) => id));
  const clicked = clicking.clicks.filter(({ userId }) => !inHerd.has(userId)).map(({ userId }) => userId);
  const after = await databaseSizes(world);
  const completed = jobs.filter(({ completedAt }) => completedAt !== null);
  const lastAt = completed.reduce((last, { completedAt }) => Math.max(last, completedAt!), 0);
  const tookMs = lastAt - first.getTime();
  const each = perEach(before, after, completed.length);
  const next = await nextSyncs(world, herd);
  const waits = jobs.flatMap(({ userId, manual, createdAt }) =>
    manual || !due.has(userId) ? [] : [Math.max(0, createdAt - due.get(userId)!)],
  );
  const doneAfter = new Map(jobs.map(({ id, completedAt }) => [id, completedAt]));
  return {
    title: `A herd, ${settings.slots} browsers that take ${seconds(settings.readingMs)} for a list`,
    findings: [
      {
        what: `${number(completed.length)} syncs`,
        value: `in ${seconds(tookMs)}: ${number(completed.length / (tookMs / 1_000))} a second`,
      },
      { what: 'a sync that is due, until its job is open', value: spreadOf(waits) },
      ...clickFindings(clicking.clicks, browsers, kills, doneAfter),
      {
        what: 'attempts that were made again after a kill',
        value: number(jobs.filter(({ attempt }) => attempt > 1).length),
      },
      {
        what: 'the next syncs of the herd',
        value: `over ${number(next.spreadMs / minuteMs)} minutes, at most ${number(100 * next.busiestShare)} % of them in one`,
      },
      ...used.map(({ name, megabytes, cpuSeconds }): Finding => ({
        what: `${name}: processor time a sync; share of one core; memory at the end`,
        value: `${number((cpuSeconds * 1_000) / completed.length)} ms; ${number((100 * cpuSeconds) / usedSeconds)} %; ${number(megabytes)} MB`,
      })),
      { what: 'a sync in our database', value: kilobytes(each.ours) },
      { what: "a sync in Temporal's database, until its retention", value: kilobytes(each.temporal) },
      { what: 'a sync in its visibility, until its retention', value: kilobytes(each.visibility) },
    ],
    checks: [
      ...judge(jobs, herd, clicked),
      holds('no attempt began twice', repeated(browsers)),
      holds(
        'the herd is spread over its next interval',
        next.busiestShare < 1 / 5 || herd.length < 100 ? [] : ['it is not'],
      ),
    ],
  };
}

/** Armed as the service arms its timers, far enough ahead that all of them are. */
async function makeHerd(world: World, herd: Person[]): Promise<Date> {
  const probe = herd.slice(0, 100);
  const began = Date.now();
  await makeDue(world, probe, new Date(began + 60 * minuteMs), minuteMs);
  await tellAll(world, probe);
  const before = new Date(began + 90 * minuteMs).toISOString();
  await untilAsleep(world, probe.length, `NextSyncAt < '${before}'`);
  const eachMs = (Date.now() - began) / probe.length;
  const first = new Date(Date.now() + 20_000 + 1.5 * eachMs * herd.length);
  say(`arming the timers of ${number(herd.length)}`);
  await makeDue(world, herd, first, minuteMs);
  await tellAll(world, herd);
  const latest = new Date(first.getTime() + minuteMs + 1_000).toISOString();
  if (Date.now() < first.getTime()) await untilAsleep(world, herd.length, `NextSyncAt < '${latest}'`);
  return first;
}

async function dueTimes({ em }: World, herd: Person[]): Promise<Map<string, number>> {
  const ids = herd.map(({ id }) => id);
  const found = await rows<{ userId: string; at: number }>(
    em(),
    sql`select user_id as "userId", extract(epoch from next_sync_at)::float8 * 1000 as at
        from portal_accounts where user_id = any(${ids}::uuid[])`,
  );
  return new Map(found.map(({ userId, at }) => [userId, at]));
}

/** In turns one who was not due, and one of the herd who still waits. */
function chooser(herd: Person[], idle: Person[], { begun }: Browsers): () => Person | undefined {
  const others = [...idle];
  const waiting = [...herd];
  let turn = 0;
  return () => {
    turn += 1;
    if (turn % 2 === 0) {
      const began = new Set(begun.map(({ userId }) => userId));
      for (let one = waiting.pop(); one; one = waiting.pop()) if (!began.has(one.id)) return one;
    }
    return others.pop();
  };
}

interface Work {
  herd: Person[];
  first: Date;
  browsers: Browsers;
  kills: Kills;
  limitMs: number;
}

async function workOff(world: World, { herd, first, browsers, kills, limitMs }: Work, stopClicks: () => Promise<void>) {
  const ids = herd.map(({ id }) => id);
  const countDone = async () => {
    const counted = sql`select count(*)::int as done from portal_accounts where last_sync_at >= ${first} and user_id = any(${ids}::uuid[])`;
    return (await firstRow<{ done: number }>(world.em(), counted))!.done;
  };
  const killed = async (part: Browsers['parts'][0]) => {
    kills.at.push(Date.now());
    say(`killing ${part.name}`);
    await part.kill();
    await part.start();
  };
  let told = Date.now();
  let stopping: Promise<void> | undefined;
  for (const end = Date.now() + limitMs; Date.now() < end; await pause(1_000)) {
    const done = await countDone();
    if (Date.now() - told > 20_000) {
      say(`  ${number(done)} done`);
      told = Date.now();
    }
    if (done >= herd.length) break;
    if (kills.at.length === 0 && done > herd.length / 3) await killed(browsers.parts[0]);
    if (kills.at.length === 1 && done > (2 * herd.length) / 3) await killed(world.worker);
    if (done > 0.9 * herd.length) stopping ??= stopClicks();
  }
  await (stopping ?? stopClicks());
  // Who clicked last is not of the herd.
  const active = async () =>
    (await firstRow<{ active: number }>(
      world.em(),
      sql`select count(*)::int as active from sync_jobs where status in ('pending', 'running')`,
    ))!.active;
  for (const end = Date.now() + minuteMs; Date.now() < end && (await active()) > 0; await pause(500));
}

function clickFindings(
  clicks: Click[],
  { begun }: Browsers,
  kills: Kills,
  doneAt: Map<string, number | null>,
): Finding[] {
  const isAfterKill = ({ at }: Click) => kills.at.some((kill) => at > kill - 5_000 && at < kill + afterKillMs);
  const doneAfter = (some: Click[]) =>
    some.flatMap(({ jobId, at }) => {
      const done = doneAt.get(jobId);
      return done ? [done - at] : [];
    });
  const [undisturbed, disturbed] = [clicks.filter((one) => !isAfterKill(one)), clicks.filter(isAfterKill)];
  const unanswered = clicks.filter(({ error }) => error !== undefined);
  return [
    { what: 'clicks without an answer within 15 s', value: number(unanswered.length) },
    {
      what: `${undisturbed.length} clicks in the middle, until the answer`,
      value: spreadOf(undisturbed.map(({ answeredMs }) => answeredMs)),
    },
    { what: '… until the attempt begins', value: spreadOf(beginsAfter(undisturbed, begun)) },
    { what: '… until the sync is done', value: spreadOf(doneAfter(undisturbed)) },
    {
      what: `${disturbed.length} clicks within ${seconds(afterKillMs)} of a kill, until the attempt begins`,
      value: spreadOf(beginsAfter(disturbed, begun)),
    },
  ];
}

function repeated({ begun }: Browsers): string[] {
  const times = Map.groupBy(begun, ({ userId, attempt, at: _ }) => `${userId} ${attempt}`);
  const twice = [...times.values()].filter((same) => same.length > 1);
  return twice.length === 0 ? [] : [`${twice.length} did`];
}
