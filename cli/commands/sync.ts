/** `sync`, `status`, `watch`, `pause`, `resume`. */
import type { Command } from 'commander';
import type { SyncStatus } from '#client/contract/rest.ts';
import type { SyncOptions } from '#client/client.ts';
import { isActive } from '#domain/sync-states.ts';
import { exitCodeOfFailure, exitCodes } from '../exit-codes.ts';
import { showProgress } from '../output/progress.ts';
import { toned } from '../output/text.ts';
import { aheadText, momentAhead, momentForms } from '../output/times.ts';
import { statusLines } from '../output/words.ts';
import { Refusal } from '../refusal.ts';
import { addCommand, openSession } from '../session.ts';
import type { CommonOptions, Session, Shell } from '../session.ts';
import { giveUpAfter, lineOf } from './live.ts';
import type { LiveOptions } from './live.ts';
import { jsonOption } from './options.ts';

interface WatchOptions extends LiveOptions {
  untilIdle?: boolean;
}

interface PauseOptions extends CommonOptions {
  until?: string;
}

interface SyncCommandOptions extends LiveOptions {
  wait: boolean;
  freshSession?: boolean;
}

const goesOn = 'The sync goes on without us. See it with: gibney-sync watch';

export function addSyncCommands(program: Command, shell: Shell): void {
  addCommand(program, 'sync', 'Sync now, and wait for the end', [
    'sync',
    'sync --no-wait',
    'sync --json | jq -r .job.progress',
    'sync || echo "failed with exit code $?"',
  ])
    .option('--no-wait', 'only ask for the sync')
    .option('--fresh-session', 'sign in to Gibney afresh')
    .addOption(giveUpAfter())
    .addOption(jsonOption('each status on a line of its own'))
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
  const { client, print, printJson, signal } = session;
  const asked: SyncOptions['options'] = options.freshSession ? { fresh_session: true } : undefined;
  if (!options.wait) {
    const { data } = await client.rest.POST('/user/sync', { body: asked ? { options: asked } : {}, signal });
    return options.json ? printJson(data) : print(data!.message);
  }
  const progress = options.json ? null : showProgress(session.environment);
  let last: SyncStatus | null = null;
  try {
    const started = {
      options: asked,
      onAccepted: (_: string, joined: boolean) => joined && progress?.say('Joining the sync that is under way.'),
    };
    for await (const seen of client.sync({ ...started, ...lineOf(session, options, progress) })) {
      last = seen;
      if (options.json) session.print(JSON.stringify(seen));
      else progress!.show(seen);
    }
  } finally {
    progress?.end();
  }
  if (signal.aborted) throw new Refusal(goesOn, exitCodes.interrupted);
  conclude(session, last!, options);
}

/** Says how it ended; throws where it failed. */
function conclude({ print, environment }: Session, { job }: SyncStatus, { json }: CommonOptions): void {
  if (job!.status === 'failed')
    throw new Refusal(job!.error_message ?? 'The sync failed.', exitCodeOfFailure(job!.error_code));
  if (json) return;
  const gaps = job!.partial ? ' There were gaps; `gibney-sync logs` says which.' : '';
  print(toned(job!.progress + gaps, job!.partial ? 'warn' : 'good', environment.colors));
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
      if (options.json) print(JSON.stringify(seen));
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
