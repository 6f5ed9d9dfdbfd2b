/** How the program ends, in a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { inProject } from '#platform/paths.ts';
import { json, problem, result, standIn, statuses } from '../client/stand-in.ts';
import type { StandIn } from '../client/stand-in.ts';

function start({ url }: Pick<StandIn, 'url'>, ...args: string[]) {
  const child = spawn(process.execPath, [inProject('scripts', 'gibney-sync.js'), ...args], {
    env: { PATH: process.env.PATH!, HOME: '/dev/null', GIBNEY_SYNC_URL: url, GIBNEY_SYNC_KEY: 'gsk_x' },
  });
  return { child, ended: once(child, 'exit') };
}

const sleeping = { state: 'sleeping', job: null, lastSyncAt: null, nextSyncAt: null, pausedReason: null, live: true };

it.each([
  ['SIGHUP', 129],
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('with the code of the signal %s', async (signal, code) => {
  await using server = await standIn({ 'GET /api/trpc/sync.onStatus': [statuses(sleeping)] });
  const { child, ended } = start(server, 'watch');
  await once(child.stdout, 'data');
  child.kill(signal);
  expect(await ended).toEqual([code, null]);
});

it('with its own code where nobody reads what it notes', async () => {
  await using server = await standIn({ 'GET /api/v1/user/sync/status': [problem(503, 'away')] });
  const { child, ended } = start(server, 'status');
  child.stderr.destroy();
  expect(await ended).toEqual([5, null]);
});

it.each([
  ['sync', 141],
  ['watch', 141],
  ['status', 0],
])('%s says only what it knows where nobody reads its answers', async (command, code) => {
  const job = { id: 'j', status: 'running', phase: 'reading', progress: 'Reading rentals...' };
  await using server = await standIn({
    'POST /api/trpc/sync.request': [result({ jobId: 'j', status: 'pending', joined: false })],
    'GET /api/trpc/sync.onStatus': [statuses({ ...sleeping, job })],
    'GET /api/v1/user/sync/status': [json({ state: 'sleeping' })],
  });
  const { child, ended } = start(server, command, '--json');
  child.stdout.destroy();
  expect(await ended).toEqual([code, null]);
});

it('with its version where that is asked for', async () => {
  const { child, ended } = start({ url: 'http://127.0.0.1:9' }, '--version');
  const { version } = JSON.parse(readFileSync(inProject('package.json'), 'utf8')) as { version: string };
  expect(await text(child.stdout)).toBe(`${version}\n`);
  expect(await ended).toEqual([0, null]);
});
