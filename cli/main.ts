/** The command line. Each command is a small client of the public API; this file says how they begin and end. */
import { readFileSync } from 'node:fs';
import tab from '@bomb.sh/tab/commander';
import { Command, CommanderError } from 'commander';
import { errorOf } from '#client/errors.ts';
import type { GibneySyncError } from '#client/errors.ts';
import { addAccountCommands } from './commands/account.ts';
import { addBookingCommands } from './commands/bookings.ts';
import { addCancelCommand } from './commands/cancel.ts';
import { addCostCommand } from './commands/costs.ts';
import { addLoginCommand } from './commands/login.ts';
import { addRecordCommands } from './commands/records.ts';
import { addScheduleCommands } from './commands/schedule.ts';
import { addSyncCommands } from './commands/sync.ts';
import { environmentOf } from './environment.ts';
import { exitCodeOfError, exitCodes, signalCodes } from './exit-codes.ts';
import { plain } from './output/text.ts';
import { Refusal } from './refusal.ts';
import type { Shell } from './session.ts';

const stopping = new AbortController();
const shell: Shell = { environment: environmentOf(process), signal: stopping.signal };
const { environment } = shell;
let stoppedBy: number | null = null;
let running = '';

function programOf(): Command {
  const program = new Command('gibney-sync')
    .description('Your Gibney studio rentals, from the command line.')
    .version(versionOf(), '-V, --version', 'the version of this program')
    .hook('preAction', (_, command) => void (running = command.name()))
    .helpCommand('help [command]', 'what a command does, with examples')
    .showSuggestionAfterError()
    .showHelpAfterError('(gibney-sync help says more)')
    .exitOverride()
    .configureOutput({
      getOutHelpWidth: () => helpWidth(environment.out),
      getErrHelpWidth: () => helpWidth(environment.err),
    })
    .addHelpText(
      'after',
      `
Examples:
  $ gibney-sync login --url https://sync.example.com
  $ gibney-sync sync
  $ gibney-sync next
  $ gibney-sync bookings --from 2026-11-01 --csv > rentals.csv

GIBNEY_SYNC_URL and GIBNEY_SYNC_KEY stand for a login. Completion: source <(gibney-sync complete bash)`,
    );
  addLoginCommand(program, shell);
  addSyncCommands(program, shell);
  addCancelCommand(program, shell);
  addScheduleCommands(program, shell);
  addBookingCommands(program, shell);
  addCostCommand(program, shell);
  addRecordCommands(program, shell);
  addAccountCommands(program, shell);
  return program;
}

function versionOf(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function helpWidth({ isTTY, columns }: NodeJS.WriteStream): number {
  return isTTY ? Math.min(columns || 80, 100) : 80;
}

/** Ctrl-C lets a command say what goes on; a second one ends at once. */
function stopOnSignals(): void {
  for (const [name, code] of Object.entries(signalCodes)) {
    process.on(name, () => {
      if (stopping.signal.aborted) process.exit(code);
      stoppedBy = code;
      stopping.abort();
    });
  }
}

/** A sync may still fail when its reader has gone: these do not say that it worked. */
const awaiting = ['sync', 'watch'];

/** `gibney-sync bookings | head -1`: a reader that has had enough is no fault. Notes that nobody reads are none either. */
function endWithReader(): void {
  const onGone = (stream: NodeJS.WriteStream, then: () => void) =>
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      then();
    });
  onGone(environment.out, () => process.exit(awaiting.includes(running) ? exitCodes.unread : exitCodes.done));
  onGone(environment.err, () => undefined);
}

function explain(thrown: unknown): number {
  const known = errorOf(thrown);
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  if (stoppedBy !== null && !(thrown instanceof Refusal)) return stoppedBy;
  const { message } = thrown as Error;
  if (thrown instanceof Refusal) environment.err.write(`${message}\n`);
  else if (known) environment.err.write(`${[plain(known.message), ...hintsFor(known)].join('\n')}\n`);
  else environment.err.write(`Something unexpected: ${message}\nGIBNEY_SYNC_DEBUG=1 shows where.\n`);
  if (environment.isDebugging) environment.err.write(`${(thrown as Error).stack}\n`);
  if (thrown instanceof Refusal)
    return thrown.exitCode === exitCodes.interrupted ? (stoppedBy ?? thrown.exitCode) : thrown.exitCode;
  return known ? exitCodeOfError(known) : exitCodes.unexpected;
}

function hintsFor({ kind, code, fields, retryAfterSeconds, origin }: GibneySyncError): string[] {
  if (fields) return Object.entries(fields).map(([name, texts]) => `  ${name}: ${texts.join(' ')}`);
  if (kind === 'signed_out') return ['Your key is no longer valid. Run: gibney-sync login'];
  if (kind === 'unreachable') return ['Check the address (--url, GIBNEY_SYNC_URL) and that the service runs.'];
  if (origin !== null) return [`Set GIBNEY_SYNC_URL to it, or run: gibney-sync login --url ${origin}`];
  if (kind === 'not_ours') return ['Check the address: --url, GIBNEY_SYNC_URL or gibney-sync login.'];
  if (code === 'no_credentials') return ['Connect your Gibney account on the settings page first.'];
  if (code === 'paused') return ['Run: gibney-sync resume'];
  if (kind === 'internal') return ['Try again; if it stays, tell whoever runs the service.'];
  return retryAfterSeconds ? [`Try again in ${retryAfterSeconds} s.`] : [];
}

stopOnSignals();
endWithReader();
try {
  const program = programOf();
  tab(program);
  await program.parseAsync();
  process.exitCode ??= exitCodes.done;
} catch (error) {
  process.exitCode = explain(error);
}
