/** `cancel`. */
import type { ServerResponse } from 'node:http';
import { Command } from 'commander';
import { expect, it } from 'vitest';
import { addCancelCommand } from '#cli/commands/cancel.ts';
import { json, problem, standIn } from '../client/stand-in.ts';
import type { StandIn } from '../client/stand-in.ts';
import { newPlace } from './environment.ts';

const id = '6d1c0f4e-0000-4000-8000-000000000001';
const [status, history] = ['GET /api/v1/user/sync/status', 'GET /api/v1/user/sync/history'];
const stop = 'DELETE /api/v1/user/sync';
const noContent = (response: ServerResponse) => response.writeHead(204).end();
const ended = problem(409, 'not_under_way');
const running = json({ job: { id, status: 'running' } });

async function cancel({ url }: StandIn, ...args: string[]): Promise<string> {
  const { environment, said } = newPlace({ url, key: 'gsk_x' });
  const program = new Command().exitOverride();
  addCancelCommand(program, { environment, signal: new AbortController().signal });
  await program.parseAsync(['cancel', ...args], { from: 'user' });
  return said.join('');
}

const asked = ({ calls }: StandIn) => calls.filter(({ name }) => name === stop).map(({ path }) => path);

it('stops the sync that it saw, and none that began meanwhile', async () => {
  await using server = await standIn({ [status]: [running], [stop]: [noContent] });
  expect(await cancel(server)).toBe(`Canceled sync ${id}.\n`);
  expect(asked(server)).toEqual([`/api/v1/user/sync?job_id=${id}`]);
});

it('says where there is none, or none any more', async () => {
  await using idle = await standIn({
    [status]: [json({ job: { id, status: 'completed' } }), running],
    [stop]: [ended],
  });
  expect(await cancel(idle)).toBe('No sync is under way.\n');
  expect(asked(idle)).toEqual([]);
  expect(await cancel(idle)).toBe('The sync has just ended.\n');
});

it.each([id, id.slice(0, 8)])('stops one by its id: %s', async (given) => {
  const jobs = json({ jobs: [], next_cursor: null });
  await using server = await standIn({ [status]: [running], [history]: [jobs], [stop]: [noContent, ended] });
  await cancel(server, given);
  expect(asked(server)).toEqual([`/api/v1/user/sync?job_id=${id}`]);
  await expect(cancel(server, given)).rejects.toMatchObject({ code: 'not_under_way' });
});
