/** `sync`, `status`, `watch`, `pause`, `resume`. */
import type { Command } from 'commander';
import type { SyncStatus } from '#client/contract/rest.ts';
import type { SyncOptions } from '#client/client.ts';
import { isActive } from '#domain/sync-states.ts';
import { exitCodeOfFailure, exitCodes } from '../exit-codes.ts';
import { showProgress } from '../output/progress.ts';
import { jsonText, toned } from '../output/text.ts';
import { aheadText, momentAhead, momentForms } from '../output/times.ts';
import { doubtText, statusLines } from '../output/words.ts';
import { Refusal } from '../refusal.ts';
import { addCommand, openSession } from '../session.ts';
import type { CommonOptions, Session, Shell } from '../session.ts';
import { giveUpAfter, lineOf } from './live.ts';
import type { LiveOptions } from './live.ts';
import { jsonOption } from './options.ts';
import { plannedLines, readPlanned } from './planned-changes.ts';
import { addSyncOptions, syncOptionsOf } from './sync-options.ts';
import type { GivenSyncOptions } from './sync-options.ts';

interface WatchOptions extends LiveOptions {
  untilIdle?: boolean;
}

interface PauseOptions extends CommonOptions {
  until?: string;
}

interface SyncCommandOptions extends LiveOptions, GivenSyncOptions {
  wait: boolean;
}

const goesOn = 'The sync goes on without us. See it with: gibney-sync watch';

export function addSyncCommands(program: Command, shell: Shell): void {
  const command = addCommand(program, 'sync', 'Sync now, and wait for the end', [
    'sync',
    'sync --no-wait',
    'sync --upcoming --dry-run',
    'sync --from 2026-11-01 --to 2026-11-30',
    'sync --json | jq -r .job.progress',
    'sync || echo "failed with exit code $?"',
  ]).option('--no-wait', 'only ask for the sync');
  addSyncOptions(command)
    .addOption(giveUpAfter())
    .addOption(jsonOption('each status on a line of its own; the last of a dry run with its changes'))
    .action(async (options: SyncCommandOptions) => sync(await openSession(shell, options), options));

  addCommand(program, 'status', 'Where syncing stands', ['status', 'status --json | jq -r .next_sync_at'])
    .addOption(jsonOption())
    .action(async (options: CommonOptions) => status(await openSession(shell, options), options));

  addCommand(program, 'watch', 'Follow what happens, until Ctrl-C', ['watch', 'watch --until-idle', 'watch --json'])
    .option('--until-idle', 'end when no sync is pending or running')
    .addOption(giveUpAfter())
    .addOption(jsonOption('each status on a line of its own'))
    .action(async (options: WatchOptions) => watch(await openSession(shell, options), options));

  addCommand(program, 'pause', 'No more syncs until you resume, or until a time', ['pause', 'pause --until 3d'])
    .option('--until <time>', `the pause ends by itself then: ${momentForms}`)
    .addOption(jsonOption())
    .action(async (options: PauseOptions) => pause(await openSession(shell, options), options));

  addCommand(program, 'resume', 'Sync again after a pause', ['resume'])
    .addOption(jsonOption())
    .action(async (options: CommonOptions) => resume(await openSession(shell, options), options));
}

async function sync(session: Session, options: SyncCommandOptions): Promise<void> {
  const { client, print, signal } = session;
  const asked = syncOptionsOf(options, Date.now());
  if (!options.wait) return requestOnly(session, asked, options);
  const progress = options.json ? null : showProgress(session.environment);
  let last: SyncStatus | null = null;
  try {
    const started = {
      options: asked,
      onAccepted: (_: string, joined: boolean) => joined && progress?.say('Joining the sync that is under way.'),
    };
    for await (const seen of client.sync({ ...started, ...lineOf(session, options, progress) })) {
      last = seen;
      if (!options.json) progress!.show(seen);
      else if (!isDoneDryRun(seen)) print(jsonText(seen));
    }
  } finally {
    progress?.end();
  }
  if (signal.aborted) throw new Refusal(goesOn, exitCodes.interrupted);
  if (isDoneDryRun(last!)) await showPlanned(session, last!, options);
  conclude(session, last!, options);
}

async function requestOnly(
  { client, print, printJson, signal }: Session,
  asked: SyncOptions['options'],
  { json }: CommonOptions,
): Promise<void> {
  const { data } = await client.rest.POST('/user/sync', { body: asked ? { options: asked } : {}, signal });
  if (json) return printJson(data);
  const found = asked?.dry_run ? `. What it finds: gibney-sync logs ${data!.job_id} --follow` : '';
  print(data!.message + found);
}

const isDoneDryRun = ({ job }: SyncStatus) => job?.status === 'completed' && job.dry_run === true;

/** What the sync would change, with the status that was kept back until it is known. */
async function showPlanned(session: Session, last: SyncStatus, { json }: CommonOptions): Promise<void> {
  const planned = await readPlanned(session, last.job!.id);
  if (json) session.print(jsonText({ ...last, changes: planned.changes }));
  else for (const line of plannedLines(planned)) session.print(line);
}

/** Says how it ended; throws where it failed. */
function conclude({ print, environment }: Session, { job }: SyncStatus, { json }: CommonOptions): void {
  if (job!.status === 'failed')
    throw new Refusal(job!.error_message ?? 'The sync failed.', exitCodeOfFailure(job!.error_code));
  if (json) return;
  const doubt = job!.partial ? ` ${doubtText(job!)}` : '';
  print(toned(job!.progress + doubt, job!.partial ? 'warn' : 'good', environment.colors));
}

async function status(session: Session, { json }: CommonOptions): Promise<void> {
  const { data } = await session.client.rest.GET('/user/sync/status', { signal: session.signal });
  if (json) session.printJson(data);
  else session.print(statusLines(data!, Date.now()).join('\n'));
}

async function watch(session: Session, options: WatchOptions): Promise<void> {
  const { client, print, environment } = session;
  const progress = options.json ? null : showProgress(environment);
  let shown = '';
  let isBusy = false;
  try {
    for await (const seen of client.watch(lineOf(session, options, progress))) {
      isBusy = isActive(seen.job);
      if (options.json) print(jsonText(seen));
      else {
        progress!.show(seen);
        const lines = isBusy ? '' : statusLines(seen, Date.now()).join('\n');
        // What only grew older says nothing new.
        const state = `${seen.job?.id} ${seen.job?.status} ${seen.state} ${seen.next_sync_at} ${seen.live}`;
        if (!isBusy && state !== shown) print(lines);
        shown = state;
      }
      if (options.untilIdle && !isBusy) return;
    }
  } finally {
    progress?.end();
  }
  throw new Refusal(isBusy ? goesOn : 'Stopped watching.', exitCodes.interrupted);
}

async function pause(session: Session, { until: given, json }: PauseOptions): Promise<void> {
  const { client, signal, print } = session;
  const until = given === undefined ? null : momentAhead(given, Date.now());
  await client.rest.POST('/user/sync/pause', { body: { until }, signal });
  if (json) return status(session, { json });
  const end = until === null ? 'Resume with: gibney-sync resume' : `It goes on ${aheadText(until, Date.now())}.`;
  print(`Syncing is paused, and your rentals stay as they are. ${end}`);
}

async function resume(session: Session, { json }: CommonOptions): Promise<void> {
  const { client, signal, print } = session;
  await client.rest.POST('/user/sync/resume', { signal });
  if (json) await status(session, { json });
  else print('Syncing goes on.');
}
