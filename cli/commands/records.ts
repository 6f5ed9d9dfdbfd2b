/** `changes`, `history` and `logs`. */
import { Option } from 'commander';
import type { Command } from 'commander';
import type { Change, History, Logs } from '#client/contract/rest.ts';
import { changeSentence } from '#lib/changes/change-messages.ts';
import { tookText } from '#lib/time/spans.ts';
import { failureKindNames } from '#domain/failure-kinds.ts';
import type { FailureKind } from '#domain/failure-kinds.ts';
import { exitCodes } from '../exit-codes.ts';
import { newestJob, wholeId } from '../job-ids.ts';
import { all, pagesOf } from '../pages.ts';
import { rentalId } from '../rental-ids.ts';
import { table } from '../output/table.ts';
import type { Column } from '../output/table.ts';
import { stampText } from '../output/times.ts';
import { jsonText, plain, toned } from '../output/text.ts';
import type { Tone } from '../output/text.ts';
import { outcomeText } from '../output/words.ts';
import { Refusal } from '../refusal.ts';
import { addCommand, openSession } from '../session.ts';
import type { CommonOptions, Session, Shell } from '../session.ts';
import { giveUpAfter, lineOf } from './live.ts';
import type { LiveOptions } from './live.ts';
import { jsonOption, limitOption } from './options.ts';

interface ChangeOptions extends CommonOptions {
  limit: number;
  rental?: string;
  unseen?: boolean;
}

interface HistoryOptions extends CommonOptions {
  limit: number;
  status?: History['jobs'][number]['status'];
  error?: FailureKind;
}

interface LogOptions extends LiveOptions {
  follow?: boolean;
  level?: 'info' | 'warn' | 'error';
}

type Log = Logs['logs'][number];

export function addRecordCommands(program: Command, shell: Shell): void {
  addCommand(program, 'changes', 'What syncs found different, newest first', [
    'changes',
    'changes --rental R-490015',
    'changes --unseen --json',
  ])
    .option('--rental <rental>', 'only of this one: its id, or its number or name as `gibney-sync bookings` shows it')
    .option('--unseen', 'only those that you have not looked at')
    .addOption(limitOption(30))
    .addOption(jsonOption())
    .action(async (options: ChangeOptions) => changes(await openSession(shell, options), options));

  addCommand(program, 'history', 'Past syncs, newest first', [
    'history',
    'history --status failed --json',
    'history --error invalid_credentials',
  ])
    .addOption(limitOption(10))
    .addOption(new Option('--status <status>', 'only these').choices(['pending', 'running', 'completed', 'failed']))
    .addOption(new Option('--error <kind>', 'only those that failed so').choices(failureKindNames))
    .addOption(jsonOption())
    .action(async (options: HistoryOptions) => history(await openSession(shell, options), options));

  addCommand(program, 'logs', 'What a sync wrote down, oldest first', ['logs', 'logs --follow', 'logs --level warn'])
    .argument('[job-id]', 'of `gibney-sync history`; the newest sync if left out')
    .option('-f, --follow', 'go on until the sync has ended')
    .addOption(new Option('--level <level>', 'only these').choices(['info', 'warn', 'error']))
    .addOption(giveUpAfter())
    .addOption(jsonOption('each line as JSON'))
    .action(async (id: string | undefined, options: LogOptions) =>
      logs(await openSession(shell, options), id, options),
    );
}

async function changes(session: Session, { limit: most, json, rental, unseen }: ChangeOptions): Promise<void> {
  const { client, signal } = session;
  const filter = {
    ...(rental !== undefined && { booking_id: await rentalId(session, rental) }),
    ...(unseen && { unseen: 'true' as const }),
  };
  const found = await all(
    pagesOf(most, async (limit, cursor) => {
      const { data } = await client.rest.GET('/user/changes', {
        params: { query: { limit, cursor, ...filter } },
        signal,
      });
      return { rows: data!.changes, next: data!.next_cursor };
    }),
  );
  if (json) return session.printJson({ changes: found });
  const isNarrowed = Object.keys(filter).length > 0;
  if (found.length === 0)
    return void session.environment.err.write(
      isNarrowed ? 'There are no such changes.\n' : 'Nothing has changed so far.\n',
    );
  session.print(table(found, changeColumns(Date.now()), session.style));
}

export function changeColumns(now: number): Column<Change>[] {
  return [
    { header: 'FOUND (NEW YORK)', text: ({ at }) => stampText(at, now), tone: () => 'soft' },
    { header: 'RENTAL', text: ({ name }) => name, least: 8 },
    { header: 'WHAT', text: (change) => changeSentence(change as never), tone: toneOf, least: 20 },
  ];
}

function toneOf({ kind }: Change): Tone | null {
  return kind === 'removed' ? 'bad' : kind === 'added' || kind === 'restored' ? 'good' : null;
}

async function history({ client, signal, ...session }: Session, options: HistoryOptions): Promise<void> {
  const { limit: most, status, error } = options;
  const found = await all(
    pagesOf(most, async (limit, cursor) => {
      const { data } = await client.rest.GET('/user/sync/history', {
        params: { query: { limit, cursor, ...(status && { status }), ...(error && { error_code: error }) } },
        signal,
      });
      return { rows: data!.jobs, next: data!.next_cursor };
    }),
  );
  if (options.json) return session.printJson({ jobs: found });
  if (found.length === 0) return void session.environment.err.write('There are no such syncs.\n');
  session.print(table(found, historyColumns(Date.now(), session.style.width < 110), session.style));
}

type Job = History['jobs'][number];

/** So many characters tell a user's syncs apart, and fit beside the rest into 80 columns. */
const shortId = 8;

export function historyColumns(now: number, isNarrow: boolean): Column<Job>[] {
  const tone = ({ status, partial }: Job) =>
    status === 'failed'
      ? ('bad' as const)
      : partial
        ? ('warn' as const)
        : status === 'completed'
          ? ('good' as const)
          : null;
  return [
    { header: 'NEW YORK TIME', text: ({ created_at }) => stampText(created_at, now) },
    {
      header: 'STATUS',
      text: ({ status, partial, lost }) => (partial ? (lost ? 'losses' : 'with gaps') : status),
      tone,
    },
    { header: 'BY', text: ({ triggered_manually: asked }) => (asked ? 'you' : 'itself') },
    { header: 'TOOK', text: tookOf, align: 'right' },
    {
      header: 'RESULT',
      text: (job) => (job.status === 'completed' ? outcomeText(job) : (job.error_code ?? '')),
      least: 10,
    },
    { header: 'ID', text: ({ id }) => (isNarrow ? id.slice(0, shortId) : id) },
  ];
}

function tookOf({ started_at: from, completed_at: to }: Job): string {
  return from && to ? tookText(Date.parse(to) - Date.parse(from)) : '';
}

async function logs(session: Session, given: string | undefined, options: LogOptions): Promise<void> {
  const { client, print, environment } = session;
  const id = given === undefined ? await newestJob(session) : await wholeId(session, given);
  const read = reader(session, id, options);
  const show = async () => {
    for (const log of await read()) print(options.json ? jsonText(log) : logLine(log, environment.colors));
  };
  await show();
  if (!options.follow) return;
  // What was written at the very end is there once the job is final.
  for await (const _ of client.follow(id, lineOf(session, options))) await show();
  if (session.signal.aborted) throw new Refusal('Stopped following.', exitCodes.interrupted);
}

/** Reads on where it ended: each call gives what is new. */
function reader({ client, signal }: Session, id: string, { level }: LogOptions): () => Promise<Log[]> {
  let cursor: string | undefined;
  const seen = new Set<string>();
  return async () => {
    const fresh: Log[] = [];
    for (;;) {
      const query = { limit: 100, cursor, ...(level && { level }) };
      const { data } = await client.rest.GET('/user/sync/job/{id}/logs', { params: { path: { id }, query }, signal });
      fresh.push(...data!.logs.filter((log) => !seen.has(log.id)));
      for (const log of data!.logs) seen.add(log.id);
      if (data!.next_cursor === null) return fresh;
      cursor = data!.next_cursor;
    }
  };
}

const levels: Record<Log['level'], Tone | null> = { info: null, warn: 'warn', error: 'bad' };

/** In UTC, to the second, as logs are. */
function logLine({ at, level, message }: Log, colors: boolean): string {
  const time = toned(at.slice(0, 19) + 'Z', 'soft', colors);
  return `${time}  ${toned(level.padEnd(5), levels[level], colors)}  ${plain(message)}`;
}
