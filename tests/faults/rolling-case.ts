/** Group 5, with {@link deployCases}: everything is replaced again and again while people use it. */
import { everywhere, type FaultCase } from './cases.ts';
import { changeList, jobsOf, noteRest, settledDancer, type Dancer } from './context/dancer.ts';
import { startFront, type Front } from './context/front.ts';
import { beginCase, toldDancer, untilTold } from './context/receivers.ts';
import { toldProblems } from './context/told-truth.ts';
import { restProblems, summed } from './context/truth.ts';
import { watchStatus, type Watcher } from './context/watcher.ts';
import { until } from '../support/until.ts';
import type { Part } from './context/part.ts';
import type { TestContext } from './context/test-context.ts';

const rounds = 20;
const people = 3;

interface Load {
  front: Front;
  dancers: Dancer[];
  watchers: Watcher[];
  requests: number;
  /** The longest that a request for a sync waited for its answer. */
  slowestMs: number;
  syncs: Map<string, string>;
  problems: string[];
  over: boolean;
  /** Processes that did not close everything in time; what they left is repeated elsewhere. */
  forced: number;
}

export const rolling: FaultCase = {
  id: 'rolling',
  breaks: `web and worker are replaced ${rounds} times, each new one first, while people read, watch, sync and are told`,
  holds:
    'no request fails; each sync asked for runs once, to its end; watchers come back by themselves and see each end',
  async run(context) {
    const told = await toldDancer(context, 'rolling', 60);
    const others = await Promise.all(Array.from({ length: people }, () => settledDancer(context, 60)));
    await beginCase(context, told);
    const front = await startFront();
    front.add(context.url);
    const dancers = [told.dancer, ...others];
    const watchers = dancers.map((dancer) => watchStatus(front.url, dancer.token));
    const load: Load = {
      front,
      dancers,
      watchers,
      requests: 0,
      slowestMs: 0,
      syncs: new Map(),
      problems: [],
      over: false,
      forced: 0,
    };
    const running = [
      ...dancers.map((dancer, index) => syncing(context, load, dancer, watchers[index]!)),
      ...dancers.map((dancer) => reading(load, dancer)),
    ];
    try {
      await replaceAll(context, load);
    } finally {
      load.over = true;
      await Promise.all(running);
      for (const watcher of watchers) watcher.stop();
      front.close();
    }
    await untilTold(context, told);
    const ended = await Promise.all(dancers.map((dancer) => restProblems(context, dancer)));
    const lost = await Promise.all(dancers.map((dancer) => lostProblems(context, load, dancer)));
    const gaps = watchers.flatMap((watcher) => watcher.gapsMs);
    if (load.syncs.size < rounds) load.problems.push(`only ${load.syncs.size} syncs ran`);
    context.say(
      `      ${load.requests} requests, ${load.syncs.size} syncs asked for within ${Math.round(load.slowestMs)} ms at most, ${gaps.length} streams cut, ${load.forced} ends by force, back after ${Math.round(Math.max(...gaps))} ms at most`,
    );
    return everywhere([
      ...summed(load.problems),
      ...ended.flat(),
      ...lost.flat(),
      ...(await toldProblems(context, told)),
    ]);
  },
};

/** The new one is ready before the old one is told to end; a web gets no new requests from then on. */
async function replaceAll(context: TestContext, load: Load): Promise<void> {
  const { front } = load;
  let web: { part: Part; url: string } = { part: context.web, url: context.url };
  let worker = context.worker;
  const replace = async (nextWeb: { part: Part; url: string }, nextWorker: Part) => {
    front.add(nextWeb.url);
    const workerEnds = worker.terminate();
    await front.drain(web.url);
    const ends = await Promise.all([web.part.terminate(), workerEnds]);
    load.forced += ends.filter(({ code }) => code !== 0).length;
    [web, worker] = [nextWeb, nextWorker];
  };
  for (let round = 1; round < rounds; round += 1)
    await replace(...(await Promise.all([context.addWeb(), context.addWorker()])));
  await Promise.all([context.web.start(), context.worker.start()]);
  await replace({ part: context.web, url: context.url }, context.worker);
}

async function asked(load: Load, dancer: Dancer, method: string, path: string): Promise<Record<string, unknown>> {
  load.requests += 1;
  const from = performance.now();
  try {
    const response = await fetch(`${load.front.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${dancer.token}` },
    });
    const body = (await response.json()) as Record<string, unknown>;
    if (method === 'POST') load.slowestMs = Math.max(load.slowestMs, performance.now() - from);
    if (!response.ok) load.problems.push(`${method} ${path} was answered ${response.status} ${JSON.stringify(body)}`);
    return body;
  } catch (error) {
    load.problems.push(`${method} ${path} failed: ${String((error as Error).cause ?? error)}`);
    return {};
  }
}

async function reading(load: Load, dancer: Dancer): Promise<void> {
  while (!load.over) {
    await asked(load, dancer, 'GET', '/user/sync/status');
    await asked(load, dancer, 'GET', '/user/bookings?limit=50');
    await new Promise((resolve) => setTimeout(resolve, 50)); // the pace of the load
  }
}

/** One after the other, as soon as the watcher has seen the end of the one before. */
async function syncing(context: TestContext, load: Load, dancer: Dancer, watcher: Watcher): Promise<void> {
  while (!load.over) {
    if (dancer.turns < 3) changeList(context, dancer);
    const { job_id: jobId } = await asked(load, dancer, 'POST', '/user/sync');
    if (typeof jobId !== 'string') continue;
    if (load.syncs.has(jobId)) load.problems.push(`${jobId} was the answer to two requests`);
    load.syncs.set(jobId, dancer.id);
    dancer.jobs += 1;
    await until(`the watcher sees the end of ${jobId}`, () => watcher.ends.has(jobId), 90_000).catch((error: unknown) =>
      load.problems.push(String(error)),
    );
    const end = watcher.ends.get(jobId);
    if (end !== 'completed') load.problems.push(`the sync ${jobId} ended as ${end}`);
  }
  noteRest(context, dancer);
}

/** No attempt was given up as that of a dead worker: it ended in its grace, or moved at once. */
async function lostProblems(context: TestContext, { syncs }: Load, dancer: Dancer): Promise<string[]> {
  const jobs = (await jobsOf(context, dancer.id)).filter(({ id }) => syncs.has(id));
  const runs = await context.db.rows<{ run: string }>(
    'select workflow_run_id as run from sync_jobs where id = any($1::uuid[])',
    [jobs.map(({ id }) => id)],
  );
  const handles = runs.map(({ run }) => context.syncs.client.workflow.getHandle(`sync:${dancer.id}`, run));
  const histories = await Promise.all(handles.map((handle) => handle.fetchHistory()));
  const lost = histories
    .flatMap(({ events }) => events ?? [])
    .filter((event) => event.activityTaskTimedOutEventAttributes);
  return lost.length === 0
    ? []
    : [`${lost.length} activities of ${dancer.id} were given up only when their time was over`];
}
