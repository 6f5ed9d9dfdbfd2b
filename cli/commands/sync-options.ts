/** What of the list a sync reads, and whether it stores it. */
import { Option } from 'commander';
import type { Command } from 'commander';
import type { SyncOptions } from '#client/client.ts';
import { exitCodes } from '../exit-codes.ts';
import { endOf, momentOf } from '../output/times.ts';
import { Refusal } from '../refusal.ts';

export interface GivenSyncOptions {
  upcoming?: boolean;
  from?: string;
  to?: string;
  dryRun?: boolean;
  freshSession?: boolean;
}

export function addSyncOptions(command: Command): Command {
  return command
    .addOption(new Option('--upcoming', 'read only what starts from today on (in New York)').conflicts('from'))
    .option('--from <day>', 'read only what starts from this day on, or from a moment in ISO 8601')
    .option('--to <day>', 'read only what starts up to the end of this day, or before a moment')
    .option('--dry-run', 'say what would change, and store nothing')
    .option('--fresh-session', 'sign in to Gibney afresh');
}

/** Undefined where nothing is wanted in particular. Throws `Refusal` where no rental can fit. */
export function syncOptionsOf(given: GivenSyncOptions, now: number): SyncOptions['options'] {
  const { upcoming, dryRun, freshSession } = given;
  const from = given.from && momentOf(given.from, 'from');
  const to = given.to && endOf(given.to);
  if (from && to && Date.parse(from) >= Date.parse(to))
    throw new Refusal(`--from lies after --to: ${given.from} to ${given.to}.`, exitCodes.usage);
  if (upcoming && to && Date.parse(to) <= now)
    throw new Refusal(`Nothing is both to come and before ${given.to}. Leave out --upcoming or --to.`, exitCodes.usage);
  const options = {
    ...(upcoming && { upcoming_only: true }),
    ...(from && { from }),
    ...(to && { to }),
    ...(dryRun && { dry_run: true }),
    ...(freshSession && { fresh_session: true }),
  };
  return Object.keys(options).length > 0 ? options : undefined;
}
