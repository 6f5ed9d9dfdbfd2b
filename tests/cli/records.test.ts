/** The filters of `changes` and `history`, and how a rental is named. */
import { Command } from 'commander';
import { expect, it } from 'vitest';
import { addRecordCommands } from '#cli/commands/records.ts';
import { exitCodes } from '#cli/exit-codes.ts';
import { json, standIn } from '../client/stand-in.ts';
import { newPlace } from './environment.ts';

const ids = [1, 2, 3].map((n) => `00000000-0000-4000-8000-00000000000${n}`);
const rentals = ['R-49001', 'R-490015', 'R-490016, rehearsal'].map((name, index) => ({ id: ids[index], name }));
const none = { next_cursor: null };

async function run(...args: string[]) {
  await using server = await standIn({
    'GET /api/v1/user/bookings': [json({ bookings: rentals, total: 3, ...none })],
    'GET /api/v1/user/changes': [json({ changes: [], ...none })],
    'GET /api/v1/user/sync/history': [json({ jobs: [], ...none })],
  });
  const { environment, said } = newPlace({ url: server.url, key: 'gsk_x', isTerminal: false, colors: false });
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  addRecordCommands(program, { environment, signal: new AbortController().signal });
  const refusal = await program.parseAsync(args, { from: 'user' }).then(
    () => null,
    (thrown: { exitCode: number; message: string }) => thrown,
  );
  const asked = server.calls.map(({ path }) => new URL(path, server.url)).at(-1);
  return { refusal, said: said.join(''), asked: asked && Object.fromEntries(asked.searchParams) };
}

it.each([
  ['the whole number', 'R-49001', ids[0]],
  ['the whole number, in small letters', 'r-490015', ids[1]],
  ['the number before a name', 'R-490016', ids[2]],
  ['an id', ids[2]!, ids[2]],
])('changes of one rental, by %s', async (_, given, id) => {
  const { asked, said } = await run('changes', '--rental', given);
  expect(asked).toMatchObject({ booking_id: id });
  expect(said).toBe('There are no such changes.\n');
});

it('a rental that could be several is asked for again, and one that is none is not found', async () => {
  expect((await run('changes', '--rental', 'R-4900')).refusal).toMatchObject({
    exitCode: exitCodes.usage,
    message: expect.stringContaining(`R-490015 (${ids[1]})`) as string,
  });
  expect((await run('changes', '--rental', 'R-5')).refusal).toMatchObject({ exitCode: exitCodes.notFound });
});

it('changes that are new, and syncs that failed so', async () => {
  expect((await run('changes', '--unseen')).asked).toMatchObject({ unseen: 'true' });
  const { asked } = await run('history', '--error', 'invalid_credentials', '--status', 'failed');
  expect(asked).toMatchObject({ error_code: 'invalid_credentials', status: 'failed' });
  expect((await run('history', '--error', 'nonsense')).refusal).toMatchObject({ code: 'commander.invalidArgument' });
});

it('none at all is not what anybody asks for', async () => {
  for (const command of ['changes', 'history']) {
    const { refusal, said, asked } = await run(command, '--limit', '0');
    expect(refusal).toMatchObject({ message: expect.stringContaining('Give a whole number from 1 on.') as string });
    expect([said, asked]).toEqual(['', undefined]);
  }
});
