/** A whole service as `npm start` brings it up, on free ports and with a DATA_DIR of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { inProject } from '#platform/paths.ts';
import { findFreePort } from '#platform/ports.ts';

export interface StackOptions {
  /** Added to the environment; DATA_DIR and the ports may be given here too. */
  env?: Record<string, string>;
  /** Started as a person does it, by npm, or without npm between. */
  via?: 'npm' | 'node';
  /** How long it may take to be ready; a first start builds the web app. */
  readyWithinMs?: number;
}

export interface StackProcess {
  pid: number;
  /** The command line, its arguments separated by blanks. */
  command: string;
}

export interface StackRun {
  /** The process that was started: npm or the supervisor. */
  child: ChildProcess;
  dataDir: string;
  env: Record<string, string>;
  /** All that it has written to the console so far. */
  lines: string[];
  /** Waits for a line of output that fits, also one that came already. */
  line(pattern: RegExp, withinMs?: number): Promise<string>;
  /** Settles with the exit code, null after a signal. */
  ended: Promise<number | null>;
}

export interface Stack extends StackRun {
  url: string;
  temporalAddress: string;
  temporalUiUrl: string;
  /** The stand-in portal; of no use where PORTAL_URL is given. */
  portalUrl: string;
  /** The embedded PostgreSQL; of no use where DATABASE_URL is given. */
  databaseUrl: string;
  /** SIGTERM, waits for the end, and removes DATA_DIR. */
  stop(): Promise<void>;
}

async function chosenPorts(): Promise<Record<string, string>> {
  const names = ['PORT', 'TEMPORAL_PORT', 'TEMPORAL_UI_PORT'];
  const ports = new Set<number>();
  while (ports.size < names.length) ports.add(await findFreePort());
  return Object.fromEntries([...ports].map((port, index) => [names[index]!, String(port)]));
}

/** Our own environment without what vitest, npm or an earlier start put there. */
function outerEnv(): NodeJS.ProcessEnv {
  const foreign = /^(npm_|VITE|NODE_ENV$|NODE_OPTIONS$|DATABASE_URL$|PORTAL_URL$|TEMPORAL_ADDRESS$|TEST$|DEV$|PROD$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name)));
}

/** Starts the service without waiting for readiness. */
export async function launchStack({ env: chosen = {}, via = 'node' }: StackOptions = {}): Promise<StackRun> {
  const dataDir = chosen.DATA_DIR ?? mkdtempSync(join(tmpdir(), 'gibney-sync-stack-'));
  const env = { ...(await chosenPorts()), ...chosen, DATA_DIR: dataDir };
  const [command, ...args] = via === 'npm' ? ['npm', 'start'] : [process.execPath, inProject('scripts', 'start.js')];
  const child = spawn(command, args, {
    cwd: inProject(),
    // Through npm that is the parent.
    env: { ...outerEnv(), GIBNEY_SYNC_WATCH_PARENT: via === 'npm' ? '' : String(process.pid), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    let rest = '';
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      lines.push(...parts);
      waiting.forEach((check) => check());
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  const transcript = (): string => lines.slice(-30).join('\n');

  function line(pattern: RegExp, withinMs = 60_000): Promise<string> {
    return new Promise((resolve, reject) => {
      const settle = (action: () => void): void => {
        waiting.delete(check);
        clearTimeout(timer);
        action();
      };
      const check = (): void => {
        const found = lines.find((candidate) => pattern.test(candidate));
        if (found !== undefined) settle(() => resolve(found));
      };
      const give = (why: string) => () =>
        settle(() => reject(new Error(`${why} ${String(pattern)}:\n${transcript()}`)));
      const timer = setTimeout(give('no line in time that fits'), withinMs);
      waiting.add(check);
      void ended.then(() => waiting.has(check) && give('it ended without a line that fits')());
      check();
    });
  }
  return { child, dataDir, env, lines, line, ended };
}

/** Starts the service and waits until it is ready. */
export async function startStack(options: StackOptions = {}): Promise<Stack> {
  const run = await launchStack(options);
  try {
    // The first start on a machine may build the Temporal server, which takes minutes.
    await run.line(/^ready: /, options.readyWithinMs ?? 900_000);
  } catch (error) {
    run.child.kill('SIGKILL');
    throw error;
  }
  const read = (...path: string[]): string => readFileSync(join(run.dataDir, ...path), 'utf8').trim();
  const ports = JSON.parse(read('ports.json')) as Record<string, number>;
  const password = run.env.DATABASE_URL ? '' : read('postgres', 'password');
  return {
    ...run,
    portalUrl: `http://127.0.0.1:${ports.portal}`,
    databaseUrl: `postgres://postgres:${password}@127.0.0.1:${ports.postgres}/gibney_sync`,
    url: `http://127.0.0.1:${run.env.PORT}`,
    temporalAddress: `127.0.0.1:${run.env.TEMPORAL_PORT}`,
    temporalUiUrl: `http://127.0.0.1:${run.env.TEMPORAL_UI_PORT}`,
    async stop() {
      run.child.kill('SIGTERM');
      await run.ended;
      await untilNoProcess(run.dataDir, 10_000);
      await rm(run.dataDir, { recursive: true, force: true });
    },
  };
}

const readQuietly = (read: () => string): string => {
  try {
    return read();
  } catch {
    return ''; // the process ended in between
  }
};

const commandOf = (pid: number): string =>
  readQuietly(() => readFileSync(`/proc/${pid}/cmdline`, 'latin1')).replaceAll('\0', ' ');

const parentOf = (pid: number): number =>
  Number(/^PPid:\s*(\d+)/m.exec(readQuietly(() => readFileSync(`/proc/${pid}/status`, 'latin1')))?.[1]);

function mentions(pid: number, folder: string): boolean {
  const environ = readQuietly(() => readFileSync(`/proc/${pid}/environ`, 'latin1'));
  const workingFolder = readQuietly(() => readlinkSync(`/proc/${pid}/cwd`));
  return [environ, commandOf(pid), workingFolder].some((text) => text.includes(folder));
}

const living = (pids: Iterable<number>): StackProcess[] =>
  [...pids].map((pid) => ({ pid, command: commandOf(pid) })).filter(({ command }) => command !== ''); // gone, or a zombie that its parent has not read yet

/**
 * The living processes that work for this DATA_DIR, whoever started them, with their descendants: a browser's own
 * processes do not show where they belong. Linux only.
 */
export function stackProcesses(dataDir: string): StackProcess[] {
  const all = readdirSync('/proc').map(Number).filter(Boolean);
  const found = new Set(all.filter((pid) => pid !== process.pid && mentions(pid, dataDir)));
  for (let size = 0; size !== found.size;) {
    size = found.size;
    for (const pid of all) if (found.has(parentOf(pid))) found.add(pid);
  }
  return living(found);
}

/**
 * Waits until no process works for this DATA_DIR, and none of `known` lives. Returns those that are left when the time
 * is over.
 */
export async function untilNoProcess(
  dataDir: string,
  withinMs: number,
  known: StackProcess[] = [],
): Promise<StackProcess[]> {
  const limit = Date.now() + withinMs;
  for (;;) {
    const left = [...living(known.map(({ pid }) => pid)), ...stackProcesses(dataDir)];
    if (left.length === 0 || Date.now() > limit) return left;
    await pause(50);
  }
}
