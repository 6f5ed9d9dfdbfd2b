/** `schedule`, `again`: the syncs to come. */
import type { Command } from 'commander';
import type { SyncSchedule } from '#client/contract/rest.ts';
import { reasonText } from '#domain/schedule-reasons.ts';
import { exitCodes } from '../exit-codes.ts';
import { table } from '../output/table.ts';
import type { Column } from '../output/table.ts';
import { aheadText, momentAhead, momentForms, stampText } from '../output/times.ts';
import { Refusal } from '../refusal.ts';
import { addCommand, openSession } from '../session.ts';
import type { CommonOptions, Session, Shell } from '../session.ts';
import { jsonOption } from './options.ts';

interface AgainOptions extends CommonOptions {
  off?: boolean;
}

type Planned = SyncSchedule['syncs'][number];

export function addScheduleCommands(program: Command, shell: Shell): void {
  addCommand(program, 'schedule', 'The next five syncs, and why they are due', ['schedule', 'schedule --json'])
    .addOption(jsonOption())
    .action(async (options: CommonOptions) => schedule(await openSession(shell, options), options));

  addCommand(program, 'again', 'Sync once more at a time of the next seven days', [
    'again 90m',
    'again 2026-11-24T18:00',
    'again --off',
  ])
    .argument('[time]', momentForms)
    .option('--off', 'not after all')
    .addOption(jsonOption())
    .action(async (time: string | undefined, options: AgainOptions) =>
      again(await openSession(shell, options), time, options),
    );
}

async function schedule({ client, signal, print, printJson, style }: Session, { json }: CommonOptions): Promise<void> {
  const { data } = await client.rest.GET('/user/sync/schedule', { signal });
  if (json) return printJson(data);
  const now = Date.now();
  if (data!.paused_until) print(`Paused; it goes on by itself ${aheadText(data!.paused_until, now)}.`);
  if (data!.syncs.length > 0) print(table(data!.syncs, scheduleColumns(now), style));
  else print('No sync comes by itself. See why with: gibney-sync status');
}

export function scheduleColumns(now: number): Column<Planned>[] {
  return [
    { header: 'NEW YORK TIME', text: ({ at }) => stampText(at, now) },
    { header: 'WHY', text: ({ reason }) => reasonText(reason) },
  ];
}

async function again(session: Session, time: string | undefined, { off, json }: AgainOptions): Promise<void> {
  const { client, signal, print, printJson } = session;
  if ((time === undefined) === !off)
    throw new Refusal(`Give a time, or --off. A time is ${momentForms}.`, exitCodes.usage);
  const at = time === undefined ? null : momentAhead(time, Date.now());
  const { data } =
    at === null
      ? await client.rest.DELETE('/user/sync/again', { signal })
      : await client.rest.PUT('/user/sync/again', { body: { at }, signal });
  if (json) return printJson(data);
  print(at === null ? 'No sync beside the usual ones.' : `One more sync ${aheadText(at, Date.now())}.`);
}
