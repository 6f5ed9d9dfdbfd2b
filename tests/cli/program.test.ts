/** How the program ends, in a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { inProject } from '#platform/paths.ts';
import { problem, standIn, statuses } from '../client/stand-in.ts';
import type { StandIn } from '../client/stand-in.ts';

function start({ url }: StandIn, command: string) {
  const child = spawn(process.execPath, [inProject('scripts', 'gibney-sync.js'), command], {
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
