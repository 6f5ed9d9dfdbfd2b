/** `sync` and its options, in this process and against a server that answers as it is told. */
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addSyncCommands } from '#cli/commands/sync.ts';
import { exitCodes } from '#cli/exit-codes.ts';
import { json, result, standIn, statuses } from '../client/stand-in.ts';
import type { StandIn } from '../client/stand-in.ts';
import { newPlace } from './environment.ts';

const id = '6d1c0f4e-0000-4000-8000-000000000001';
const request = 'POST /api/trpc/sync.request';
const onStatus = 'GET /api/trpc/sync.onStatus';
const logs = `GET /api/v1/user/sync/job/${id}/logs`;
const accepted = result({ jobId: id, status: 'pending', joined: false });
const ended = { id, status: 'completed', phase: 'completed', progress: 'Successfully synced 3 bookings' };
const view = (job: object) => ({ state: 'sleeping', scheduleReason: 'interval', live: true, job });

async function sync({ url }: StandIn, ...args: string[]): Promise<string> {
  const place = newPlace({ url, key: 'gsk_x', isTerminal: false, isLive: false, colors: false });
  const errors: string[] = [];
  const program = new Command().exitOverride().configureOutput({ writeErr: (text) => errors.push(text) });
  addSyncCommands(program, { environment: place.environment, signal: new AbortController().signal });
  try {
    await program.parseAsync(['sync', ...args], { from: 'user' });
  } catch (error) {
    throw Object.assign(error as Error, { said: place.said.join('') + errors.join('') });
  }
  return place.said.join('');
}

describe('the options of a sync', () => {
  it.each([
    [['--upcoming'], { upcomingOnly: true }],
    [['--from', '2026-11-01'], { from: '2026-11-01T04:00:00Z' }],
    // The API leaves out what starts at `to`: the day before it is wanted whole.
    [['--to', '2026-11-30'], { to: '2026-12-01T05:00:00Z' }],
    [['--from', '2026-11-01T18:00:00-05:00', '--dry-run'], { from: '2026-11-01T23:00:00Z', dryRun: true }],
    [['--upcoming', '--fresh-session'], { upcomingOnly: true, freshSession: true }],
  ])('%j go to the service', async (args, options) => {
    const answers = { [request]: [accepted], [onStatus]: [statuses(view(ended))], [logs]: [json(empty)] };
    await using server = await standIn(answers);
    await sync(server, ...args);
    const { body } = server.calls.find(({ name }) => name === request)!;
    expect(JSON.parse(body)).toEqual({ options });
  });

  it('go to the service where nobody waits, too', async () => {
    await using server = await standIn({ 'POST /api/v1/user/sync': [json({ job_id: id, message: 'Started' }, 202)] });
    expect(await sync(server, '--no-wait', '--dry-run', '--upcoming')).toContain(`gibney-sync logs ${id} --follow`);
    expect(JSON.parse(server.calls[0]!.body)).toEqual({ options: { upcoming_only: true, dry_run: true } });
  });

  it.each([
    [['--from', '2026-11-30', '--to', '2026-11-01'], '--from lies after --to'],
    [['--upcoming', '--to', '2020-01-01'], 'Nothing is both to come and before'],
    [['--from', 'tomorrow'], '--from 2026-11-24'],
  ])('%j are refused, and nothing is sent', async (args, words) => {
    await using server = await standIn({});
    const refused = { exitCode: exitCodes.usage, message: expect.stringContaining(words) as string };
    await expect(sync(server, ...args)).rejects.toMatchObject(refused);
    expect(server.calls).toEqual([]);
  });

  it('that begin twice are refused', async () => {
    await using server = await standIn({});
    await expect(sync(server, '--upcoming', '--from', '2026-11-01')).rejects.toMatchObject({
      said: expect.stringContaining("'--upcoming' cannot be used with option '--from <day>'") as string,
    });
    expect(server.calls).toEqual([]);
  });
});

const empty = { logs: [], next_cursor: null };
const line = (message: string, changes?: object[]) => ({
  ...{ id: message, at: '2026-11-24T12:00:00.000Z', level: 'info', phase: 'processing', message },
  ...(changes && { changes }),
});
const change = { kind: 'renamed', record_id: 'r', name: 'R-1', before: { name: 'R-0' }, after: { name: 'R-1' } };
const found = {
  logs: [line('Connecting to Gibney...'), line('Dry run: 0 would be new, 1 changed, 0 gone.', [change])],
  next_cursor: null,
};

describe('a dry run', () => {
  const answers = () => ({
    [request]: [accepted],
    [onStatus]: [statuses(view({ ...ended, progress: 'Dry run finished; nothing was stored', dryRun: true }))],
    [logs]: [json({ logs: [line('Initializing sync...')], next_cursor: 'next' }), json(found)],
  });

  it('says what would change', async () => {
    await using server = await standIn(answers());
    const said = await sync(server, '--dry-run');
    expect(said).toContain(
      'Dry run: 0 would be new, 1 changed, 0 gone.\n  R-1: was named R-0\nDry run finished; nothing was stored\n',
    );
    expect(said).not.toContain('Connecting');
  });

  it('has it beside its last status as JSON', async () => {
    await using server = await standIn(answers());
    const lines = (await sync(server, '--dry-run', '--json')).trim().split('\n');
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({ job: { id, status: 'completed' }, changes: [change] });
  });
});
