/** The calendar feed: unchanged and whole against its bytes from memory, and what the first fetch of a long one costs. */
import { gzipSync } from 'node:zlib';
import { say } from '../bench.ts';
import type { Bench } from '../bench.ts';
import type { Figure, PartResult } from '../figures.ts';
import { compareLoad } from '../measure/compare-load.ts';
import { heldUp } from '../measure/held-up.ts';
import type { Account } from '../service.ts';

const part = 'feeds';
const goals = { requests: { ratio: 0.5 }, p99: { ratio: 3 } };

export async function feeding(bench: Bench): Promise<PartResult> {
  const url = await newFeed(await bench.reader(500));
  const whole = await fetch(url, { headers: { 'accept-encoding': 'identity' } });
  const text = Buffer.from(await whole.arrayBuffer());
  const etag = whole.headers.get('etag')!;
  const { readFloor } = bench;
  const plain = { 'content-type': 'text/calendar; charset=utf-8', etag };
  await readFloor.keep('/feed.ics', { headers: plain, body: text });
  await readFloor.keep('/packed.ics', { headers: { ...plain, 'content-encoding': 'gzip' }, body: gzipSync(text) });
  const compare = (id: string, title: string, path: string, headers: Record<string, string>, status: number) =>
    compareLoad(bench, {
      id,
      part,
      title,
      ours: { url, headers, status },
      floor: { name: 'its bytes from memory', pid: readFloor.pid, url: readFloor.url + path, headers, status },
      goals,
    });
  return {
    figures: [
      ...(await compare('feed.unchanged', 'Feed of 500, unchanged', '/feed.ics', { 'if-none-match': etag }, 304)),
      ...(await compare('feed.whole', 'Feed of 500, whole', '/feed.ics', {}, 200)),
      ...(await compare('feed.packed', 'Feed of 500, gzip', '/packed.ics', { 'accept-encoding': 'gzip' }, 200)),
      ...(await firstFetches(bench)),
    ],
  };
}

/** Nothing can be kept of a feed that did not exist a moment ago. */
async function firstFetches(bench: Bench): Promise<Figure[]> {
  const [long, other] = [await bench.reader(5_000), await bench.reader(137)];
  const first: number[] = [];
  const held: number[] = [];
  say('first fetches of a feed of 5,000');
  for (let round = 0; round < bench.rounds; round += 1) {
    const url = await newFeed(long);
    const { longerMs } = await heldUp(bench, other, async () => {
      const sent = performance.now();
      await (await fetch(url, { headers: { 'accept-encoding': 'identity' } })).arrayBuffer();
      first.push(performance.now() - sent);
    });
    held.push(longerMs);
  }
  const figure = (id: string, title: string, ours: number[], value: number): Figure => {
    return {
      id: `feed.${id}`,
      part,
      title: `Feed of 5,000, ${title}`,
      unit: 'ms',
      better: 'lower',
      ours,
      goal: { value },
    };
  };
  return [
    figure('first', 'first fetch', first, 150),
    figure('held', 'first fetch: how much longer another request takes at most', held, 20),
  ];
}

async function newFeed(account: Account): Promise<string> {
  const { id, url } = await account.call<{ id: string; url: string }>('POST', '/user/feeds', { name: 'Bench' });
  // There are only so many at a time, and one that is removed opens nothing.
  const { feeds } = await account.call<{ feeds: { id: string }[] }>('GET', '/user/feeds');
  for (const feed of feeds) if (feed.id !== id) await account.call('DELETE', `/user/feeds/${feed.id}`);
  return url;
}
