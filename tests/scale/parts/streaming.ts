/** Thousands of open dashboards on one process of the web: what each costs, and how fast all of them hear of a change. */
import { setTimeout as pause } from 'node:timers/promises';
import { ensureWebBuild } from '#scripts/lib/web-build.ts';
import { rows, sql } from '../../support/sql.ts';
import { holds, number, seconds, spreadOf, type PartResult } from '../figures.ts';
import { watchLoad } from '../measure/load.ts';
import type { Person } from '../population.ts';
import { freePorts } from '../server/settings.ts';
import { makeSessions, openStreams, type Stream } from '../streams/streams.ts';
import { say, type World } from '../world.ts';

const mostStreams = 2_000;
const settleMs = 20_000;
const hearLimitMs = 120_000;

export async function streaming(world: World, people: Person[]): Promise<PartResult> {
  await ensureWebBuild(say, new AbortController().signal);
  const watching = people.slice(0, mostStreams);
  const [port] = (await freePorts(1)) as [number];
  const web = await world.add('web', () => Promise.resolve(world.webSpec(port, {})));
  const url = `http://127.0.0.1:${port}`;
  const tokens = await makeSessions(world, watching);
  const [warm] = await openStreams(url, watching.slice(0, 1), tokens);
  await pause(settleMs); // what a start leaves to be collected
  const memory = async () => (await watchLoad([web]).read())[0]!.megabytes;
  const before = await memory();
  say(`opening ${number(watching.length)} streams`);
  const began = performance.now();
  const putOff: string[] = [];
  const onPutOff = (answer: string) => void putOff.push(answer);
  const streams = [warm!, ...(await openStreams(url, watching.slice(1), tokens.slice(1), onPutOff))];
  const openMs = performance.now() - began;
  await pause(settleMs);
  const after = await memory();
  const watch = watchLoad([web]);
  await pause(settleMs); // it is what is measured
  const [idle] = await watch.read();
  const idleSeconds = watch.seconds();
  say('a change for everybody');
  const heard = await tellEverybody(world, streams);
  for (const stream of streams) stream.close();
  await web.stop();
  return {
    title: `${number(streams.length)} open dashboards on one process of the web`,
    findings: [
      { what: 'opened, 20 at a time', value: `in ${seconds(openMs)}` },
      {
        what: 'put off at first',
        value: putOff.length === 0 ? 'none' : `${number(putOff.length)}, as by ${putOff[0]}`,
      },
      { what: 'memory of the process', value: `${number(before)} MB with one, ${number(after)} MB with all` },
      { what: 'memory of a stream', value: `${number(((after - before) * 1_000) / streams.length)} kB` },
      { what: 'nothing happens: share of one core', value: `${number((100 * idle!.cpuSeconds) / idleSeconds)} %` },
      { what: 'a sync of everybody ends at once, until a stream has heard', value: spreadOf(heard) },
    ],
    checks: [holds('every stream has heard', heard.length === streams.length ? [] : [`${heard.length} did`])],
  };
}

/** One transaction in which a sync of each of them has ended. From its commit until each has been told. */
async function tellEverybody({ em }: World, streams: Stream[]): Promise<number[]> {
  const heard: number[] = [];
  const all = Promise.withResolvers<void>();
  let committed = 0;
  for (const stream of streams) {
    let told = false;
    stream.onEvent((text) => {
      if (told || !text.includes('"bookingsSynced":29')) return;
      told = true;
      heard.push(Math.max(0, performance.now() - committed));
      if (heard.length === streams.length) all.resolve();
    });
  }
  const ids = streams.map(({ userId }) => userId);
  await rows(
    em(),
    sql`with ended as (
          insert into sync_jobs (id, user_id, status, phase, done, total, attempt, bookings_synced, started_at, completed_at)
          select gen_random_uuid(), id, 'completed', 'completed', 29, 29, 1, 29, now(), now() from unnest(${ids}::uuid[]) as t (id)
          returning user_id
        )
        select count(pg_notify('sync_status', user_id::text)) from ended`,
  );
  committed = performance.now();
  await Promise.race([all.promise, pause(hearLimitMs)]);
  return heard;
}
